// The agent that the crash campaign kills: one line as `gapwise run` makes it, its scans from a real broker, its
// machine samples from the parent process, which sends again what was not acknowledged. argv: settings as JSON.
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BehaviorSubject, filter, firstValueFrom, merge, Subject } from 'rxjs';
import { LineAgent } from '../../src/agent/line-agent.ts';
import { lineParts } from '../../src/commands/line-parts.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { LineMessage, MachineSample } from '../../src/core/messages.ts';
import { idText } from '../../src/core/report-id.ts';
import type { AdapterStatus, Arrival, Source } from '../../src/core/source.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import { openStore } from '../../src/store/store.ts';
import { stateDigest } from '../support/state-digest.ts';
import { levelledStderr } from './crash-log.ts';
import type { FromChild, Phase, ToChild } from './crash-protocol.ts';
import { isCounted, phases } from './crash-protocol.ts';

interface ChildSettings {
  readonly folder: string;
  readonly config: string;
  readonly snapshotEveryMessages: number;
}

const settings = JSON.parse(process.argv[2] as string) as ChildSettings;
const tell = (message: FromChild) => void process.send?.(message);

/** One byte for each phase, so that whoever kills this process can see what it was at. */
const phaseFile = openSync(join(settings.folder, 'phase'), 'w');
writeSync(phaseFile, Buffer.alloc(phases.length));
function mark(phase: Phase, on: boolean): void {
  writeSync(phaseFile, Buffer.of(on ? 1 : 0), 0, 1, phases.indexOf(phase));
}
async function during<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
  mark(phase, true);
  try {
    return await work();
  } finally {
    mark(phase, false);
  }
}

mark('starting', true);
/** What the parent sends; each sample is acknowledged to it once it is durable, like a broker's message. */
class ParentSource implements Source {
  readonly name = 'parent';
  readonly #arrivals = new Subject<Arrival>();
  readonly arrivals = this.#arrivals.asObservable();
  readonly status = new BehaviorSubject<AdapterStatus>({ state: 'connected', detail: '' });
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  take(n: number, message: MachineSample): void {
    this.#arrivals.next({ message, acknowledge: () => tell({ kind: 'kept', n }), refuse: () => {} });
  }
}

const log = levelledStderr();
const loaded = loadConfig(settings.config, {});
const [line] = loaded.config.lines;
if (!line) throw new Error('the configuration has no line');
const { lab: _, ...parts } = lineParts(line, loaded.folder);
const store = await openStore(join(settings.folder, 'store'), { log });
const journal = store.journal(line.name);
const snapshots = store.snapshots(line.name);
const spool = store.spool('peer', { bytes: 2 ** 28, age_ms: 1e12, overflow: 'drop-oldest' });
const parent = new ParentSource();
const gauges: Source[] = [];
const stateFolder = join(settings.folder, 'state');
mkdirSync(stateFolder, { recursive: true });

const agent = new LineAgent({
  ...parts,
  learner: (state) => {
    const learner = parts.learner(state);
    const learn = learner.learn.bind(learner);
    learner.learn = (observation) => {
      mark('solving', true);
      try {
        return learn(observation);
      } finally {
        mark('solving', false);
      }
    };
    return learner;
  },
  sources: (deadLetters) => {
    for (const source of line.sources) {
      if (source.type !== 'mqtt') continue;
      gauges.push(
        createMqttSource(source, { line: line.name, clock: systemClock, log, deadLetters, stateFolder }),
      );
    }
    return [parent, ...gauges];
  },
  journal: {
    get last() {
      return journal.last;
    },
    append: (message: LineMessage) => during('committing', () => journal.append(message)),
    read: (from) => journal.read(from),
    trim: (position) => during('trimming', () => journal.trim(position)),
  },
  snapshots: { ...snapshots, save: (at, state) => during('snapshotting', () => snapshots.save(at, state)) },
  history: store.history(),
  snapshotEveryMessages: settings.snapshotEveryMessages,
  pendingLimit: 10_000,
  clock: systemClock,
  log,
});

agent.dispatches.subscribe(({ id, report }) => {
  if (!id) return;
  const text = report.kind === 'prediction' ? `prediction ${stateDigest(report)}` : JSON.stringify(report);
  spool.push(Buffer.from(JSON.stringify([idText(id), report.kind, text])), { line: line.name, id });
});
agent.processed.subscribe(({ message }) => {
  if (message.kind === 'scan') tell({ kind: 'scan', scan: message.scan });
});

/** The sink's side: hands over what waits, and lets it go once the peer has it. */
let wake = () => {};
let ending = false;
async function deliver(): Promise<void> {
  for (;;) {
    const entries = spool.peek({ entries: 200, bytes: 2 ** 20 });
    if (entries.length === 0) {
      if (ending) return;
      await new Promise<void>((resolve) => systemClock.after(20, resolve));
      continue;
    }
    tell({ kind: 'deliver', payloads: entries.map(({ payload }) => Buffer.from(payload).toString()) });
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    await during('removing', () => spool.remove(entries));
  }
}

// Without its parent it has nothing to do: a campaign that was broken off leaves nothing behind.
process.on('disconnect', () => process.exit());
process.on('message', (message: ToChild) => {
  if (message.kind === 'machine') parent.take(message.n, message.sample);
  else if (message.kind === 'delivered') wake();
  else void finish();
});

async function finish(): Promise<void> {
  await agent.stop();
  ending = true;
  await delivering;
  const state = snapshots.latest()?.state as { pipeline: unknown; learner: unknown };
  const history = [...store.history().read({ line: (line as { name: string }).name })].filter(({ record }) =>
    isCounted(record),
  );
  tell({
    kind: 'final',
    learner: stateDigest(state.learner),
    pipeline: stateDigest(state.pipeline),
    history: history.map(({ record }) => JSON.stringify(record)),
    positions: journal.last,
  });
  await store.close();
  process.disconnect();
}

await agent.start();
// Before its first subscription the broker keeps nothing for it.
await firstValueFrom(
  merge(...gauges.map(({ status }) => status)).pipe(filter(({ state }) => state === 'connected')),
);
const delivering = deliver();
mark('starting', false);
tell({ kind: 'started' });
