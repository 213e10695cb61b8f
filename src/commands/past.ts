import { join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../core/errors.ts';
import type { HistoryEntry, HistoryKind } from '../core/history.ts';
import { openStore } from '../store/store.ts';
import type { CommandContext } from './command.ts';

/** What of an agent's past a command is asked for. */
export interface PastOptions {
  readonly config: string;
  readonly line?: string;
  /** ms since 1970, both included. */
  readonly from?: number;
  readonly to?: number;
}

/** Reads the history of a line, as often as it is wanted. */
export type ReadPast = (line: string, kinds: readonly HistoryKind[]) => Iterable<HistoryEntry>;

/**
 * Opens the store of an agent for reading, beside the agent where it runs, and closes it when `work` is done.
 *
 * @throws ConfigError for a line that the configuration does not name.
 * @throws FatalError where there is no store or it can't be read.
 */
export async function withPast<T>(
  options: PastOptions,
  { environment, log }: CommandContext,
  work: (lines: readonly string[], read: ReadPast) => T | Promise<T>,
): Promise<T> {
  const { config } = loadConfig(options.config, environment);
  const names = config.lines.map(({ name }) => name);
  if (options.line !== undefined && !names.includes(options.line)) {
    throw new ConfigError(`there is no line "${options.line}"`, {
      where: '--line',
      allowed: names.join(', '),
    });
  }
  const store = await openStore(join(resolve(config.state), 'store'), { log, readOnly: true });
  try {
    const range = {
      ...(options.from !== undefined && { from_ms: options.from }),
      ...(options.to !== undefined && { to_ms: options.to }),
    };
    const lines = options.line === undefined ? names : [options.line];
    return await work(lines, (line, kinds) => store.history().read({ line, kinds, ...range }));
  } finally {
    await store.close();
  }
}

/** ISO 8601, in UTC where it names no zone, or milliseconds since 1970; for commander's option parsers. */
export function timeArgument(text: string): number {
  const iso = /^\d{4}-\d{2}-\d{2}(T[\d:.]+)?$/.test(text) ? `${text}${text.includes('T') ? 'Z' : ''}` : text;
  const time_ms = /^\d+$/.test(text) ? Number(text) : Date.parse(iso);
  if (!Number.isFinite(time_ms)) {
    throw new InvalidArgumentError(`"${text}" is no time such as 2024-03-04T06:00:00Z or 2024-03-04.`);
  }
  return time_ms;
}

export const isoTime = (time_ms: number): string => new Date(time_ms).toISOString();
