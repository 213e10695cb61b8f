import { writeFileSync } from 'node:fs';
import { setTimeout as nextTurn } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { startCoaterServer } from '../../simulators/coater/server.ts';
import { startControl } from '../../simulators/control.ts';
import { createSimulatedLine, defaultStateDirectory, type SimulatedLine } from '../../simulators/line.ts';
import { scenarioJsonSchema } from '../../simulators/scenario/json-schema.ts';
import { loadScenarios, type ScenarioLine } from '../../simulators/scenario/load.ts';
import type { Scenario } from '../../simulators/scenario/schema.ts';
import { truthAtStart, truthOfScan } from '../../simulators/truth-records.ts';
import type { Clock } from '../core/clock.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { finiteNumber } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';

interface SimulateOptions {
  readonly scenario?: string;
  readonly schema?: boolean;
  readonly seed: number;
  readonly speed: number;
  readonly line?: string[];
  readonly opcuaPort: number;
  readonly hostname: string;
  readonly mqtt?: string;
  readonly now?: boolean;
  readonly truth?: string;
  readonly truthTopic?: string;
  readonly controlPort?: number;
  readonly user?: string;
  readonly trust?: string[];
  readonly stateDirectory?: string;
  readonly json?: boolean;
}

/** A secret never stands among the arguments, which everyone on the machine can see. */
const PASSWORD_VARIABLE = 'GAPWISE_SIMULATOR_PASSWORD';

export function register(program: Command, context: CommandContext): void {
  program
    .command('simulate')
    .description('the simulated line alone: a coater on OPC UA and a gauge on MQTT, for any agent or client')
    .option('--scenario <file>', 'what happens on the line or lines; see config/scenarios')
    .option('--seed <n>', 'same scenario and seed: same messages', finiteNumber, 1)
    .option('--speed <x>', 'times real time, or "max"', speed, 1)
    .option(
      '--line <names>',
      'by commas: which lines of several, or what lines that are all like the one in the scenario are called',
      names,
    )
    .option('--opcua-port <p>', 'port of the coater server, for all lines; 0 = any free', port, 4840)
    .option('--hostname <host>', 'address to listen on; who reaches it can read', '127.0.0.1')
    .option('--mqtt <url>', 'broker for the scans; without one there are none on the network')
    .option('--now', "begin at the present time instead of the scenario's start")
    .option('--truth <file>', 'write what really happened, as JSON lines, at the end')
    .option('--truth-topic <prefix>', 'tell it on the topic PREFIX/LINE too, as it happens', topicPrefix)
    .option(
      '--control-port <p>',
      'take faults on demand over HTTP, from this machine alone; 0 = any free',
      port,
    )
    .option('--user <name>', `OPC UA user; the password stands in ${PASSWORD_VARIABLE}; without: anonymous`)
    .option('--trust <files>', 'client certificates, PEM or DER, that may use the secure endpoints', names)
    .option('--schema', 'print the JSON Schema of a scenario file, and nothing else')
    .option('--state-directory <folder>', "where the servers keep their certificates; default: the system's")
    .option('--json', 'one JSON document at the end')
    .addHelpText(
      'after',
      `
A client that wants every second's value at X times real time monitors with sampling interval 0, trigger
StatusValueTimestamp and a queue of at least 2 X times its publishing interval in seconds (5000 at most).

Examples:
  gapwise simulate --scenario config/scenarios/calm-shift.yaml --mqtt mqtt://127.0.0.1:1883 --speed 10
  gapwise simulate --scenario config/scenarios/several-lines.yaml --mqtt mqtt://127.0.0.1:1883 --control-port 4841
  curl 127.0.0.1:4841/lines/coater-1/faults --json '{"fault": "drop", "device": "gauge", "for_s": 60}'`,
    )
    .action((options: SimulateOptions) => simulate(options, context));
}

async function simulate(options: SimulateOptions, context: CommandContext): Promise<void> {
  const { clock, log, stop } = context;
  if (options.schema) {
    context.out.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
    return;
  }
  if (options.scenario === undefined) throw new ConfigError('is missing', { where: '--scenario' });
  if (options.truthTopic !== undefined && options.mqtt === undefined)
    throw new ConfigError('needs a broker: give --mqtt too', { where: '--truth-topic' });
  const chosen = chosenLines(loadScenarios(options.scenario), options);
  const now = options.now ? new Date(clock.now_ms()).toISOString() : undefined;
  const broker = options.mqtt ? brokerOf(options.mqtt) : undefined;
  const began_ms = clock.now_ms();
  const starts_ms = chosen.map(({ scenario }) => Date.parse(now ?? scenario.start));
  const server = await startCoaterServer({
    port: options.opcuaPort,
    hostname: options.hostname,
    stateDirectory: options.stateDirectory ?? defaultStateDirectory(),
    lines: chosen.map(({ scenario }) => scenario.line),
    initialTime_ms: Math.min(...starts_ms) - 1000,
    ...usersOf(options.user, context),
    ...(options.trust && { trusted: options.trust }),
    log,
  });
  const lines = chosen.map(({ scenario, seed }) =>
    createSimulatedLine({
      scenario: { ...scenario, start: now ?? scenario.start },
      seed,
      opcua: server,
      mqtt: broker && { ...broker, truthPrefix: options.truthTopic, mayBeAway: true },
      clock,
      log,
    }),
  );
  const closing: (() => Promise<void>)[] = [() => server.stop()];
  try {
    context.err.write(`coater: ${server.endpointUrl}, namespace ${COATER_NAMESPACE_URI}\n`);
    if (options.controlPort !== undefined) {
      const control = await startControl(options.controlPort, lines);
      closing.push(() => control.stop());
      context.err.write(`faults on demand: ${control.url}/lines\n`);
    }
    await untilStopped(stop, Promise.all(lines.map((line) => line.start())));
    for (const { line, topic } of stop.aborted ? [] : lines) {
      const scans = broker ? `scans on ${topic}` : 'no scans without --mqtt';
      context.err.write(`${line}: nodes s=${line}.…, ${scans}\n`);
    }
    await untilStopped(stop, advance(lines, options, clock, stop));
  } finally {
    await Promise.all(lines.map((line) => line.stop()));
    for (const close of closing) await close();
    if (options.truth) writeTruth(options.truth, lines);
  }

  const document = {
    scenario: chosen[0]?.scenario.name,
    seconds: (clock.now_ms() - began_ms) / 1000,
    stopped: stop.aborted,
    endpointUrl: server.endpointUrl,
    namespaceUri: COATER_NAMESPACE_URI,
    lines: lines.map((simulated) => ({
      line: simulated.line,
      seed: simulated.seed,
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

/** Of a file of several lines those that are named; a single one as often as there are names. */
function chosenLines(
  loaded: readonly ScenarioLine[],
  { line: wanted, seed: firstSeed }: SimulateOptions,
): readonly { readonly scenario: Scenario; readonly seed: number }[] {
  const all = loaded.map(({ scenario, seed }, i) => ({ scenario, seed: seed ?? firstSeed + i }));
  const [first] = all;
  if (wanted === undefined || first === undefined) return all;
  if (all.length === 1)
    return wanted.map((line, i) => ({ scenario: { ...first.scenario, line }, seed: first.seed + i }));
  return wanted.map((name) => {
    const found = all.find(({ scenario }) => scenario.line === name);
    if (found) return found;
    const allowed = all.map(({ scenario }) => scenario.line).join(', ');
    throw new ConfigError(`no line "${name}" in the scenario`, { where: '--line', allowed });
  });
}

function usersOf(name: string | undefined, { environment }: CommandContext) {
  if (name === undefined) return {};
  const password = environment[PASSWORD_VARIABLE];
  if (!password) throw new ConfigError(`no password in ${PASSWORD_VARIABLE}`, { where: '--user' });
  return { users: [{ name, password }] };
}

/** Resolves with the work or with the signal to stop, whichever comes first; what fails after that is of no account. */
async function untilStopped(stop: AbortSignal, work: Promise<unknown>): Promise<void> {
  let heard = () => {};
  const stopped = new Promise<void>((resolve) => {
    heard = resolve;
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', heard);
  });
  try {
    await Promise.race([stopped, work]);
  } finally {
    stop.removeEventListener('abort', heard);
    if (stop.aborted) work.catch(() => {});
  }
}

/** Simulated seconds per step as fast as possible: small enough for a client with a queue of 120 values. */
const STEP_AT_MAX_MS = 60_000;
const MOST_STEPS_PER_SECOND = 20;
const SECOND_MS = 1000;

/** Moves all lines on, all at the same simulated distance from their start, until the last has ended or `stop`. */
async function advance(
  lines: readonly SimulatedLine[],
  { speed, now }: SimulateOptions,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const length_ms = Math.max(...lines.map((line) => line.endTime_ms - line.startTime_ms));
  // What it took to get ready is made up for, where simulated time is to be the time of day.
  const began_ms = now ? lines[0]!.startTime_ms : clock.now_ms();
  const passed = () => Math.min(length_ms, (clock.now_ms() - began_ms) * speed);
  let passed_ms = speed === Number.POSITIVE_INFINITY ? 0 : passed();
  while (!stop.aborted) {
    await Promise.all(lines.map((line) => line.advanceTo(line.startTime_ms + passed_ms)));
    if (passed_ms >= length_ms) return;
    if (speed === Number.POSITIVE_INFINITY) {
      // The servers send in between: a turn of the event loop is theirs.
      await nextTurn(1);
      passed_ms = Math.min(length_ms, passed_ms + STEP_AT_MAX_MS);
    } else {
      // Everything is due at whole seconds, so waking up just behind the next one sends it in time.
      const next_ms = (Math.floor(passed_ms / SECOND_MS) + 1) * SECOND_MS;
      const away_ms = (next_ms - (clock.now_ms() - began_ms) * speed) / speed;
      await wait(Math.max(away_ms, speed > 1 ? SECOND_MS / MOST_STEPS_PER_SECOND : 1), clock, stop);
      passed_ms = passed();
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

function writeTruth(file: string, lines: readonly SimulatedLine[]): void {
  const records = lines.flatMap((line) => [
    ...truthAtStart(line),
    ...Array.from(line.truth.scans(), (scan) => truthOfScan(line.line, scan)),
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

function topicPrefix(text: string): string {
  if (text === '' || /[+#]|^\/|\/$/.test(text))
    throw new InvalidArgumentError(`"${text}" is not a prefix such as plant/truth.`);
  return text;
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
