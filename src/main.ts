#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { pino } from 'pino';
import { register as advise } from './commands/advise.ts';
import { register as backup } from './commands/backup.ts';
import { register as browse } from './commands/browse.ts';
import { register as certificates } from './commands/certificates.ts';
import { register as check } from './commands/check.ts';
import type { CommandContext, RegisterCommand } from './commands/command.ts';
import { register as completion } from './commands/completion.ts';
import { register as demo } from './commands/demo.ts';
import { register as evaluate } from './commands/evaluate.ts';
import { register as explain } from './commands/explain.ts';
import { register as exportPast } from './commands/export.ts';
import { register as history } from './commands/history.ts';
import { register as learn } from './commands/learn.ts';
import { readableLine } from './commands/log-format.ts';
import { register as pair } from './commands/pair.ts';
import { register as predict } from './commands/predict.ts';
import { register as replay } from './commands/replay.ts';
import { register as report } from './commands/report.ts';
import { register as run } from './commands/run.ts';
import { register as schema } from './commands/schema.ts';
import { register as simulate } from './commands/simulate.ts';
import { register as worker } from './commands/worker.ts';
import { systemClock } from './core/clock.ts';
import { GapwiseError } from './core/errors.ts';

/** The command line: the only place that reads arguments and environment, hears signals, or exits. */
const COMMANDS: readonly RegisterCommand[] = [
  demo,
  run,
  simulate,
  replay,
  learn,
  predict,
  advise,
  evaluate,
  pair,
  report,
  explain,
  history,
  exportPast,
  check,
  browse,
  certificates,
  backup,
  worker,
  schema,
  completion,
];

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

process.exitCode = await main(process.argv.slice(2));
// What is done is done: a connection that hangs must not keep the process, once it has had a moment to close.
setTimeout(() => process.exit(), 2_000).unref();

async function main(args: readonly string[]): Promise<number> {
  const stop = stopOnSignals();
  // JSON for machines; for people at a terminal lines that they can read.
  const destination = process.stderr.isTTY
    ? { write: (json: string) => process.stderr.write(readableLine(json, true)) }
    : pino.destination({ fd: 2, sync: true });
  const logAt = (level: string) =>
    pino({ level: process.env['GAPWISE_LOG'] ?? level, base: null }, destination);
  const context: CommandContext = {
    out: process.stdout,
    err: process.stderr,
    environment: process.env,
    clock: systemClock,
    log: logAt('warn'),
    logAt,
    stop,
    onReload: (listener) => {
      process.on('SIGHUP', listener);
      return () => process.off('SIGHUP', listener);
    },
  };
  const program = new Command('gapwise')
    .description(
      'Predicts mass loading for comma gaps that a coating line has never run, with honest intervals.',
    )
    .version(version(), '-V, --version', 'Display the version.')
    .helpOption('-h, --help', 'Display help.')
    .exitOverride()
    .configureOutput({ writeErr: (text) => context.err.write(text) })
    .helpCommand('help [command]', 'Display help for a command.')
    .showHelpAfterError('Add --help to see what it takes.');
  for (const register of COMMANDS) register(program, context);
  for (const command of program.commands) {
    command.copyInheritedSettings(program).helpOption('-h, --help', 'Display help for this command.');
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    return exitCodeOf(error, context);
  }
}

function exitCodeOf(error: unknown, { err }: CommandContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof GapwiseError) {
    err.write(`gapwise: ${error.message}\n`);
    return error.kind === 'config' ? EXIT.usage : EXIT.failed;
  }
  err.write(
    `gapwise: this is a fault of gapwise itself: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT.failed;
}

/** The first Ctrl-C or SIGTERM asks for an orderly stop; the second one means it. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) {
        process.stderr.write('gapwise: stopped at once; the next start goes on from what is on the disk\n');
        process.exit(EXIT.failed);
      }
      controller.abort(signal);
    });
  }
  return controller.signal;
}

/** The package's own version, from the source tree as well as from the compiled one. */
function version(): string {
  const manifest = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  return manifest ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : 'unknown';
}
