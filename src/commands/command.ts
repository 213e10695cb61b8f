import type { Command } from 'commander';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

/** What a command may use of the process around it; `main.ts` makes it, tests make their own. */
export interface CommandContext {
  /** Standard output: the result, and with `--json` exactly one JSON document. */
  readonly out: TextOutput;
  /** Standard error: progress, logs, errors. */
  readonly err: TextOutput;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Warnings and worse, unless the environment variable GAPWISE_LOG says otherwise. */
  readonly log: Logger;
  /** A logger at the level that a configuration names; GAPWISE_LOG goes before it. */
  readonly logAt: (level: string) => Logger;
  /** Aborts on Ctrl-C or SIGTERM: a long command then stops in good order. */
  readonly stop: AbortSignal;
  /** Calls back at each SIGHUP, until the function that it returns is called; absent where there are no signals. */
  readonly onReload?: (listener: () => void) => () => void;
}

export interface TextOutput {
  write(text: string): unknown;
  /** Whether a person is watching: colours and progress bars only then. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Each file in this folder exports one of these under the name `register`. */
export type RegisterCommand = (program: Command, context: CommandContext) => void;

/** Writes the result once: as one JSON document, or as text for people. */
export function emit(
  context: CommandContext,
  json: boolean | undefined,
  document: unknown,
  text: () => string,
): void {
  context.out.write(json ? `${JSON.stringify(document)}\n` : `${text().trimEnd()}\n`);
}
