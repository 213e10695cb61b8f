import { resolve } from 'node:path';
import { BehaviorSubject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { levelledLogger } from '../../../src/commands/levelled-logger.ts';
import { readableLine } from '../../../src/commands/log-format.ts';
import { type Output, Outputs } from '../../../src/commands/outputs.ts';
import { changesBetween, inForce } from '../../../src/commands/reload.ts';
import { parseConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { type SinkSettings, sinkSchema } from '../../../src/config/sinks.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { type Logger, silentLogger } from '../../../src/core/logger.ts';
import type { Report } from '../../../src/core/report.ts';
import type { AdapterStatus } from '../../../src/core/source.ts';

const config = (more: string, line = ''): Config =>
  parseConfig(
    `lines:
  - name: coater-1
    lab: { file: lab.csv }
    sources: [{ type: mqtt, url: mqtt://127.0.0.1 }]
${line}
${more}`,
    'a.yaml',
    resolve('config'),
    { SECRET: 'planted' },
  );

describe('a configuration that is read again', () => {
  it('takes what can change while the agent runs, and names what can not', () => {
    const before = config('log: { level: info }');
    const after = config(
      `log: { level: debug }
http: { port: 9090 }
sinks: [{ type: mqtt, url: mqtt://127.0.0.1, username: u, password: { from_env: SECRET } }]`,
      `    tolerance_mg_cm2: 0.4
    alarms: { no_scans: { limit_s: 90 } }
    curve_um: { from: 50 }`,
    );
    const { now, later } = changesBetween(before, after);
    expect([...now].sort()).toEqual([
      'lines.coater-1.alarms.no_scans.limit_s',
      'lines.coater-1.tolerance_mg_cm2',
      'log.level',
      'sinks.0',
    ]);
    expect([...later].sort()).toEqual(['http.port', 'lines.coater-1.curve_um.from']);
    expect(JSON.stringify([now, later])).not.toContain('planted');
    const running = inForce(before, after);
    expect(running.http.port).toBe(before.http.port);
    expect(running.lines[0]).toMatchObject({ tolerance_mg_cm2: 0.4, curve_um: before.lines[0]!.curve_um });
    // What was refused is still refused the next time; what was taken is no news.
    expect(changesBetween(running, after)).toEqual({ now: [], later });
  });

  it('has no changes where nothing has changed', () => {
    expect(changesBetween(config(''), config(''))).toEqual({ now: [], later: [] });
  });
});

describe('logs', () => {
  const record = {
    level: 40,
    time: 0,
    line: 'coater-1',
    event: 'adapter-status',
    state: 'away',
    msg: 'no route',
  };

  it('are lines for people at a terminal', () => {
    const text = readableLine(JSON.stringify(record), false);
    expect(text).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}WARN {3}coater-1 {2}adapter-status {2}no route {2}state=away\n$/,
    );
    expect(readableLine(JSON.stringify(record), true)).toContain('\u001b[33m');
    expect(readableLine('not a record\n', true)).toBe('not a record\n');
  });

  it('change their level, for children made before as well', () => {
    const told: string[] = [];
    const at = (level: string): Logger => {
      const of = (names: string): Logger => ({
        ...silentLogger,
        info: ({ event }) => told.push(`${level}${names} ${event}`),
        child: (bindings) => of(`${names}.${Object.values(bindings).join()}`),
      });
      return of('');
    };
    const log = levelledLogger(at, 'warn');
    const child = log.child({ line: 'a' }).child({ sink: 'b' });
    child.info({ event: 'one' });
    log.setLevel('debug');
    child.info({ event: 'two' });
    log.info({ event: 'three' });
    expect(told).toEqual(['warn.a.b one', 'debug.a.b two', 'debug three']);
  });
});

describe('sinks of the configuration', () => {
  const settings = (port: number): SinkSettings =>
    sinkSchema.parse({ type: 'mqtt', url: `mqtt://127.0.0.1:${port}` });
  const course: string[] = [];
  const outputs = (fails: (url: string) => boolean = () => false) => {
    course.length = 0;
    return new Outputs({
      clock: new VirtualClock(0),
      log: silentLogger,
      teller: { watch: () => {}, noteSpool: () => {} },
      make: async (one, index): Promise<Output> => {
        const url = one.type === 'mqtt' ? one.url.slice(-1) : '';
        const name = `${index}:${url}`;
        return {
          settings: one,
          sink: {
            name,
            status: new BehaviorSubject<AdapterStatus>({ state: 'connected', detail: '' }),
            accept: (report: Report) => course.push(`${name} ${report.kind}`),
            start: async () => {
              course.push(`start ${name}`);
              if (fails(url)) throw new Error('taken');
            },
            stop: async () => {
              course.push(`stop ${name}`);
            },
          },
        };
      },
    });
  };

  it('one that can not start leaves the others alone', async () => {
    const all = outputs((url) => url === '1');
    await all.make([settings(1), settings(2)]);
    await all.start();
    expect(course).toEqual(['start 0:1', 'start 1:2']);
    expect(all.troubles()).toEqual(['0:1 could not start: taken']);
    await all.stop();
  });

  it('are replaced where their settings differ: the old one stops before the new one starts', async () => {
    const all = outputs();
    await all.make([settings(1), settings(2)]);
    await all.start();
    const [kept] = all.sinks;
    const done = all.replace([settings(1), settings(3), settings(4)]);
    await done;
    expect(all.sinks.map(({ name }) => name)).toEqual(['0:1', '1:3', '2:4']);
    expect(all.sinks[0]).toBe(kept);
    expect(course.slice(2)).toEqual(['stop 1:2', 'start 1:3', 'start 2:4']);
    await all.stop();
  });
});
