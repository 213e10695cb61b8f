import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { loadScenario } from '../../simulators/scenario/load.ts';
import { Processor } from '../../src/agent/processor.ts';
import { lineParts } from '../../src/commands/line-parts.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { LineMessage } from '../../src/core/messages.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type Cluster, openCluster } from '../../src/fleet/cluster.ts';
import { Forwarder } from '../../src/fleet/forwarder.ts';
import { Standings } from '../../src/fleet/standings.ts';
import { openStore } from '../../src/store/store.ts';
import { startNats } from '../support/nats.ts';
import { requireProgram } from '../support/real.ts';
import { stateDigest } from '../support/state-digest.ts';

const full = process.env['GAPWISE_CAMPAIGN'] === 'full';
const size = full
  ? { lines: 500, messages: 400, workers: 4, rounds: 10, partitions: 16 }
  : { lines: 24, messages: 300, workers: 3, rounds: 3, partitions: 6 };
const patience_ms = full ? 1_500_000 : 240_000;

const present = requireProgram('nats-server');
const folder = mkdtempSync(join(tmpdir(), 'gapwise-plant-'));
const log = silentLogger;
const clock = systemClock;

const pause = (ms: number) => new Promise<void>((done) => clock.after(ms, () => done()));
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await pause(50);
};

/** A few simulated lines, told again under other names: a plant of lines that differ in what matters here. */
function plantMessages(): Map<string, LineMessage[]> {
  const scenario = loadScenario('config/scenarios/demo.yaml');
  const models = Array.from({ length: 6 }, (_, seed) => {
    const messages: LineMessage[] = [];
    for (const message of generate(scenario, seed, 'x')) {
      messages.push(message);
      if (messages.length === size.messages) break;
    }
    return messages;
  });
  return new Map(
    Array.from({ length: size.lines }, (_, i) => {
      const line = `line-${i}`;
      return [line, (models[i % models.length] as LineMessage[]).map((message) => ({ ...message, line }))];
    }),
  );
}

function writeConfig(servers: readonly string[], lines: Iterable<string>): string {
  const file = join(folder, 'plant.yaml');
  const lab = resolve('config/lab/lrcs-cunha-2020.csv');
  writeFileSync(
    file,
    `fleet: { servers: [${servers.map((server) => `"${server}"`).join(', ')}], partitions: ${size.partitions}, lease_s: 5 }
lines:
${[...lines].map((line) => `  - { name: ${line}, lab: { file: "${lab}" }, sources: [{ type: mqtt }] }`).join('\n')}
`,
  );
  return file;
}

/** Worker processes, as a plant has them on its machines. */
function workers(config: string) {
  const children = new Map<string, ChildProcess>();
  return {
    names: () => [...children.keys()],
    start(name: string) {
      children.set(
        name,
        spawn(process.execPath, ['dist/src/main.js', 'worker', '--config', config, '--name', name], {
          stdio: 'ignore',
        }),
      );
    },
    async end(name: string, signal: NodeJS.Signals) {
      const child = children.get(name);
      children.delete(name);
      if (!child || child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

describe.skipIf(!present)(`a plant under fire${present ? '' : ' (skipped: no nats-server)'}`, () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    `loses no message and counts none twice: ${size.lines} lines, ${size.rounds} rounds of kill -9`,
    async () => {
      const random = seededRandom(5);
      const nats = await startNats(3);
      const messages = plantMessages();
      const config = writeConfig(nats.servers, messages.keys());
      const loaded = loadConfig(config, {});
      const settings = loaded.config.fleet!;
      let cluster: Cluster | undefined;
      await until(async () => {
        cluster = await openCluster(settings, 'test').catch(() => undefined);
        return cluster !== undefined;
      });
      const { leases, manager, standings } = cluster!;
      const crew = workers(config);
      for (let i = 0; i < size.workers; i++) crew.start(`worker-${i}`);

      const store = await openStore(join(folder, 'edge'));
      const spool = store.spool('fleet', { bytes: 2 ** 32, age_ms: 86_400_000, overflow: 'drop-oldest' });
      const forwarder = new Forwarder(settings, { spool, clock, log });
      forwarder.start();

      const holders = async () => {
        const held = new Map<number, string>();
        for (let partition = 0; partition < size.partitions; partition++) {
          const entry = await leases.get(`partition.${partition}`).catch(() => undefined);
          if (entry?.operation === 'PUT') held.set(partition, entry.string());
        }
        return held;
      };
      const allHeld = async (except?: string) => {
        const held = await holders();
        return held.size === size.partitions && ![...held.values()].includes(except ?? '');
      };
      const leader = async () => {
        const info = await manager.streams.info(settings.stream).catch(() => undefined);
        return Number((info?.cluster?.leader ?? 'server-0').slice('server-'.length));
      };
      await until(() => allHeld());

      const rows: { round: number; killed: string; takeover_s: number | string }[] = [];
      for (let round = 0; round < size.rounds; round++) {
        const from = Math.floor((round * size.messages) / size.rounds);
        const to = Math.floor(((round + 1) * size.messages) / size.rounds);
        for (let i = from; i < to; i++) {
          for (const [line, list] of messages) forwarder.accept(line, i + 1, list[i] as LineMessage);
          if (i % 20 === 0) await pause(0);
        }
        await pause(random.integer(2_000));
        const kind = ['worker', 'leader', 'node'][round % 3] as string;
        const victim = crew.names()[random.integer(crew.names().length)] as string;
        let takeover_s: number | string = '-';
        if (kind !== 'worker') {
          const server = kind === 'leader' ? await leader() : random.integer(3);
          await nats.kill(server);
          if (kind === 'leader') await pause(2_000);
          else {
            const began_ms = clock.now_ms();
            await crew.end(victim, 'SIGKILL');
            await until(() => allHeld(victim));
            takeover_s = (clock.now_ms() - began_ms) / 1000;
            crew.start(victim);
          }
          await nats.start(server);
        } else {
          const began_ms = clock.now_ms();
          await crew.end(victim, 'SIGKILL');
          await until(() => allHeld(victim));
          takeover_s = (clock.now_ms() - began_ms) / 1000;
          crew.start(victim);
        }
        rows.push({ round, killed: kind, takeover_s });
      }
      await until(() => spool.entries === 0);
      const last = (await manager.streams.info(settings.stream)).state.last_seq;
      const saved = async () => {
        const sequences = await Promise.all(
          Array.from({ length: size.partitions }, async (_, partition) => {
            const standing = await new Standings(standings, partition).load();
            return [...standing.lines.values()].every(({ position }) => position === size.messages)
              ? standing
              : undefined;
          }),
        );
        return sequences;
      };
      await until(
        async () => (await saved().catch(() => [])).filter((s) => s !== undefined).length === size.partitions,
      );
      const found = new Map((await saved()).flatMap((standing) => [...(standing?.lines ?? [])]));
      await Promise.all(crew.names().map((name) => crew.end(name, 'SIGTERM')));
      await forwarder.stop();
      await store.close();
      await cluster?.close();
      await nats.dispose();

      let equal = 0;
      for (const [line, list] of messages) {
        const own = loaded.config.lines.find(({ name }) => name === line)!;
        const processor = new Processor({ ...lineParts(own, loaded.folder), log, tell: () => {} });
        for (const message of list) if (message.kind !== 'action') processor.process(message);
        if (stateDigest(processor.state) === stateDigest(found.get(line)?.state)) equal++;
      }
      process.stdout.write(
        `plant campaign: ${size.lines} lines × ${size.messages} messages in ${last} envelopes, ${size.workers} workers\n` +
          rows
            .map(
              ({ round, killed, takeover_s }) =>
                `  round ${round}: ${killed} killed, all worked again after ${takeover_s} s\n`,
            )
            .join('') +
          `  lines as an undisturbed process has them: ${equal} of ${size.lines}\n`,
      );
      expect(found.size).toBe(size.lines);
      expect(equal).toBe(size.lines);
      for (const { takeover_s } of rows)
        if (typeof takeover_s === 'number') expect(takeover_s).toBeLessThan(full ? 10 : 30);
    },
    patience_ms,
  );
});
