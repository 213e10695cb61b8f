import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { filter, firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import type { LineAgent } from '../../../src/agent/line-agent.ts';
import type { AlarmAction } from '../../../src/core/alarm.ts';
import type { LineMessage } from '../../../src/core/messages.ts';
import type { Report } from '../../../src/core/report.ts';
import { type Dispatch, idText } from '../../../src/core/report-id.ts';
import { openStore } from '../../../src/store/store.ts';
import { agentOn } from './support/line.ts';

/** Three runs with a fault of each kind that alarms look for, in some twelve minutes. */
const scenario = scenarioOf({
  name: 'three runs',
  parameters: { web_length_m: 4 },
  gauge: { standardise: { every_s: 500, pause_s: 24 } },
  defaults: { duration_s: 150, downtime_s: 60, web_speed_m_min: 4 },
  runs: [{ gap_um: 110 }, { gap_um: 150 }, { gap_um: 130 }],
  faults: [
    { fault: 'level-shift', at_s: 250, for_s: 400, by_mg_cm2: 3 },
    { fault: 'bad-quality', at_s: 330, for_s: 40, tags: ['bar_operator_mm'] },
    { fault: 'clock-jump', device: 'gauge', at_s: 640, by_s: -400 },
    { fault: 'duplicate', device: 'gauge', at_s: 100, for_s: 80 },
    { fault: 'delay', device: 'coater', at_s: 200, for_s: 3, by_s: 30 },
  ],
});
const messages = [...generate(scenario, 3, 'coater-1')];

const folders: string[] = [];
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-agent-'));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Ending {
  /** Messages after which the process ends. */
  readonly at: number;
  /** Cut off: the last snapshot never comes to the disk. */
  readonly cutOff: boolean;
}

interface Course {
  readonly told: readonly Dispatch<Report>[];
  readonly state: unknown;
  readonly predicted: unknown;
  readonly alarms: unknown;
  readonly history: readonly unknown[];
}

/** An operator who acknowledges the first alarm that stands and shelves the second, at each 200th message. */
async function tend(agent: LineAgent): Promise<void> {
  const [first, second] = agent.alarms();
  const action = (what: AlarmAction['action'], of: typeof first): AlarmAction | undefined =>
    of && {
      kind: 'action',
      line: 'coater-1',
      time_ms: 0,
      action: what,
      alarm: of.alarm,
      subject: of.subject,
      by: 'Ada',
    };
  const acknowledge = action('acknowledge', first);
  const shelve = action('shelve', second);
  if (acknowledge) await agent.act(acknowledge);
  if (shelve) await agent.act({ ...shelve, until_ms: 100_000, comment: 'known' });
}

const TENDED_EVERY = 200;

const workedOff = (agent: LineAgent, message: LineMessage): Promise<unknown> =>
  firstValueFrom(agent.processed.pipe(filter((kept) => kept.message === message)), {
    defaultValue: undefined,
  });

/** Plays all messages, with a new process on the same store after each ending. */
async function course(snapshotEvery: number, endings: readonly Ending[]): Promise<Course> {
  const folder = freshFolder();
  const told: Dispatch<Report>[] = [];
  let from = 0;
  for (const { at, cutOff } of [...endings, { at: messages.length, cutOff: false }]) {
    const to = Math.max(from, at);
    const store = await openStore(folder);
    let ended = false;
    const { agent, source } = agentOn(store, snapshotEvery, () => !(ended && cutOff));
    agent.dispatches.subscribe((dispatch) => told.push(dispatch));
    await agent.start();
    for (let i = from; i < to; i++) {
      if (i % TENDED_EVERY !== TENDED_EVERY - 1) {
        source.send(messages[i]!);
        continue;
      }
      const isWorkedOff = workedOff(agent, messages[i]!);
      source.send(messages[i]!);
      await isWorkedOff;
      await tend(agent);
    }
    from = to;
    if (to === messages.length) {
      await agent.stop();
      const history = [...store.history().read({ line: 'coater-1' })];
      const { state, forecaster } = agent.learner;
      await store.close();
      return { told, state, predicted: forecaster.predict(200), alarms: agent.alarms(), history };
    }
    ended = true;
    await agent.stop();
    await store.close();
  }
  throw new Error('the last ending is behind the last message');
}

/** What has an id, once; what was told again has to be what it was the first time. */
function onceEach(told: readonly Dispatch<Report>[]): ReadonlyMap<string, Report> {
  const seen = new Map<string, Report>();
  for (const { id, report } of told) {
    if (!id) continue;
    const known = seen.get(idText(id));
    if (known) expect(report).toEqual(known);
    seen.set(idText(id), report);
  }
  return seen;
}

const kinds = (reports: Iterable<Report>): Set<string> => new Set([...reports].map(({ kind }) => kind));

describe('the agent of one line', () => {
  it('learns from a simulated line: observations, predictions, an abstraction, forecasts, alarms', async () => {
    const store = await openStore(freshFolder());
    const { agent, source } = agentOn(store, 1_000);
    const told: Dispatch<Report>[] = [];
    agent.dispatches.subscribe((dispatch) => told.push(dispatch));
    await agent.start();
    for (const message of messages) source.send(message);
    await agent.stop();
    expect(source).toMatchObject({ acknowledged: messages.length, refused: 0 });
    expect(agent.learner.forecaster.runs.length).toBeGreaterThanOrEqual(2);
    expect(agent.learner.abstraction.current).toMatchObject({ solver: 'exact' });
    const reports = told.map(({ report }) => report);
    expect(kinds(reports)).toEqual(
      new Set([
        'adapter',
        'prediction',
        'machine',
        'profile',
        'gap',
        'run',
        'dropped',
        'observation',
        'forecast',
        'abstraction',
        'alarm',
        'outage',
        'dead-letter',
      ]),
    );
    // One forecast for each run, before its first observation is counted, by the model that had not seen it.
    const forecasts = reports.filter((report) => report.kind === 'forecast');
    expect(forecasts.map(({ run }) => run)).toEqual(
      agent.learner.forecaster.runs.map(({ measured }) => measured.run),
    );
    expect(forecasts.map(({ prediction }) => prediction)).toEqual(
      agent.learner.forecaster.runs.map(({ before }) => before),
    );
    expect(forecasts[0]!.version).toBe('0.0');
    await store.close();
  });

  it('numbers reports by message and place; what follows from no message has no id', async () => {
    const { told } = await course(1_000, []);
    const ids = told.flatMap(({ id }) => (id ? [id] : []));
    for (const [i, id] of ids.entries()) {
      const before = ids[i - 1];
      if (before?.position === id.position) expect(id.index).toBe(before.index + 1);
      else expect([id.index, id.position > (before?.position ?? 0)]).toEqual([0, true]);
    }
    const without = told.filter(({ id }) => !id).map(({ report }) => report.kind);
    expect(new Set(without)).toEqual(new Set(['adapter', 'prediction']));
  });

  it('stands exactly where an undisturbed one does, wherever it ends, alarms, ids and history included', async () => {
    const undisturbed = await course(400, []);
    const expected = onceEach(undisturbed.told);
    const alarms = [...expected.values()].filter((report) => report.kind === 'alarm');
    expect(new Set(alarms.map(({ state }) => state))).toEqual(
      new Set(['UNACK', 'ACKED', 'SHLVD', 'NORM', 'RTNUN']),
    );
    const ending = fc.record({ at: fc.integer({ min: 0, max: messages.length }), cutOff: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 40, max: 900 }),
        fc.array(ending, { minLength: 1, maxLength: 4 }),
        async (snapshotEvery, endings) => {
          const sorted = [...endings].sort((a, b) => a.at - b.at);
          const { told, ...rest } = await course(snapshotEvery, sorted);
          const { told: _, ...wanted } = undisturbed;
          expect(rest).toEqual(wanted);
          expect([...onceEach(told)].sort()).toEqual([...expected].sort());
        },
      ),
      { numRuns: Number(process.env['GAPWISE_RESTARTS'] ?? 4), seed: 7, endOnFailure: true },
    );
  }, 300_000);
});
