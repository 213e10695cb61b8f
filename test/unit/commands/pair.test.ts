import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../../../src/commands/command.ts';
import { type PairDocument, register } from '../../../src/commands/pair.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { hasSharedData, publishedData, sharedData } from '../../support/shared-data.ts';
import { assignedGaps_um } from '../pipeline/support/published.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-pair-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function pair(...args: string[]): Promise<string> {
  let text = '';
  const context = { out: { write: (part: string) => (text += part) } } as unknown as CommandContext;
  const program = new Command().exitOverride();
  register(program, context);
  await program.parseAsync(['pair', ...args], { from: 'user' });
  return text;
}

const lab = sharedData('lrcs.csv');

async function pairLogs(coater: string, gauge: string): Promise<PairDocument> {
  return JSON.parse(await pair('--coater', coater, '--gauge', gauge, '--lab', lab, '--json'));
}

function save(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Logs {
  /** Rows of second and gap, one list for each coated stretch. */
  readonly coater: readonly (readonly [second: number, gap_um: number][])[];
  /** First scan, end scan, mean. */
  readonly gauge: readonly (readonly [number, number, number])[];
}

function publishedLogs(): Logs {
  const rows = (file: string) =>
    readFileSync(sharedData(file), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
  const coater: [number, number][][] = [];
  for (const [second, gap] of rows('wmg-comma-gap.csv') as [number, number][]) {
    const last = coater.at(-1)?.at(-1);
    if (last && second - last[0] <= 2) coater.at(-1)!.push([second, gap]);
    else coater.push([[second, gap]]);
  }
  return { coater, gauge: rows('wmg-scan-intervals.csv') as [number, number, number][] };
}

const coaterFile = (name: string, stretches: Logs['coater']) =>
  save(
    name,
    `second,comma_gap_um\n${stretches
      .flat()
      .map((row) => row.join(','))
      .join('\n')}\n`,
  );

const gaugeFile = (name: string, runs: Logs['gauge']) =>
  save(name, `first_scan,end_scan,mean_mass_loading_0_mg_cm2\n${runs.map((r) => r.join(',')).join('\n')}\n`);

describe.skipIf(!hasSharedData)(`pair on the published day${publishedData}`, () => {
  it('gives all 17 runs the gap that the study assigned by hand, without any clock offset', async () => {
    const { pairs, unpaired } = await pairLogs(
      sharedData('wmg-comma-gap.csv'),
      sharedData('wmg-scan-intervals.csv'),
    );
    expect(pairs.map(({ gaugeRun }) => gaugeRun)).toEqual(assignedGaps_um.map((_, i) => i + 1));
    expect(pairs.map(({ gap_um }) => gap_um)).toEqual(assignedGaps_um);
    expect(unpaired).toEqual({ coaterRuns: [], gaugeRuns: [] });
  });

  it('finds the offsets between the clocks that the study saw', async () => {
    const files = [sharedData('wmg-comma-gap.csv'), sharedData('wmg-scan-intervals.csv')] as const;
    const starts = ['--coater-start', '2020-11-04T09:13:23Z', '--gauge-start', '2020-11-04T10:05:00Z'];
    const text = await pair('--coater', files[0], '--gauge', files[1], '--lab', lab, ...starts, '--json');
    const offsets = (JSON.parse(text) as PairDocument).pairs.map(({ offset_s }) => offset_s);
    expect(Math.min(...offsets)).toBe(3093);
    expect(Math.max(...offsets)).toBe(3607);
  });

  it('needs no lab table for a day with all its runs', async () => {
    const files = [sharedData('wmg-comma-gap.csv'), sharedData('wmg-scan-intervals.csv')] as const;
    const { pairs } = JSON.parse(await pair('--coater', files[0], '--gauge', files[1], '--json'));
    expect(pairs.map(({ gap_um }: { gap_um: number }) => gap_um)).toEqual(assignedGaps_um);
  });

  it('pairs all that remains when a run is missing from either log, in at least 32 of 34 cases', async () => {
    const logs = publishedLogs();
    const wrong: string[] = [];
    for (const side of ['coater', 'gauge'] as const) {
      for (let gone = 0; gone < 17; gone++) {
        const coater = side === 'coater' ? logs.coater.toSpliced(gone, 1) : logs.coater;
        const gauge = side === 'gauge' ? logs.gauge.toSpliced(gone, 1) : logs.gauge;
        const { pairs } = await pairLogs(coaterFile('c.csv', coater), gaugeFile('g.csv', gauge));
        const original = (run: number, of: typeof side) => (side === of && run > gone ? run + 1 : run);
        const right = pairs.every((p) => original(p.coaterRun, 'coater') === original(p.gaugeRun, 'gauge'));
        if (!right || pairs.length !== 16) wrong.push(`${side} without run ${gone + 1}`);
      }
    }
    console.log(
      `runs left out: ${34 - wrong.length} of 34 all right${wrong.map((w) => `; not ${w}`).join('')}`,
    );
    expect(wrong.length).toBeLessThanOrEqual(2);
  });

  it('holds when every duration is stretched by a factor of 0.5 to 2, for 95 of 100 seeds', async () => {
    const logs = publishedLogs();
    let good = 0;
    for (let seed = 0; seed < 100; seed++) {
      const gauge = stretched(logs.gauge, seed);
      const { pairs } = await pairLogs(sharedData('wmg-comma-gap.csv'), gaugeFile('s.csv', gauge));
      if (pairs.filter((p) => p.coaterRun === p.gaugeRun).length >= 16) good++;
    }
    console.log(`durations stretched: ${good} of 100 seeds have at least 16 of 17 right`);
    expect(good).toBeGreaterThanOrEqual(95);
  });
});

/** Every run and every pause as long as before times a factor of its own. */
function stretched(gauge: Logs['gauge'], seed: number): [number, number, number][] {
  const random = seededRandom(seed);
  const factor = () => 2 ** (2 * random.uniform() - 1);
  let at = gauge[0]![0] * factor();
  return gauge.map(([first, end, mean], i) => {
    const from = at;
    const to = from + (end - first) * factor();
    at = to + ((gauge[i + 1]?.[0] ?? end) - end) * factor();
    return [from, to, mean];
  });
}

describe('pair', () => {
  const coater = save(
    'coater.csv',
    `second,gap_um\n${[100, 150, 200]
      .flatMap((gap, run) => Array.from({ length: 60 }, (_, s) => `${run * 500 + s},${gap}`))
      .join('\n')}\n`,
  );

  it('reads single scans, finds their runs and prints a table for people', async () => {
    const scans = Array.from({ length: 200 }, (_, scan) => {
      const run = [20, 82, 145].findIndex((first) => scan >= first && scan < first + 8);
      return `${scan},${run < 0 ? 0.1 : [140, 200, 260][run]}`;
    });
    const gauge = save('gauge.csv', `scan,mass_loading_g_m2\n${scans.join('\n')}\n`);
    const text = await pair('--coater', coater, '--gauge', gauge);
    expect(text).toContain('3 pairs. Without a counterpart: coater runs none; gauge runs none.');
    expect(text).toMatch(/2\s+2\s+150\.00\s+20\.00\s+156/);
  });

  const iso = (at: number) => new Date(Date.UTC(2020, 10, 4, 9, 0) + 1000 * at).toISOString();
  const local = (at: number) =>
    iso(at).replace(
      /^(\d+)-(\d+)-(\d+)T(.*)\.000Z$/,
      (_, year, month, day, clock) => `${day}.${month}.${year} ${clock}`,
    );

  it.each([
    ['ISO time', (at: number) => iso(at)],
    ['ISO time without a zone', (at: number) => iso(at).replace('.000Z', '')],
    ['DD.MM.YYYY HH:MM:SS', local],
  ])('reads logs of both sides by %s', async (_, time) => {
    const gaps = [100, 150, 200].flatMap((gap, run) =>
      Array.from({ length: 60 }, (_, s) => `${time(run * 500 + s)};${gap}`),
    );
    const scans = Array.from({ length: 200 }, (_, scan) => {
      const run = [20, 82, 145].findIndex((first) => scan >= first && scan < first + 8);
      return `${time(8 * (scan + 1))};${run < 0 ? '0,1' : [140, 200, 260][run]}`;
    });
    const text = await pair(
      '--coater',
      save('timed-coater.csv', `Time;gap_um\n${gaps.join('\n')}\n`),
      '--gauge',
      save('timed-gauge.csv', `time;mass_loading_g_m2\n${scans.join('\n')}\n`),
      '--json',
    );
    const { pairs } = JSON.parse(text) as PairDocument;
    // The same clock on both sides here: scan 82 begins 656 s, run 2 500 s after the start.
    expect(pairs.map(({ gap_um, offset_s }) => [gap_um, offset_s])).toEqual([
      [100, 160],
      [150, 156],
      [200, 160],
    ]);
  });

  it.each([
    ['a log without a time', 'gap_um\n100\n', 'no time column'],
    ['a day that the month does not have', 'time,gap_um\n31.11.2020 10:00:00,100\n', 'line 2, column time'],
    ['a cell that is no number', 'second,gap_um\n1,abc\n', 'line 2, column gap_um'],
    ['a bar that never opens', 'second,gap_um\n1,5\n2,5\n', 'never above 40 µm'],
  ])('names what is wrong with %s', async (_, text, message) => {
    const gauge = save('runs.csv', 'first_scan,end_scan,mean_mass_loading_mg_cm2\n1,5,20\n');
    await expect(pair('--coater', save('bad.csv', text), '--gauge', gauge)).rejects.toThrow(message);
  });
});
