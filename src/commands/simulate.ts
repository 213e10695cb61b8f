import { writeFileSync } from 'node:fs';
import { setTimeout as nextTurn } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { startCoaterServer } from '../../simulators/coater/server.ts';
import { createSimulatedLine, defaultStateDirectory, type SimulatedLine } from '../../simulators/line.ts';
import { loadScenario } from '../../simulators/scenario/load.ts';
import type { Clock } from '../core/clock.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { finiteNumber } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';

interface SimulateOptions {
  readonly scenario: string;
  readonly seed: number;
  readonly speed: number;
  readonly line?: string[];
  readonly opcuaPort: number;
  readonly hostname: string;
  readonly mqtt?: string;
  readonly now?: boolean;
  readonly truth?: string;
  readonly stateDirectory?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('simulate')
    .description('the simulated line alone: a coater on OPC UA and a gauge on MQTT, for any agent or client')
    .requiredOption('--scenario <file>', 'what happens on the line; see config/scenarios')
    .option('--seed <n>', 'same scenario and seed: same messages', finiteNumber, 1)
    .option('--speed <x>', 'times real time, or "max"', speed, 1)
    .option('--line <names>', 'names of the lines, by commas; default: the name in the scenario', names)
    .option('--opcua-port <p>', 'port of the coater server, for all lines; 0 = any free', port, 4840)
    .option('--hostname <host>', 'address to listen on; who reaches it can read', '127.0.0.1')
    .option('--mqtt <url>', 'broker for the scans; without one there are none on the network')
    .option('--now', "begin at the present time instead of the scenario's start")
    .option('--truth <file>', 'write what really happened, as JSON lines, at the end')
    .option('--state-directory <folder>', "where the servers keep their certificates; default: the system's")
    .option('--json', 'one JSON document at the end')
    .addHelpText(
      'after',
      `
A client that wants every second's value at X times real time monitors with sampling interval 0, trigger
StatusValueTimestamp and a queue of at least 2 X times its publishing interval in seconds (5000 at most).

Example:
  gapwise simulate --scenario config/scenarios/calm-shift.yaml --mqtt mqtt://127.0.0.1:1883 --speed 10`,
    )
    .action((options: SimulateOptions) => simulate(options, context));
}

async function simulate(options: SimulateOptions, context: CommandContext): Promise<void> {
  const { clock, log, stop } = context;
  const scenario = loadScenario(options.scenario);
  const start = options.now ? new Date(clock.now_ms()).toISOString() : scenario.start;
  const broker = options.mqtt ? brokerOf(options.mqtt) : undefined;
  const lineNames = options.line ?? [scenario.line];
  const began_ms = clock.now_ms();
  const server = await startCoaterServer({
    port: options.opcuaPort,
    hostname: options.hostname,
    stateDirectory: options.stateDirectory ?? defaultStateDirectory(),
    lines: lineNames,
    initialTime_ms: Date.parse(start) - 1000,
    log,
  });
  const lines = lineNames.map((line, i) => ({
    seed: options.seed + i,
    simulated: createSimulatedLine({
      scenario: { ...scenario, start },
      seed: options.seed + i,
      line,
      opcua: server,
      mqtt: broker,
      log,
    }),
  }));
  try {
    context.err.write(`coater: ${server.endpointUrl}, namespace ${COATER_NAMESPACE_URI}\n`);
    for (const { simulated } of lines) {
      await simulated.start();
      context.err.write(
        `${simulated.line}: nodes s=${simulated.line}.…, ${broker ? `scans on ${simulated.topic}` : 'no scans without --mqtt'}\n`,
      );
    }
    await advance(
      lines.map((line) => line.simulated),
      options.speed,
      clock,
      stop,
    );
  } finally {
    await Promise.all(lines.map((line) => line.simulated.stop()));
    await server.stop();
    if (options.truth) writeTruth(options.truth, lines, scenario.name);
  }

  const document = {
    scenario: scenario.name,
    seconds: (clock.now_ms() - began_ms) / 1000,
    stopped: stop.aborted,
    endpointUrl: server.endpointUrl,
    namespaceUri: COATER_NAMESPACE_URI,
    lines: lines.map(({ simulated, seed }) => ({
      line: simulated.line,
      seed,
      topic: broker ? simulated.topic : undefined,
      samples: simulated.samplesWritten,
      scans: simulated.scansPublished,
    })),
  };
  emit(context, options.json, document, () =>
    document.lines
      .map((line) => `${line.line}: ${line.samples} seconds of machine parameters, ${line.scans} scans`)
      .join('\n'),
  );
}

/** Simulated seconds per step as fast as possible: small enough for a client with a queue of 120 values. */
const STEP_AT_MAX_MS = 60_000;
const MOST_STEPS_PER_SECOND = 20;

/** Moves all lines on, all at the same simulated distance from their start, until the last has ended or `stop`. */
async function advance(
  lines: readonly SimulatedLine[],
  speed: number,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const length_ms = Math.max(...lines.map((line) => line.endTime_ms - line.startTime_ms));
  const began_ms = clock.now_ms();
  const pause_ms = Math.max(1000 / MOST_STEPS_PER_SECOND, Math.min(1000, 1000 / speed));
  let passed_ms = 0;
  while (!stop.aborted) {
    await Promise.all(lines.map((line) => line.advanceTo(line.startTime_ms + passed_ms)));
    if (passed_ms >= length_ms) return;
    if (speed === Number.POSITIVE_INFINITY) {
      // The servers send in between: a turn of the event loop is theirs.
      await nextTurn(1);
      passed_ms = Math.min(length_ms, passed_ms + STEP_AT_MAX_MS);
    } else {
      await wait(pause_ms, clock, stop);
      passed_ms = Math.min(length_ms, (clock.now_ms() - began_ms) * speed);
    }
  }
}

const wait = (delay_ms: number, clock: Clock, stop: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      cancel();
      stop.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delay_ms, done);
    stop.addEventListener('abort', done);
  });

function writeTruth(
  file: string,
  lines: readonly { readonly simulated: SimulatedLine; readonly seed: number }[],
  scenario: string,
): void {
  const records = lines.flatMap(({ simulated: { line, gauge, truth }, seed }) => [
    { kind: 'line', line, gauge, scenario, seed, parameters: truth.parameters },
    ...truth.runs.map((run) => ({ kind: 'run', line, ...run })),
    ...Array.from(truth.scans(), (scan) => ({ kind: 'scan', line, ...scan })),
  ]);
  try {
    writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  } catch (cause) {
    throw new ConfigError(`can't be written: ${messageOf(cause)}`, { where: file, cause });
  }
}

function brokerOf(text: string): { url: string; username?: string; password?: string } {
  const allowed = 'mqtt://host:port, mqtts://host:port, ws://host:port/path';
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new ConfigError('not a URL', { where: '--mqtt', allowed, cause });
  }
  const { username, password } = url;
  // Credentials travel apart, so that no error or log that names the URL shows them.
  url.username = '';
  url.password = '';
  return {
    url: url.href,
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

function speed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const factor = finiteNumber(text);
  if (factor <= 0) throw new InvalidArgumentError(`"${text}" is neither above 0 nor "max".`);
  return factor;
}

function port(text: string): number {
  const number = finiteNumber(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError(`"${text}" is not a port from 0 to 65535.`);
  return number;
}

function names(text: string): string[] {
  const list = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (list.length === 0 || new Set(list).size < list.length)
    throw new InvalidArgumentError(`"${text}" is not a list of different names such as line-1,line-2.`);
  return list;
}
