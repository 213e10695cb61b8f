import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepting, freePort } from '../real/mqtt-broker.ts';

/** Real nats-server processes on loopback, each with its own JetStream folder. */
export interface TestCluster {
  readonly servers: readonly string[];
  /** SIGKILL to one server; what it has on its disk stays. */
  kill(index: number): Promise<void>;
  start(index: number): Promise<void>;
  dispose(): Promise<void>;
}

export async function startNats(size: 1 | 3): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-nats-'));
  const ports: { client: number; route: number }[] = [];
  for (let i = 0; i < size; i++) ports.push({ client: await freePort(), route: await freePort() });
  const routes = ports.map(({ route }) => `nats://127.0.0.1:${route}`).join(', ');
  ports.forEach(({ client, route }, i) => {
    writeFileSync(
      join(folder, `${i}.conf`),
      `server_name: server-${i}
listen: 127.0.0.1:${client}
jetstream { store_dir: "${join(folder, `store-${i}`)}", max_memory_store: 64MB, max_file_store: 4GB }
${size > 1 ? `cluster { name: plant, listen: 127.0.0.1:${route}, routes: [${routes}] }` : ''}
`,
    );
  });
  const children: (ChildProcess | undefined)[] = ports.map(() => undefined);
  const cluster: TestCluster = {
    servers: ports.map(({ client }) => `nats://127.0.0.1:${client}`),
    async start(index) {
      children[index] = spawn('nats-server', ['--config', join(folder, `${index}.conf`)], {
        stdio: 'ignore',
      });
      await accepting(ports[index]?.client as number);
    },
    async kill(index) {
      const child = children[index];
      children[index] = undefined;
      if (!child || child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async dispose() {
      await Promise.all(children.map((_, i) => cluster.kill(i)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await Promise.all(ports.map((_, i) => cluster.start(i)));
  return cluster;
}
