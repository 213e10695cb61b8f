import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordingSource } from '../../../../src/config/recording.ts';
import type { LineMessage, Scan } from '../../../../src/core/messages.ts';
import { openRecording } from '../../../../src/sources/recording/recording.ts';
import type { RowFault } from '../../../../src/sources/recording/rows.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-layouts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(settings: object) {
  const faults: RowFault[] = [];
  const messages: LineMessage[] = [];
  const parsed = recordingSource.parse({ type: 'recording', data: folder, ...settings });
  const recording = await openRecording(parsed, 'a', (fault) => faults.push(fault));
  for await (const message of recording.messages()) messages.push(message);
  await recording.close();
  return { messages, faults };
}

const save = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return name;
};

const t0 = Date.UTC(2020, 10, 4, 10, 5);
const local = (time_ms: number) => {
  const [date = '', clock = ''] = new Date(time_ms).toISOString().slice(0, 19).split('T');
  return `${date.split('-').reverse().join('.')} ${clock}`;
};
const loading_g_m2 = (scan: number, location: number) => 200 + scan + location / 100;
const profile = (scan: number) => Array.from({ length: 800 }, (_, location) => loading_g_m2(scan, location));

/** The published layout: time, three further columns, 800 locations. */
const wideRow = (scan: number, mark: string) =>
  [
    local(t0 + 8000 * scan),
    'A7',
    '1',
    '0,5',
    ...profile(scan).map((v) => v.toFixed(2).replace('.', ',')),
  ].join(mark);

describe('the published layout of a gauge log: no header, 804 columns, decimal comma', () => {
  const expected = (scan: number): Scan => ({
    kind: 'scan',
    line: 'a',
    gauge: 'gauge',
    scan,
    time_ms: t0 + 8000 * scan,
    duration_ms: 8000,
    startedAt: 'operator',
    loading_mg_cm2: Float64Array.from(profile(scan), (v) => Number(v.toFixed(2)) / 10),
  });

  test('with semicolons needs no more than its name', async () => {
    const file = save('wide.csv', `${[0, 1, 2].map((scan) => wideRow(scan, ';')).join('\r\n')}\r\n`);
    const gauge = { header: false, delimiter: ';', decimal: ',', scans: { file } };
    const { messages, faults } = await read({ gauge });
    expect(faults).toEqual([]);
    expect(messages).toEqual([0, 1, 2].map(expected));
  });

  test('with blanks has the clock in a column of its own', async () => {
    // Date, clock, two further columns: 804 again.
    const row = (scan: number) => wideRow(scan, '  ').replace('  A7', '');
    const file = save('blanks.txt', `${[0, 1].map((scan) => ` ${row(scan)} `).join('\n')}\n`);
    const gauge = { header: false, delimiter: 'whitespace', decimal: ',', scans: { file } };
    expect((await read({ gauge })).messages).toEqual([0, 1].map(expected));
  });

  test('other places for time, number and locations are a matter of configuration', async () => {
    const file = save('other.csv', '7;221,5;222,5;x;04.11.2020 11:05:08\n8;221;222;x;04.11.2020 11:05:16\n');
    const gauge = {
      header: false,
      delimiter: ';',
      decimal: ',',
      time: { type: 'local', column: '5', offset: '+01:00' },
      duration_ms: 6000,
      scans: { file, scan: '1', loading: { prefix: '', first: 2, count: 2 } },
    };
    const { messages } = await read({ gauge });
    expect(messages).toMatchObject([
      { scan: 7, time_ms: t0 + 8000, duration_ms: 6000, loading_mg_cm2: Float64Array.of(22.15, 22.25) },
      { scan: 8, time_ms: t0 + 16_000 },
    ]);
  });

  test('a line that was cut off, and a word among the figures, are told with file and line', async () => {
    const broken = wideRow(1, ';').replace('201,00', 'Stopp');
    const cutOff = wideRow(2, ';').slice(0, 2000);
    const rows = [wideRow(0, ';'), broken, cutOff, wideRow(3, ';')];
    const file = save('broken.csv', rows.join('\n'));
    const gauge = { header: false, delimiter: ';', decimal: ',', scans: { file } };
    const { messages, faults } = await read({ gauge });
    // Those behind keep their numbers: two scans are missing.
    expect(messages).toMatchObject([{ scan: 0 }, { scan: 3 }]);
    const where = join(folder, 'broken.csv');
    expect(faults.toSorted((a, b) => a.where.localeCompare(b.where))).toMatchObject([
      { where: `${where}, line 2`, reason: 'not-a-number', detail: 'column 5: Stopp' },
      {
        where: `${where}, line 3`,
        reason: 'wrong-length',
        detail: expect.stringMatching(/^\d+ columns, 804 are needed$/),
      },
    ]);
  });

  test('too few columns stop the start, and say how many there are', async () => {
    const file = save('narrow.csv', '04.11.2020 10:05:00;1;2;3;4\n');
    const gauge = { header: false, delimiter: ';', scans: { file } };
    await expect(read({ gauge })).rejects.toThrow(/narrow\.csv: no column 6, 7.* \(allowed: 1, 2, 3, 4, 5\)/);
  });
});

describe('Parquet', () => {
  test('coater and gauge: the messages that the same logs give as text', async () => {
    const seconds = Array.from({ length: 50 }, (_, i) => t0 + 1000 * i);
    const gaps = seconds.map((_, i) => (i % 7 === 3 ? null : 110 + i));
    const coaterCsv = save(
      'coater.csv',
      `time,gap\n${seconds.map((ms, i) => `${new Date(ms).toISOString()},${gaps[i] ?? ''}`).join('\n')}\n`,
    );
    const coaterParquet = save(
      'coater.parquet',
      new Uint8Array(
        parquetWriteBuffer({
          rowGroupSize: 20,
          columnData: [
            { name: 'time', data: seconds.map((ms) => new Date(ms)), type: 'TIMESTAMP' },
            { name: 'gap', data: gaps, type: 'DOUBLE', nullable: true },
          ],
        }),
      ),
    );
    const coater = { time: { type: 'iso', column: 'time' }, columns: { comma_gap_um: 'gap' } };
    const fromText = await read({ coater: { ...coater, file: coaterCsv } });
    const fromParquet = await read({ coater: { ...coater, file: coaterParquet } });
    expect(fromText.messages).toHaveLength(50);
    expect(fromParquet).toEqual(fromText);

    const scans = [0, 1, 2, 3, 4];
    const names = Array.from({ length: 800 }, (_, i) => `loc${i + 1}`);
    const gaugeCsv = save(
      'gauge.csv',
      `scan,${names.join(',')}\n${scans.map((scan) => [scan, ...profile(scan)].join(',')).join('\n')}\n`,
    );
    const wide = [
      { name: 'scan', data: scans, type: 'INT32' as const },
      ...names.map((name, location) => ({
        name,
        data: scans.map((scan) => loading_g_m2(scan, location)),
        type: 'DOUBLE' as const,
      })),
    ];
    const gaugeParquet = save(
      'gauge.parquet',
      new Uint8Array(parquetWriteBuffer({ columnData: wide, rowGroupSize: 2 })),
    );
    const gauge = (file: string) => ({
      gauge: {
        time: { from: '2020-11-04T10:05:00Z' },
        unit: 'g/m2',
        scans: { file, loading: { prefix: 'loc', first: 1, count: 800 } },
      },
    });
    const single = await read(gauge(gaugeCsv));
    expect(single.messages).toHaveLength(5);
    expect(await read(gauge(gaugeParquet))).toEqual(single);
  });

  test('a profile in one column of lists', async () => {
    const list = save(
      'list.parquet',
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'scan', data: [7, 8] },
            {
              name: 'profile',
              data: [
                [220.5, 221],
                [null, 222],
              ],
            },
          ],
          schema: [
            { name: 'root', num_children: 2 },
            { name: 'scan', type: 'INT32', repetition_type: 'REQUIRED' },
            { name: 'profile', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
            { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
            { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
          ],
        }),
      ),
    );
    const { messages, faults } = await read({
      gauge: {
        time: { from: '2020-11-04T10:05:00Z' },
        unit: 'g/m2',
        scans: { file: list, loading: { list: 'profile' } },
      },
    });
    expect(faults).toEqual([]);
    expect(messages.map((one) => [...(one as Scan).loading_mg_cm2])).toEqual([
      [22.05, 22.1],
      [Number.NaN, 22.2],
    ]);
  });

  test('a file that is none, and a column that is not there, stop the start', async () => {
    const time = { type: 'iso', column: 'time' };
    const file = save('none.parquet', 'time,gap\n');
    await expect(read({ coater: { file, time, columns: { gap: 'gap' } } })).rejects.toThrow(
      /none\.parquet: the recording can't be read/,
    );
    await expect(
      read({ coater: { file: 'coater.parquet', time, columns: { gap: 'gaap' } } }),
    ).rejects.toThrow('no column gaap (allowed: time, gap)');
  });
});

test('a log far larger than what is held of it is read in the order of its times', async () => {
  // Two neighbours in each ten are swapped, as loggers with several threads write them.
  const rows = Array.from({ length: 20_000 }, (_, i) => i + (i % 10 === 3 ? 1 : i % 10 === 4 ? -1 : 0));
  const file = save('long.csv', `ms,gap\n${rows.map((i) => `${t0 + 1000 * i},${i}`).join('\n')}\n`);
  const coater = { file, time: { type: 'ms', column: 'ms' }, columns: { gap: 'gap' } };
  const { messages } = await read({ coater });
  expect(messages.map(({ time_ms }) => (time_ms - t0) / 1000)).toEqual(rows.toSorted((a, b) => a - b));
});

test.each([
  ['a header without a time', { gauge: { scans: { file: 'x', loading: ['a'] } } }, /time must say/],
  [
    'a header without columns',
    { gauge: { time: { from: '2020-11-04T10:05:00Z' }, scans: { file: 'x' } } },
    /loading must name/,
  ],
  ['runs without numbered times', { gauge: { header: false, intervals: { file: 'x' } } }, /intervals need/],
])('%s is refused', (_, settings, message) => {
  expect(() => recordingSource.parse({ type: 'recording', ...settings })).toThrow(message);
});
