import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { loadScenario } from '../../simulators/scenario/load.ts';
import { Processor } from '../../src/agent/processor.ts';
import { lineParts } from '../../src/commands/line-parts.ts';
import { type FleetSettings, fleetSchema } from '../../src/config/fleet.ts';
import { parseConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage } from '../../src/core/messages.ts';
import { type Cluster, openCluster } from '../../src/fleet/cluster.ts';
import { Forwarder } from '../../src/fleet/forwarder.ts';
import type { LineWork } from '../../src/fleet/partition-runner.ts';
import { Worker } from '../../src/fleet/worker.ts';
import { openStore } from '../../src/store/store.ts';
import { startNats, type TestCluster } from '../support/nats.ts';
import { requireProgram } from '../support/real.ts';
import { stateDigest } from '../support/state-digest.ts';

const present = requireProgram('nats-server');
const log = silentLogger;
const clock = systemClock;
const scenario = loadScenario('config/scenarios/demo.yaml');

/** The first messages of a simulated line. */
function messagesOf(line: string, count: number): LineMessage[] {
  const messages: LineMessage[] = [];
  for (const message of generate(scenario, line.length + line.charCodeAt(line.length - 1), line)) {
    messages.push(message);
    if (messages.length === count) break;
  }
  return messages;
}

const configOf = (line: string) =>
  parseConfig(
    `lines: [{ name: ${line}, lab: { file: config/lab/lrcs-cunha-2020.csv }, sources: [{ type: mqtt }] }]`,
    'fleet.yaml',
    process.cwd(),
    {},
  ).lines[0]!;

const work: LineWork = {
  processor: (line, tell, state) =>
    new Processor({ ...lineParts(configOf(line), resolve('.')), log, tell }, state),
  tell: () => {},
};

/** How a line stands that nothing ever disturbed. */
function undisturbed(line: string, messages: readonly LineMessage[]): string {
  const processor = work.processor(line, () => {});
  for (const message of messages) if (message.kind !== 'action') processor.process(message);
  return stateDigest(processor.state);
}

describe.skipIf(!present)(`a plant's cluster${present ? '' : ' (skipped: no nats-server)'}`, () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function setUp(replicas: 1 | 3): Promise<{ nats: TestCluster; settings: FleetSettings }> {
    const nats = await startNats(replicas);
    cleanups.push(() => nats.dispose());
    const settings = fleetSchema.parse({
      servers: [...nats.servers],
      replicas,
      partitions: 4,
      lease_s: 2,
      save_every_messages: 500,
    });
    return { nats, settings };
  }

  async function edge(settings: FleetSettings) {
    const store = await openStore(mkdtempSync(join(tmpdir(), 'gapwise-fleet-')));
    const spool = store.spool('fleet', { bytes: 2 ** 30, age_ms: 86_400_000, overflow: 'drop-oldest' });
    const forwarder = new Forwarder(settings, { spool, clock, log });
    cleanups.push(async () => {
      await forwarder.stop();
      await store.close();
    });
    forwarder.start();
    return { forwarder, spool };
  }

  async function cluster(settings: FleetSettings, name: string): Promise<Cluster> {
    for (;;) {
      try {
        const opened = await openCluster(settings, name);
        cleanups.push(() => opened.close());
        return opened;
      } catch {
        // A cluster that has just begun has no leader yet.
        await new Promise((resolve) => clock.after(200, () => resolve(undefined)));
      }
    }
  }

  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => clock.after(20, () => resolve(undefined)));
  };

  const standing = (workers: readonly Worker[], line: string) =>
    workers
      .flatMap((worker) =>
        worker.partitions.flatMap((partition) => worker.runner(partition)?.states().get(line) ?? []),
      )
      .sort((a, b) => b.position - a.position)[0];

  it('brings every line to where it would stand alone, whoever works it when', async () => {
    const { settings } = await setUp(1);
    const lines = ['line-a', 'line-b', 'line-c', 'line-d', 'line-e'];
    const sent = new Map(lines.map((line) => [line, messagesOf(line, 2_500)]));
    const first = new Worker('first', settings, {
      cluster: await cluster(settings, 'first'),
      work,
      clock,
      log,
    });
    first.start();
    const { forwarder } = await edge(settings);
    const push = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        for (const [line, messages] of sent) forwarder.accept(line, i + 1, messages[i] as LineMessage);
      }
    };
    push(0, 1_000);
    await until(() => first.counts().applied >= 1_500);
    // A second one comes, takes its share, and the first one goes; then a third one that has to finish alone.
    const second = new Worker('second', settings, {
      cluster: await cluster(settings, 'second'),
      work,
      clock,
      log,
    });
    second.start();
    await until(() => second.partitions.length === 2 && first.partitions.length === 2);
    push(1_000, 2_000);
    await first.stop();
    push(2_000, 2_500);
    await until(() => second.partitions.length === 4);
    await until(() => lines.every((line) => standing([second], line)?.position === 2_500));
    for (const line of lines) {
      expect(stateDigest(standing([second], line)?.state)).toBe(undisturbed(line, sent.get(line)!));
    }
    expect(second.counts()).toMatchObject({ missing: 0, unreadable: 0 });
    await second.stop();
  });

  it('gets what an edge took in while it was away, once and in order', async () => {
    const { nats, settings } = await setUp(1);
    const messages = messagesOf('line-a', 1_500);
    const { forwarder, spool } = await edge(settings);
    const push = (from: number, to: number) => {
      for (let i = from; i < to; i++) forwarder.accept('line-a', i + 1, messages[i] as LineMessage);
    };
    push(0, 500);
    await until(() => spool.entries === 0);
    await nats.kill(0);
    push(500, 1_500);
    await until(() => spool.entries > 0);
    await nats.start(0);
    // Told again from an earlier place, as after a crash of the edge.
    push(200, 700);
    await until(() => spool.entries === 0);
    const worker = new Worker('only', settings, {
      cluster: await cluster(settings, 'only'),
      work,
      clock,
      log,
    });
    worker.start();
    await until(() => standing([worker], 'line-a')?.position === 1_500);
    expect(worker.counts()).toEqual({ applied: 1_500, repeated: 0, missing: 0, unreadable: 0 });
    expect(stateDigest(standing([worker], 'line-a')?.state)).toBe(undisturbed('line-a', messages));
    await worker.stop();
  });

  it('lets nobody put back what is past: a worker that was overtaken writes nothing', async () => {
    const { settings } = await setUp(1);
    const messages = messagesOf('line-a', 1_200);
    const { forwarder, spool } = await edge(settings);
    for (let i = 0; i < 600; i++) forwarder.accept('line-a', i + 1, messages[i] as LineMessage);
    const asleep = new Worker('asleep', settings, {
      cluster: await cluster(settings, 'asleep'),
      work,
      clock,
      log,
    });
    asleep.start();
    await until(() => standing([asleep], 'line-a')?.position === 600);
    // Its leases vanish without its knowing, as when its machine slept.
    const other = await cluster(settings, 'other');
    for await (const key of await other.leases.keys()) await other.leases.purge(key);
    const awake = new Worker('awake', settings, { cluster: other, work, clock, log });
    awake.start();
    await until(() => awake.partitions.length > 0 && asleep.partitions.length + awake.partitions.length <= 4);
    for (let i = 600; i < 1_200; i++) forwarder.accept('line-a', i + 1, messages[i] as LineMessage);
    await until(() => spool.entries === 0);
    await until(() => standing([awake, asleep], 'line-a')?.position === 1_200);
    await asleep.stop();
    await until(() => awake.partitions.length === 4);
    await until(() => standing([awake], 'line-a')?.position === 1_200);
    expect(stateDigest(standing([awake], 'line-a')?.state)).toBe(undisturbed('line-a', messages));
    await awake.stop();
  });
});
