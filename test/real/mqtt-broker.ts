import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';

/** A Mosquitto of the test's own, with persistence, that can be killed and started again on the same port. */
export interface TestBroker {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL: what the broker had not written to its persistence file is lost. */
  kill(): Promise<void>;
  /** SIGTERM: sessions and queued messages are kept over a restart. */
  stop(): Promise<void>;
  /** Stops it and removes its folder. */
  dispose(): Promise<void>;
}

export async function startBroker(extraConfig: readonly string[] = []): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(
    config,
    [
      `listener ${port} 127.0.0.1`,
      ...(extraConfig.some((line) => line.startsWith('allow_anonymous')) ? [] : ['allow_anonymous true']),
      'persistence true',
      `persistence_location ${folder}/`,
      'max_queued_messages 5000',
      // Debian's package would switch to its own user, who may not write here.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      ...extraConfig,
      '',
    ].join('\n'),
  );
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  };
  const broker: TestBroker = {
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      child = spawn('mosquitto', ['-c', config], {
        stdio: 'ignore',
        env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
      });
      await accepting(port);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async dispose() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Resolves as soon as something listens there. */
export async function accepting(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** A plain client, as a gauge would be. */
export async function gaugeClient(url: string, options: mqtt.IClientOptions = {}): Promise<MqttClient> {
  return mqtt.connectAsync(url, { reconnectPeriod: 50, ...options });
}
