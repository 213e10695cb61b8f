import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandContext } from '../../../src/commands/command.ts';
import { register as exportPast } from '../../../src/commands/export.ts';
import { register as history } from '../../../src/commands/history.ts';
import { timeArgument } from '../../../src/commands/past.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import type { HistoryRecord } from '../../../src/core/history.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openStore, type Store } from '../../../src/store/store.ts';

const start_ms = Date.parse('2024-03-04T06:00:00Z');
let folder: string;
let config: string;
let agent: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-past-'));
  config = join(folder, 'gapwise.yaml');
  const line = (name: string) => ({
    name,
    lab: { file: resolve('config/lab/lrcs-cunha-2020.csv') },
    sources: [{ type: 'mqtt', url: 'mqtt://127.0.0.1:1' }],
  });
  writeFileSync(config, JSON.stringify({ state: join(folder, 'state'), lines: [line('a'), line('b')] }));
  // It stays open: the commands read beside an agent at work.
  agent = await openStore(join(folder, 'state', 'store'));
  for (let n = 0; n < 25; n++) tell(n, observation(n));
  tell(25, {
    kind: 'dropped',
    line: 'a',
    gauge: 'g',
    scan: 25,
    time_ms: start_ms + 25_000,
    reason: 'transition',
    detail: 'said "on its way", twice',
  });
  const run = { line: 'a', run: 1, gap_um: 150, start_ms };
  tell(0, { kind: 'run', run });
  tell(26, { kind: 'run', run: { ...run, end_ms: start_ms + 26_000 } });
  tell(3, version(1, 'first data'));
  tell(9, version(2, 'a new comma gap: 170 µm'));
  await agent.spool('any', { bytes: 1, age_ms: 1, overflow: 'drop-newest' }).flushed();
});
afterAll(async () => {
  await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

let position = 0;
const tell = (second: number, record: HistoryRecord) =>
  agent
    .history()
    .append({ id: { position: ++position, index: 0 }, time_ms: start_ms + second * 1000, record });

const observation = (n: number): HistoryRecord => ({
  kind: 'observation',
  line: 'a',
  gauge: 'g',
  scan: n,
  time_ms: start_ms + n * 1000,
  run: 1,
  gap_um: 150.25,
  lanes_mg_cm2: [20 + n, 21.125],
  mean_mg_cm2: 20.5 + n,
  crossWeb2Sigma_mg_cm2: n === 0 ? Number.NaN : 0.3,
  head_ms: start_ms + n * 1000 - 600_000,
  confidence: 0.9,
  aggregated: false,
});

const version = (number: number, reason: string): HistoryRecord => ({
  kind: 'abstraction',
  line: 'a',
  time_ms: start_ms + number * 3000,
  version: number,
  reason,
  solver: 'exact',
  error: 0.427,
  lowerBound: 0.427,
  errors: [0.427],
  lineGaps_um: [150],
  labGaps_um: [75, 100, 200],
  alphaGap: [1],
  alphaLoading: { '2,2': 1 },
  edges_mg_cm2: [10, 20, 30],
  ties: 10,
  observations: 5 * number,
});

/** Runs one command as the command line would; what it said. */
async function gapwise(...args: string[]): Promise<string> {
  let said = '';
  const out = { write: (text: string) => (said += text) };
  const context: CommandContext = {
    out,
    err: out,
    environment: {},
    clock: new VirtualClock(0),
    log: silentLogger,
    logAt: () => silentLogger,
    stop: new AbortController().signal,
  };
  const program = new Command().exitOverride();
  for (const register of [history, exportPast]) register(program, context);
  await program.parseAsync(args, { from: 'user' });
  return said;
}

describe('gapwise history', () => {
  test('tells each version of the abstraction, why it came and from what data', async () => {
    const text = await gapwise('history', '--config', config);
    expect(text).toContain('abstraction 1');
    expect(text).toMatch(
      /2024-03-04T06:00:09.000Z +a +abstraction 2 +a new comma gap: 170 µm; error 0.427 \(at least 0.427\), 10 scans at 150 µm, 10 maps as good/,
    );
  });

  test('as one JSON document, of one kind and one time', async () => {
    const document = JSON.parse(
      await gapwise(
        ...['history', '--config', config, '--kind', 'observations', '--line', 'a', '--json'],
        ...['--from', '2024-03-04T06:00:10Z', '--to', '2024-03-04T06:00:12Z'],
      ),
    );
    expect(document.entries.map(({ scan }: { scan: number }) => scan)).toEqual([10, 11, 12]);
    expect(document.entries[0]).toMatchObject({ line: 'a', time: '2024-03-04T06:00:10.000Z', id: '11.0' });
  });

  test('says so where there is nothing, and refuses a line that there is not', async () => {
    expect(await gapwise('history', '--config', config, '--line', 'b')).toContain(
      'nothing is remembered of versions',
    );
    await expect(gapwise('history', '--config', config, '--line', 'c')).rejects.toThrow(
      '--line: there is no line "c" (allowed: a, b)',
    );
  });
});

describe('gapwise export', () => {
  test('writes a CSV by the book', async () => {
    const out = join(folder, 'scans.csv');
    const said = await gapwise('export', '--config', config, '--what', 'scans', '--out', out);
    expect(said).toBe(`26 scans written to ${out}\n`);
    const rows = readFileSync(out, 'utf8').split('\r\n');
    expect(rows[0]).toBe('line,time,gauge,scan,used,reason,detail,run,gap_um,mean_mg_cm2');
    expect(rows[1]).toBe('a,2024-03-04T06:00:00.000Z,g,0,true,,,1,150.25,20.5');
    expect(rows[26]).toBe('a,2024-03-04T06:00:25.000Z,g,25,false,transition,"said ""on its way"", twice",,,');
    expect(rows[27]).toBe('');
  });

  test('writes Parquet that another reader understands, with types', async () => {
    const out = join(folder, 'observations.parquet');
    await gapwise('export', '--config', config, '--format', 'parquet', '--out', out);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    expect(rows).toHaveLength(25);
    expect(rows[3]).toEqual({
      line: 'a',
      time: new Date(start_ms + 3000),
      gauge: 'g',
      scan: 3,
      run: 1,
      gap_um: 150.25,
      mean_mg_cm2: 23.5,
      cross_web_2_sigma_mg_cm2: 0.3,
      head_time: new Date(start_ms + 3000 - 600_000),
      confidence: 0.9,
      aggregated: false,
      lane_1_mg_cm2: 23,
      lane_2_mg_cm2: 21.125,
    });
    expect(rows[0]?.['cross_web_2_sigma_mg_cm2']).toBeNaN();
  });

  test('tells each run once, with its scans', async () => {
    const out = join(folder, 'runs.parquet');
    await gapwise('export', '--config', config, '--what', 'runs', '--format', 'parquet', '--out', out);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    expect(rows).toEqual([
      {
        line: 'a',
        run: 1,
        gap_um: 150,
        start: new Date(start_ms),
        end: new Date(start_ms + 26_000),
        scans: 25,
        mean_mg_cm2: 32.5,
        predicted_mg_cm2: null,
        low90_mg_cm2: null,
        high90_mg_cm2: null,
      },
    ]);
  });

  test('of nothing is a table without rows, in either format', async () => {
    for (const format of ['csv', 'parquet']) {
      const out = join(folder, `none.${format}`);
      const args = ['--what', 'alarms', '--format', format, '--out', out];
      expect(await gapwise('export', '--config', config, ...args)).toContain('0 alarms');
      if (format === 'csv') expect(readFileSync(out, 'utf8')).toMatch(/^line,time,alarm,.*\r\n$/);
      else expect(await parquetReadObjects({ file: await asyncBufferFromFile(out) })).toEqual([]);
    }
  });
});

test('times may be written as people do', () => {
  expect(timeArgument('2024-03-04')).toBe(Date.parse('2024-03-04T00:00:00Z'));
  expect(timeArgument('2024-03-04T06:00')).toBe(start_ms);
  expect(timeArgument('2024-03-04T07:00:00+01:00')).toBe(start_ms);
  expect(timeArgument(String(start_ms))).toBe(start_ms);
  expect(() => timeArgument('yesterday')).toThrow('is no time such as');
});
