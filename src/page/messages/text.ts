import { type Catalog, en, type MessageKey } from './en.ts';

/** Fills a message in; a placeholder without a value stays visible, so that a test or a reader notices it. */
export function fill(message: string, values: Readonly<Record<string, string | number>> = {}): string {
  return message.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

export const translator =
  (catalog: Catalog): Translate =>
  (key, values) =>
    fill(catalog[key], values);

export const t: Translate = translator(en);
