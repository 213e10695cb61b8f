import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordingSource } from '../../../../src/config/recording.ts';
import { VirtualClock } from '../../../../src/core/clock.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import type { LineMessage, MachineSample, Scan } from '../../../../src/core/messages.ts';
import type { Arrival, DeadLetter } from '../../../../src/core/source.ts';
import { openRecording } from '../../../../src/sources/recording/recording.ts';
import type { RowFault } from '../../../../src/sources/recording/rows.ts';
import { createRecordingSource } from '../../../../src/sources/recording/source.ts';
import { hasSharedData, publishedData, sharedData } from '../../../support/shared-data.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-recording-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, ...lines: string[]): string {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  return name;
}

const parse = (settings: object) => recordingSource.parse({ type: 'recording', data: folder, ...settings });

const t0 = Date.UTC(2020, 10, 4, 9, 0);

async function readRecording(settings: ReturnType<typeof parse>, line: string) {
  const faults: RowFault[] = [];
  const messages: LineMessage[] = [];
  const recording = await openRecording(settings, line, (fault) => faults.push(fault));
  for await (const message of recording.messages()) messages.push(message);
  await recording.close();
  return { messages, faults };
}

describe('a coater log', () => {
  test('becomes samples by name; empty cells are values that were not reported', async () => {
    const coater = {
      file: file('coater.csv', 'when;bar;speed', `${t0};0,143;1,5`, `${t0 + 1000};;1,5`),
      delimiter: ';',
      decimal: ',',
      time: { type: 'ms', column: 'when' },
      columns: { bar_operator_mm: 'bar', web_speed_m_min: 'speed' },
    };
    expect((await readRecording(parse({ coater }), 'a')).messages).toEqual([
      { kind: 'machine', line: 'a', time_ms: t0, values: { bar_operator_mm: 0.143, web_speed_m_min: 1.5 } },
      { kind: 'machine', line: 'a', time_ms: t0 + 1000, values: { web_speed_m_min: 1.5 } },
    ]);
  });

  test.each([
    {
      delimiter: ';',
      columns: { column: 'Zeit' },
      lines: ['Zeit;bar', '04.11.2020 10:00:00;0,143', '31.11.2020 10:00:01;0,1'],
    },
    {
      delimiter: 'whitespace',
      columns: { column: 'Datum', clock_column: 'Uhr' },
      lines: ['  Datum     Uhr      bar', '  04.11.2020 10:00:00  0,143 ', '04.13.2020  10:00:01\t0,1'],
    },
  ])(
    'with DD.MM.YYYY HH:MM:SS and "$delimiter" is read by its own clock',
    async ({ delimiter, columns, lines }) => {
      const coater = {
        file: file('local.csv', ...lines),
        delimiter,
        decimal: ',',
        time: { type: 'local', ...columns, offset: '+01:00' },
        columns: { bar_operator_mm: 'bar' },
      };
      const { messages, faults } = await readRecording(parse({ coater }), 'a');
      expect(messages).toEqual([
        { kind: 'machine', line: 'a', time_ms: t0, values: { bar_operator_mm: 0.143 } },
      ]);
      // A day that there is not is no other day.
      expect(faults).toMatchObject([{ reason: 'invalid-time' }]);
    },
  );

  test('that leaves seconds out gets them back, each in its place', async () => {
    const coater = {
      file: file('sparse.csv', 'second,gap', '3,110', '1,143'),
      time: { type: 'seconds', column: 'second', from: '2020-11-04T09:00:00Z' },
      columns: { comma_gap_um: 'gap' },
      absent_seconds: { values: { comma_gap_um: 0 }, count: 5 },
    };
    const { messages } = await readRecording(parse({ coater }), 'a');
    expect(messages.map(({ time_ms }) => (time_ms - t0) / 1000)).toEqual([0, 1, 2, 3, 4]);
    expect(messages.map((message) => (message as MachineSample).values['comma_gap_um'])).toEqual([
      0, 143, 0, 110, 0,
    ]);
  });

  test('tells rows that it can not use, with file and line', async () => {
    const coater = {
      file: file('faulty.csv', 'time,gap', 'noon,1', '2020-11-04T09:00:00Z,wide', '2020-11-04T09:00:01Z,7'),
      time: { type: 'iso', column: 'time' },
      columns: { comma_gap_um: 'gap' },
    };
    const { messages, faults } = await readRecording(parse({ coater }), 'a');
    expect(messages).toHaveLength(1);
    const where = join(folder, 'faulty.csv');
    expect(faults).toEqual([
      { where: `${where}, line 2`, reason: 'invalid-time', detail: 'noon' },
      { where: `${where}, line 3`, reason: 'not-a-number', detail: 'comma_gap_um: wide' },
    ]);
  });

  test('without a configured column, or without the file, is a configuration that can not work', async () => {
    const coater = {
      file: file('columns.csv', 'time,gap', '1,2'),
      time: { type: 'ms', column: 'time' },
      columns: { comma_gap_um: 'gaap' },
    };
    await expect(readRecording(parse({ coater }), 'a')).rejects.toThrow(
      'no column gaap (allowed: time, gap)',
    );
    await expect(readRecording(parse({ coater: { ...coater, file: 'none.csv' } }), 'a')).rejects.toThrow(
      "the recording can't be read",
    );
  });
});

describe('a gauge log', () => {
  const time = { from: '2020-11-04T09:00:00Z', period_ms: 8000 };

  test('gives scans their time by number, profiles by numbered columns, and mg/cm²', async () => {
    const gauge = {
      time,
      unit: 'g/m2',
      scans: {
        file: file('scans.csv', 'scan,ok,v1,v2,v3', '0,no,9,9,9', '1,yes,220,,221'),
        loading: { prefix: 'v', first: 1, count: 3 },
        where: { ok: 'yes' },
      },
    };
    const { messages, faults } = await readRecording(parse({ gauge }), 'a');
    expect(faults).toEqual([]);
    expect(messages).toEqual([
      {
        kind: 'scan',
        line: 'a',
        gauge: 'gauge',
        scan: 1,
        time_ms: t0 + 16_000,
        duration_ms: 8000,
        startedAt: 'operator',
        loading_mg_cm2: Float64Array.from([22, Number.NaN, 22.1]),
      },
    ]);
  });

  test('uses the mean of a run where a scan of it has no row, and says so', async () => {
    const gauge = {
      time,
      scans: { file: file('few.csv', 'scan,l0,l1', '5,22,23'), loading: ['l0', 'l1'] },
      intervals: { file: file('runs.csv', 'first_scan,end_scan,mean', '4,7,21', '9,8,20', '1,2,none') },
    };
    const { messages, faults } = await readRecording(parse({ gauge }), 'a');
    const scans = messages as Scan[];
    expect(scans.map(({ scan, aggregated }) => [scan, aggregated])).toEqual([
      [4, true],
      [5, undefined],
      [6, true],
    ]);
    expect([...(scans[0] as Scan).loading_mg_cm2]).toEqual([21, 21]);
    expect(faults.map(({ reason }) => reason)).toEqual(['out-of-range', 'not-a-number']);
  });
});

describe.skipIf(!hasSharedData)(`the recorded day${publishedData}`, () => {
  const day = async () => {
    const settings = recordingSource.parse({
      type: 'recording',
      data: sharedData('.'),
      coater: {
        file: 'wmg-comma-gap.csv',
        time: { type: 'seconds', column: 'second', from: '2020-11-04T09:13:23Z' },
        columns: { comma_gap_um: 'comma_gap_um' },
        absent_seconds: { values: { comma_gap_um: 0 }, count: 12_198 },
      },
      gauge: {
        time: { from: '2020-11-04T10:05:00Z' },
        scans: {
          file: 'wmg-scans.csv',
          loading: ['mass_loading_0_mg_cm2', 'mass_loading_1_mg_cm2'],
          where: { source: 'measured' },
        },
        intervals: { file: 'wmg-scan-intervals.csv', mean: 'mean_mass_loading_0_mg_cm2' },
      },
    });
    return readRecording(settings, 'wmg');
  };

  test('has every second of the coater and every scan of the seventeen runs', async () => {
    const { messages, faults } = await day();
    expect(faults).toEqual([]);
    const samples = messages.filter((message) => message.kind === 'machine');
    const scans = messages.filter((message) => message.kind === 'scan');
    expect(samples).toHaveLength(12_198);
    expect(samples.filter(({ values }) => (values['comma_gap_um'] ?? 0) > 40)).toHaveLength(1_782);
    // 281 scans lie in the intervals of the data; 199 of them have rows.
    expect(scans.filter(({ aggregated }) => !aggregated)).toHaveLength(199);
    expect(scans.filter(({ aggregated }) => aggregated)).toHaveLength(82);
    expect(new Date(scans[0]?.time_ms ?? 0).toISOString()).toBe('2020-11-04T10:20:44.000Z');
    expect(
      messages.every((message, i) => i === 0 || (messages[i - 1] as LineMessage).time_ms <= message.time_ms),
    ).toBe(true);
  });
});

describe('playing', () => {
  const settings = (speed?: number) =>
    parse({
      ...(speed === undefined ? {} : { speed }),
      coater: {
        file: file(
          'play.csv',
          'time,gap',
          ...Array.from({ length: 600 }, (_, i) => `${t0 + 1000 * i},${i}`),
          'x,1',
        ),
        time: { type: 'ms', column: 'time' },
        columns: { comma_gap_um: 'gap' },
      },
    });
  const dependencies = (clock: VirtualClock, letters: DeadLetter[] = []) => ({
    line: 'a',
    clock,
    log: silentLogger,
    deadLetters: { take: (letter: DeadLetter) => letters.push(letter) },
    stateFolder: '',
  });
  const gapOf = ({ message }: Arrival) => (message as MachineSample).values['comma_gap_um'];

  test('as fast as possible keeps the order, waits for acknowledgements, and completes', async () => {
    const letters: DeadLetter[] = [];
    const source = createRecordingSource(settings(), dependencies(new VirtualClock(0), letters));
    const gaps: unknown[] = [];
    let waiting = 0;
    let most = 0;
    const done = new Promise<void>((resolve) => {
      source.arrivals.subscribe({
        next: (arrival) => {
          gaps.push(gapOf(arrival));
          most = Math.max(most, ++waiting);
          setImmediate(() => {
            waiting--;
            arrival.acknowledge();
          });
        },
        complete: resolve,
      });
    });
    await source.start();
    await done;
    expect(gaps).toEqual(Array.from({ length: 600 }, (_, i) => i));
    expect(most).toBe(256);
    expect(letters).toMatchObject([{ reason: 'invalid-time', line: 'a', source: 'recording' }]);
  });

  test('sends again what was refused', async () => {
    const clock = new VirtualClock(0);
    const source = createRecordingSource(settings(), dependencies(clock));
    const taken: unknown[] = [];
    let refusals = 0;
    const done = new Promise<void>((resolve) => {
      source.arrivals.subscribe({
        next: (arrival) => {
          if (gapOf(arrival) === 300 && refusals < 3) {
            refusals++;
            arrival.refuse();
            // The source waits before it tries again.
            setImmediate(() => clock.advanceTo(clock.now_ms() + 1000));
          } else {
            taken.push(gapOf(arrival));
            arrival.acknowledge();
          }
        },
        complete: resolve,
      });
    });
    await source.start();
    await done;
    expect(refusals).toBe(3);
    expect(taken).toHaveLength(600);
    expect(new Set(taken).size).toBe(600);
  });

  test('at a speed follows the clock', async () => {
    const clock = new VirtualClock(5_000_000);
    const source = createRecordingSource(settings(10), dependencies(clock));
    const gaps: unknown[] = [];
    source.arrivals.subscribe((arrival) => {
      gaps.push(gapOf(arrival));
      arrival.acknowledge();
    });
    const turns = async () => {
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    await source.start();
    await turns();
    expect(gaps).toEqual([0]);
    clock.advanceTo(5_000_099);
    await turns();
    expect(gaps).toEqual([0]);
    clock.advanceTo(5_000_350);
    await turns();
    expect(gaps).toEqual([0, 1, 2, 3]);
    await source.stop();
    clock.advanceTo(6_000_000);
    await turns();
    expect(gaps).toHaveLength(4);
  });
});
