import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject, NEVER } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { Agent } from '../../src/agent/agent.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage } from '../../src/core/messages.ts';
import type { AdapterStatus, Source } from '../../src/core/source.ts';
import { openStore } from '../../src/store/store.ts';
import { lineAgent, sorted } from './agent.ts';

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
