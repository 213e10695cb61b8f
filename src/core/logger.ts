/**
 * What the parts need of a logger; pino satisfies it. The first argument carries a stable `event` name and
 * figures, the second a sentence for people. Secrets never go in.
 */
export interface Logger {
  debug(fields: LogFields, message?: string): void;
  info(fields: LogFields, message?: string): void;
  warn(fields: LogFields, message?: string): void;
  error(fields: LogFields, message?: string): void;
  child(bindings: Record<string, unknown>): Logger;
}

export interface LogFields {
  event: string;
  [field: string]: unknown;
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
