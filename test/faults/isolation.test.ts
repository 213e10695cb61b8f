import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject, NEVER } from 'rxjs';
import { afterEach, expect, it, vi } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { Agent } from '../../src/agent/agent.ts';
import { VirtualClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage } from '../../src/core/messages.ts';
import type { AdapterStatus, Source } from '../../src/core/source.ts';
import { openStore } from '../../src/store/store.ts';
import { lineAgent, Mouth, sorted } from './agent.ts';

const plan = {
  name: 'one run',
  parameters: { web_length_m: 4 },
  defaults: { duration_s: 300, downtime_s: 100, web_speed_m_min: 2 },
  runs: [{ gap_um: 150 }, { gap_um: 120 }],
};
const pipeline = { pairing: { web_length_m: 4 } };
const messagesOf = (line: string) => [...generate(scenarioOf(plan), 5, line)];

const folder = mkdtempSync(join(tmpdir(), 'gapwise-isolation-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine that can't be reached, of whatever kind. */
const dead: Source = {
  name: 'dead',
  arrivals: NEVER,
  status: new BehaviorSubject<AdapterStatus>({ state: 'disconnected', detail: 'no route to host' }),
  start: async () => {
    throw new Error('no route to host');
  },
  stop: async () => {},
};

it('one line’s dead PLC, bad messages and failing stage never touch another', async () => {
  const store = await openStore(folder);
  const alone = lineAgent(store, { line: 'alone', pipeline });
  await alone.agent.start();
  for (const message of messagesOf('alone')) alone.mouth.say(message);
  await alone.agent.stop();

  const good = lineAgent(store, { line: 'good', pipeline });
  const bad = lineAgent(store, { line: 'bad', pipeline });
  const unreachable = lineAgent(store, { line: 'unreachable', pipeline, sources: () => [dead] });
  const lines = [unreachable, bad, good].map(({ agent }) => ({ agent, lab: [] }));
  const agent = new Agent(lines, silentLogger);
  await agent.start();

  const theirs = messagesOf('bad');
  for (const [i, message] of messagesOf('good').entries()) {
    const broken = theirs[i]!;
    // Every third is of another line, every second scan has no values: the order of both lines stays interleaved.
    if (i % 3 === 0) bad.mouth.say({ ...broken, line: 'nobody' });
    else if (broken.kind === 'scan' && broken.scan % 2 === 0) {
      bad.mouth.say({ ...broken, loading_mg_cm2: new Float64Array(0), startedAt: 'operator' } as LineMessage);
    } else
      bad.mouth.say({
        ...broken,
        ...(broken.kind === 'machine' && { values: { web_speed_m_min: Number.NaN } }),
      });
    good.mouth.say(message);
  }
  await agent.stop();

  const strip = (seen: ReturnType<typeof sorted>) => seen.observations.map(({ line, ...rest }) => rest);
  expect(strip(sorted(good.reports))).toEqual(strip(sorted(alone.reports)));
  expect(strip(sorted(good.reports)).length).toBeGreaterThan(40);
  expect(good.agent.deadLetterCounts).toEqual({});
  expect(bad.agent.deadLetterCounts['unknown-line']).toBeGreaterThan(100);
  expect(sorted(bad.reports).observations).toEqual([]);
  await store.close();
});

it('a source that throws at start is tried again, and its line then works like any other', async () => {
  const store = await openStore(`${folder}-start`);
  const clock = new VirtualClock(0);
  const good = lineAgent(store, { line: 'good', pipeline });
  const mouth = new Mouth();
  let attempts = 0;
  const late: Source = {
    name: 'late',
    arrivals: mouth.arrivals,
    status: mouth.status,
    start: async () => {
      if (++attempts < 3) throw new Error('no certificate yet');
    },
    stop: async () => {},
  };
  const bad = lineAgent(store, { line: 'late', pipeline, sources: () => [late], realTime: clock });
  const agent = new Agent(
    [bad, good].map(({ agent }) => ({ agent, lab: [] })),
    silentLogger,
  );
  await agent.start();
  expect(agent.health()).toEqual({
    ready: true,
    troubles: ['late: late could not start: no certificate yet'],
  });
  // The page hears of it too, once it has lasted.
  clock.advanceTo(61_000);
  expect(agent.alarms('good')).toEqual([]);
  const raised = bad.reports.filter((report) => report.kind === 'alarm');
  expect(raised).toMatchObject([
    {
      alarm: 'adapter-disconnected',
      subject: 'late',
      state: 'UNACK',
      detail: 'could not start: no certificate yet',
    },
  ]);
  for (let second = 62; attempts < 3; second++) {
    clock.advanceTo(1000 * second);
    await new Promise(setImmediate);
  }
  expect(agent.health().troubles).toEqual([]);

  const theirs = messagesOf('late');
  for (const [i, message] of messagesOf('good').entries()) {
    mouth.say(theirs[i]!);
    good.mouth.say(message);
  }
  await agent.stop();
  expect(sorted(bad.reports).observations.length).toBe(sorted(good.reports).observations.length);
  await store.close();
  rmSync(`${folder}-start`, { recursive: true, force: true });
});

it('what people do about alarms goes through the journal; what can not be done is refused with the reason', async () => {
  const store = await openStore(`${folder}-act`);
  const { agent: line, mouth, reports } = lineAgent(store, { line: 'good', pipeline });
  const agent = new Agent([{ agent: line, lab: [] }], silentLogger);
  const asked = { kind: 'action', line: 'good', alarm: 'source-stale', subject: 'opcua', by: 'Ada' } as const;
  // 1,000,000 s ahead of the line: what counts is how long the shelf is to last.
  const shelve = { ...asked, action: 'shelve', time_ms: 1e9, until_ms: 1e9 + 60_000 } as const;
  await expect(agent.act(shelve)).rejects.toThrow('does not run');
  await agent.start();
  const hole = { kind: 'outage', line: 'good', source: 'opcua', reason: 'stale', detail: 'speed' } as const;
  mouth.say({ ...hole, time_ms: 1_000 });
  mouth.say({ kind: 'machine', line: 'good', time_ms: 40_000, values: {} });
  await vi.waitFor(() => expect(agent.alarms('good')).toMatchObject([{ state: 'UNACK', since_ms: 1_000 }]));
  await expect(agent.act({ ...asked, action: 'acknowledge', time_ms: 0, alarm: 'nonsense' })).rejects.toThrow(
    'prediction-drift',
  );
  expect(await agent.act({ ...asked, action: 'acknowledge', time_ms: 0 })).toMatchObject({ state: 'ACKED' });
  expect(await agent.act(shelve)).toMatchObject({ state: 'SHLVD', time_ms: 40_000, until_ms: 100_000 });
  const kinds = [...store.journal('good').read(1)].map(({ message }) => message.kind);
  await agent.stop();
  expect(kinds).toEqual(['outage', 'machine', 'action', 'action']);
  expect(reports.filter((report) => report.kind === 'alarm').map(({ state }) => state)).toEqual([
    'UNACK',
    'ACKED',
    'SHLVD',
  ]);
  await store.close();
  rmSync(`${folder}-act`, { recursive: true, force: true });
});

it('a stage that throws for one line costs that line its message alone', async () => {
  const store = await openStore(`${folder}-stage`);
  const good = lineAgent(store, { line: 'good', pipeline });
  const bad = lineAgent(store, { line: 'bad', pipeline });
  // A pipeline whose learner throws at every observation.
  const { learner } = bad.agent;
  learner.learn = () => {
    throw new Error('the learner of this line is broken');
  };
  const agent = new Agent(
    [good, bad].map(({ agent }) => ({ agent, lab: [] })),
    silentLogger,
  );
  await agent.start();
  const theirs = messagesOf('bad');
  for (const [i, message] of messagesOf('good').entries()) {
    bad.mouth.say(theirs[i]!);
    good.mouth.say(message);
  }
  await agent.stop();
  const seen = sorted(good.reports).observations.length;
  expect(seen).toBeGreaterThan(40);
  expect(good.agent.learner.forecaster.observations).toBe(seen);
  expect(bad.agent.deadLetterCounts).toEqual({ 'stage-failed': seen });
  await store.close();
  rmSync(`${folder}-stage`, { recursive: true, force: true });
});
