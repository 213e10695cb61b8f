import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { Fault, Prepared } from '../core/yaml.ts';

/** Where secrets may come from. */
export interface SecretPlaces {
  /** Paths of files are relative to this folder. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Replaces every `{ from_env: NAME }` and `{ from_file: PATH }` in a configuration tree by the text it names, so
 * that no secret need stand in the file itself. A secret that is missing is a fault that names the key and the
 * variable or file, never a value; an empty text stands in its place.
 */
export function resolveSecrets(tree: unknown, places: SecretPlaces): Prepared {
  const faults: Fault[] = [];
  const visit = (node: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(node)) return node.map((item, i) => visit(item, [...path, i]));
    if (node === null || typeof node !== 'object') return node;
    const entries = Object.entries(node);
    const [name, value] = entries.length === 1 ? (entries[0] as [string, unknown]) : ['', undefined];
    const read = readers[name];
    if (!read) return Object.fromEntries(entries.map(([key, inner]) => [key, visit(inner, [...path, key])]));
    const secret = read(String(value), places);
    if ('fault' in secret) faults.push({ path, message: secret.fault });
    return 'text' in secret ? secret.text : '';
  };
  return { tree: visit(tree, []), faults };
}

type Secret = { readonly text: string } | { readonly fault: string };

const readers: Readonly<Record<string, (name: string, places: SecretPlaces) => Secret>> = {
  from_env(name, { environment }) {
    const text = environment[name];
    return text ? { text } : { fault: `the environment variable ${name} is not set` };
  },
  from_file(name, { folder }) {
    const file = resolve(folder, name);
    try {
      return { text: readFileSync(file, 'utf8').trim() };
    } catch (error) {
      return { fault: `the file ${file} can't be read: ${messageOf(error)}` };
    }
  },
};
