import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { HealthDocument } from '../../src/core/api.ts';
import { requireProgram } from '../support/real.ts';
import { accepting, freePort } from './mqtt-broker.ts';

const present = requireProgram('mosquitto') && requireProgram('victoria-metrics');
const folder = mkdtempSync(join(tmpdir(), 'gapwise-compose-'));
const children: ChildProcess[] = [];

function begin(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): ChildProcess {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin`, ...environment },
  });
  child.stdout?.resume();
  children.push(child);
  return child;
}

interface Compose {
  readonly services: Record<string, { command?: string[]; environment?: Record<string, string> }>;
}

/** What `docker compose` would give a service: variables of .env in their places. */
const filled = (text: string, secrets: Record<string, string>): string =>
  text.replace(/\$\{(\w+)[^}]*\}/g, (_, name: string) => secrets[name] ?? '');

describe.skipIf(!present)(
  `the services of the compose file${present ? '' : ' (skipped: no mosquitto or victoria-metrics)'}`,
  () => {
    afterAll(async () => {
      for (const child of children) {
        if (child.exitCode !== null) continue;
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    });

    it('find each other with nothing edited but secrets: simulator, broker, agent, database', async () => {
      cpSync('deploy', join(folder, 'deploy'), { recursive: true });
      cpSync('config', join(folder, 'config'), { recursive: true });
      const place = join(folder, 'deploy/docker');
      execFileSync(join(place, 'prepare.sh'), ['plant.example'], { stdio: 'ignore' });
      const secrets = Object.fromEntries(
        readFileSync(join(place, '.env'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split('=') as [string, string]),
      );
      const { services } = parse(readFileSync(join(place, 'compose.yaml'), 'utf8')) as Compose;
      const port = {
        broker: await freePort(),
        secure: await freePort(),
        coater: await freePort(),
        database: await freePort(),
        page: await freePort(),
      };
      /** Names of the compose network and paths within containers, as they are on this machine. */
      const here = (text: string) =>
        text
          .replaceAll('//mosquitto:1883', `//127.0.0.1:${port.broker}`)
          .replaceAll('@mosquitto:1883', `@127.0.0.1:${port.broker}`)
          .replaceAll('//simulator:4840', `//127.0.0.1:${port.coater}`)
          .replaceAll('//influxdb:8086', `//127.0.0.1:${port.database}`)
          .replaceAll('/opt/gapwise/config', join(folder, 'config'))
          .replaceAll('/tmp/simulator', join(folder, 'simulator'))
          .replaceAll('/var/lib/gapwise', join(folder, 'state'))
          .replaceAll('0.0.0.0', '127.0.0.1')
          .replace('port: 8080', `port: ${port.page}`);

      const conf = join(folder, 'mosquitto.conf');
      writeFileSync(
        conf,
        `${readFileSync(join(place, 'mosquitto.conf'), 'utf8')
          .replace('listener 1883', `listener ${port.broker} 127.0.0.1`)
          .replace('listener 8883', `listener ${port.secure} 127.0.0.1`)
          .replace('/mosquitto/config/acl', join(folder, 'deploy/mosquitto/acl'))
          .replace('/mosquitto/data/', `${folder}/`)
          .replaceAll('/run/gapwise/', `${place}/secrets/`)}\nuser root\n`,
      );
      begin('mosquitto', ['-c', conf]);
      // Takes the API of InfluxDB 2, which Debian does not have.
      begin('victoria-metrics', [
        `-storageDataPath=${join(folder, 'data')}`,
        `-httpListenAddr=127.0.0.1:${port.database}`,
        '-dedup.minScrapeInterval=1ms',
      ]);
      await Promise.all([accepting(port.broker), accepting(port.database)]);
      const simulate = (services['simulator']?.command ?? []).map((word) => here(filled(word, secrets)));
      begin(process.execPath, ['dist/src/main.js', ...simulate, `--opcua-port=${port.coater}`]);

      const config = join(folder, 'config/compose.yaml');
      writeFileSync(config, here(readFileSync(config, 'utf8')));
      const environment = Object.fromEntries(
        Object.entries(services['gapwise']?.environment ?? {}).map(([name, value]) => [
          name,
          filled(value, secrets),
        ]),
      );
      const agent = begin(process.execPath, ['dist/src/main.js', 'run', '--config', config], environment);

      const page = `http://127.0.0.1:${port.page}`;
      const until = async (what: () => Promise<boolean>) => {
        while (!(await what().catch(() => false))) {
          if (agent.exitCode !== null) throw new Error(`the agent ended with ${agent.exitCode}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      const health = async () => (await (await fetch(`${page}/api/v1/health`)).json()) as HealthDocument;
      await until(async () => {
        const { lines } = await health();
        const adapters = lines.flatMap((line) => line.adapters);
        return adapters.length >= 4 && adapters.every(({ state }) => state === 'connected');
      });
      const query = `http://127.0.0.1:${port.database}/api/v1/series/count`;
      const points = async () => {
        await fetch(`http://127.0.0.1:${port.database}/internal/force_flush`);
        return ((await (await fetch(query)).json()) as { data: number[] }).data[0] ?? 0;
      };
      await until(async () => (await points()) > 20);
      expect((await fetch(`${page}/ready`)).status).toBe(200);
      // As the image's health check asks.
      const probe = /fetch\('http:\/\/127\.0\.0\.1:8080([^']*)'\)/.exec(
        readFileSync('deploy/docker/Dockerfile', 'utf8'),
      )?.[1];
      expect((await fetch(`${page}${probe}`)).status).toBe(200);
    }, 120_000);
  },
);
