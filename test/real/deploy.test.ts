import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { requireProgram } from '../support/real.ts';
import { accepting, freePort } from './mqtt-broker.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'gapwise-deploy-'));

const systemd = requireProgram('systemd-analyze');
describe.skipIf(!systemd)(`the systemd unit${systemd ? '' : ' (skipped: no systemd-analyze)'}`, () => {
  /** The unit with a program that exists here in the place of the installed one. */
  function unit(): string {
    const place = folder();
    const program = join(place, 'gapwise');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const file = join(place, 'gapwise.service');
    const text = readFileSync('deploy/systemd/gapwise.service', 'utf8');
    writeFileSync(file, text.replace('/usr/bin/gapwise', program));
    return file;
  }

  it('is valid: systemd-analyze verify prints nothing', () => {
    const output = execFileSync('systemd-analyze', ['verify', unit()], { encoding: 'utf8', stdio: 'pipe' });
    expect(output).toBe('');
  });

  it('is confined: an exposure of at most 2.0', () => {
    const output = execFileSync('systemd-analyze', ['security', '--offline=true', unit()], {
      encoding: 'utf8',
    });
    const [, exposure] = /Overall exposure level[^:]*: ([\d.]+)/.exec(output) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(2);
  });
});

/** The folder deploy/docker after its first step, elsewhere. */
function prepared(): string {
  const place = join(folder(), 'deploy');
  cpSync('deploy', place, { recursive: true });
  execFileSync(join(place, 'docker/prepare.sh'), ['coater-pc.example'], { stdio: 'ignore' });
  return join(place, 'docker');
}

const environmentOf = (place: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(join(place, '.env'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );

const compose = requireProgram('docker-compose');
describe.skipIf(!compose)(`the compose file${compose ? '' : ' (skipped: no docker-compose)'}`, () => {
  it('is valid once prepared, and says what to do before', () => {
    const place = prepared();
    execFileSync('docker-compose', ['--file', join(place, 'compose.yaml'), 'config', '--quiet'], {
      cwd: place,
    });
    const raw = join(folder(), 'compose.yaml');
    cpSync('deploy/docker/compose.yaml', raw);
    expect(() =>
      execFileSync('docker-compose', ['--file', raw, 'config', '--quiet'], { stdio: 'pipe' }),
    ).toThrow(/prepare\.sh/);
  });

  it('gives the agent every secret that its configuration asks for', () => {
    const { services } = parse(readFileSync('deploy/docker/compose.yaml', 'utf8')) as {
      services: { gapwise: { environment: Record<string, string> } };
    };
    const environment = Object.fromEntries(
      Object.keys(services.gapwise.environment).map((name) => [name, 'a-secret-of-the-right-length']),
    );
    const { config } = loadConfig('config/compose.yaml', environment);
    expect(config.state).toBe('/var/lib/gapwise');
  });

  it('keeps what it made when prepared again', () => {
    const place = prepared();
    const before = environmentOf(place);
    execFileSync(join(place, 'prepare.sh'), { stdio: 'ignore' });
    expect(environmentOf(place)).toEqual(before);
    expect(new Set(Object.values(before)).size).toBe(Object.keys(before).length);
  });
});

const mosquitto = requireProgram('mosquitto');
describe.skipIf(!mosquitto)(
  `the broker's configuration${mosquitto ? '' : ' (skipped: no mosquitto)'}`,
  () => {
    it.each(['deploy/mosquitto/mosquitto.conf', 'deploy/docker/mosquitto.conf'])(
      '%s lets each user do its own part and no more',
      async (source) => {
        const place = prepared();
        const [plain, secure] = [await freePort(), await freePort()];
        const secrets = join(place, 'secrets');
        const conf = join(place, 'test.conf');
        writeFileSync(
          conf,
          readFileSync(source, 'utf8')
            .replace(/listener 1883.*/, `listener ${plain} 127.0.0.1`)
            .replace(/listener 8883.*/, `listener ${secure} 127.0.0.1`)
            .replace(/^acl_file .*/m, `acl_file ${join(place, '../mosquitto/acl')}`)
            .replaceAll('/etc/mosquitto/tls/', `${secrets}/`)
            .replaceAll('/run/gapwise/', `${secrets}/`)
            .replaceAll('/etc/mosquitto/', `${secrets}/`)
            .replace(/^persistence_location .*/m, `persistence_location ${place}/`)
            // As root the broker would become another user, who may not read a folder of the test.
            .concat('\nuser root\n'),
        );
        const broker = spawn('mosquitto', ['-c', conf], {
          stdio: 'ignore',
          env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
        });
        try {
          await accepting(secure);
          const passwords = environmentOf(place);
          const connect = (username: string, password: string | undefined, url: string) =>
            mqtt.connectAsync(
              url,
              {
                username,
                ...(password && { password }),
                ca: readFileSync(join(secrets, 'ca.crt')),
                reconnectPeriod: 0,
                protocolVersion: 5,
              },
              false,
            );
          const agent = await connect(
            'gapwise',
            passwords['MQTT_GAPWISE_PASSWORD'],
            `mqtt://127.0.0.1:${plain}`,
          );
          const gauge = await connect(
            'gauge',
            passwords['MQTT_GAUGE_PASSWORD'],
            `mqtts://localhost:${secure}`,
          );
          const reader = await connect(
            'reader',
            passwords['MQTT_READER_PASSWORD'],
            `mqtts://localhost:${secure}`,
          );
          await agent.subscribeAsync('plant/coating/#', { qos: 1 });
          const arrival = new Promise<string>((resolve) => agent.once('message', resolve));
          await gauge.publishAsync('plant/coating/a/b/scan', 'x', { qos: 1 });
          expect(await arrival).toBe('plant/coating/a/b/scan');
          await expect(gauge.publishAsync('gapwise/a/prediction', 'x', { qos: 1 })).rejects.toThrow(
            /authorized/i,
          );
          await expect(reader.publishAsync('plant/coating/a/b/scan', 'x', { qos: 1 })).rejects.toThrow(
            /authorized/i,
          );
          await agent.publishAsync('gapwise/a/prediction', 'x', { qos: 1 });
          await expect(connect('gauge', 'wrong', `mqtts://localhost:${secure}`)).rejects.toThrow(
            /authorized/i,
          );
          await Promise.all([agent, gauge, reader].map((client) => client.endAsync()));
        } finally {
          broker.kill();
        }
      },
    );
  },
);
