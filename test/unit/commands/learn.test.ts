import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import type { TextOutput } from '../../../src/commands/command.ts';
import { register } from '../../../src/commands/learn.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { hasSharedData, publishedData, sharedData } from '../../support/shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-learn-'));
afterAll(() => rmSync(folder, { recursive: true }));

const gapwise = (...args: string[]): Promise<string> => gapwiseOn({ write: () => true }, ...args);

async function gapwiseOn(err: TextOutput, ...args: string[]): Promise<string> {
  let out = '';
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  register(program, {
    out: { write: (text) => (out += text) },
    err,
    environment: {},
    clock: new VirtualClock(0),
    log: silentLogger,
    logAt: () => silentLogger,
    stop: new AbortController().signal,
  });
  await program.parseAsync(['node', 'gapwise', 'learn', ...args]);
  return out;
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const lab = file(
  'lab.csv',
  'comma_gap_um,mass_loading_mg_cm2\n100,10\n100,10.5\n100,11\n200,20\n200,21\n200,20.5\n',
);
const line = file(
  'line.csv',
  'gap_um,lane_0,lane_1\n90,10.2,10.1\n90,10.4,10.9\n190,20.1,20.8\n190,20.3,20.4\n210,20.9,20.6\n',
);

describe('learn', () => {
  it('learns from any pair of tables', async () => {
    const found = JSON.parse(await gapwise('--lab', lab, '--line', line, '--bins', '2', '--json'));
    expect(found).toMatchObject({
      error: 0,
      lowerBound: 0,
      errors: [0, 0, 0],
      alphaGap: [0, 1, 1],
      alphaLoading: { '0,0': 0, '1,1': 1 },
      ties: 2,
      solver: 'exact',
      lineGaps_um: [90, 190, 210],
      labGaps_um: [100, 200],
    });
    expect(found.edges_mg_cm2).toHaveLength(3);
  });

  it('takes lanes in bins, figures instead of lab rows, a decimal comma, and a filter', async () => {
    const figures = file(
      'figures.csv',
      'am_percent;comma_gap_um;n;mean_mg_cm2;sd_mg_cm2\n96;100;8;10,5;0,4\n96;200;8;20,5;0,4\n94;100;8;15,5;0,4\n',
    );
    const binned = file('binned.csv', 'gap_um,bin_0,bin_1\n90,0,0\n190,1,1\n');
    const found = JSON.parse(
      await gapwise(
        '--lab',
        figures,
        '--line',
        binned,
        '--bins',
        '2',
        '--lab-where',
        'am_percent=96',
        '--json',
      ),
    );
    expect(found.alphaGap).toEqual([0, 1]);
    expect(found.error).toBeLessThan(1e-6);
  });

  it('says plainly that the answer is not unique', async () => {
    const text = await gapwise('--lab', lab, '--line', line, '--bins', '2');
    expect(text).toContain('no map of this kind has a smaller one (proved)');
    expect(text).toContain('The data do not decide: 2 pairs of maps have this error');
    expect(text).toMatch(/line gap \(µm\) {2}lab gap \(µm\) {3}error\n/);
    expect(text).toMatch(/^ +90 +100 +0\.0000$/m);
  });

  it('writes the maps as a picture, and refuses a name that is none', async () => {
    const picture = join(folder, 'maps.svg');
    await gapwise('--lab', lab, '--line', line, '--bins', '2', '--plot', picture);
    const svg = readFileSync(picture, 'utf8');
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg.match(/→ 200: 1/g)).toHaveLength(2);
    expect(svg.match(/→ 100: 1/g)).toHaveLength(1);
    await expect(gapwise('--lab', lab, '--line', line, '--plot', 'maps.png')).rejects.toThrow(
      /--plot.*\.svg/,
    );
  });

  it('adds how sure the counts make the answer, on request', async () => {
    const args = ['--lab', lab, '--line', line, '--bins', '2', '--order-preserving', '--draws', '40'];
    const { uncertainty } = JSON.parse(await gapwise(...args, '--json'));
    expect(uncertainty).toMatchObject({ draws: 40 });
    const [low, high] = uncertainty.errorInterval90;
    // Three coatings and one or two scans at each gap: an observed error of 0 says little.
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThan(0.15);
    expect(await gapwise(...args)).toContain('with 90 % probability');
  });

  it('names what it can not use', async () => {
    const few = file('few.csv', 'gap_um,lane_0\n90,10\n');
    await expect(gapwise('--lab', lab, '--line', few, '--json')).rejects.toThrow(
      /1 line gaps can't cover 2 lab gaps/,
    );
    await expect(gapwise('--lab', lab, '--line', line, '--lab-gaps', '300')).rejects.toThrow(
      /no lab coating/,
    );
    await expect(gapwise('--lab', lab, '--line', line, '--solver', 'magic')).rejects.toThrow(
      /exact, relaxed/,
    );
    await expect(gapwise('--lab', lab, '--line', line, '--lab-gaps', '100,333')).rejects.toThrow(
      /^--lab-gaps: no lab coating at 333 µm \(allowed: 100 \| 200\)/,
    );
    const halves = file('halves.csv', 'gap_um,bin_0\n90,0\n190,1.5\n');
    await expect(gapwise('--lab', lab, '--line', halves)).rejects.toThrow(
      /^line table, gap 190 µm: bins 1.5 \(allowed: integers from 0\)/,
    );
    await expect(
      gapwise('--lab', lab, '--line', line, '--bins', '7', '--surjective-loading'),
    ).rejects.toThrow(/^outcomes: \d line outcomes can't cover 7 lab bins \(allowed: at least 7 outcomes/);
    for (const [option, value, reason] of [
      ['--draws', '-5', /not an integer from 0/],
      ['--seed', '1.5', /not an integer from 0/],
      ['--robust', '1', /not between 0 and 1/],
    ] as const) {
      await expect(gapwise('--lab', lab, '--line', line, option, value)).rejects.toThrow(reason);
    }
  });

  it('adds shares and the worst case on request', async () => {
    const args = ['--lab', lab, '--line', line, '--bins', '2', '--stochastic', '--robust', '0.9'];
    const found = JSON.parse(await gapwise(...args, '--json'));
    expect(found.stochastic.lowerBound).toBeLessThanOrEqual(found.stochastic.error);
    expect(found.stochastic.error).toBeLessThanOrEqual(found.error + 1e-4);
    expect(found.robust).toMatchObject({ confidence: 0.9, nominal: 0, lowerBound: 0 });
    // One and two scans bound nothing.
    expect(found.robust.error).toBeGreaterThan(0.5);
    const text = await gapwise(...args);
    expect(text).toContain('duality gap');
    expect(text).toContain('Worst case with 90 % confidence');
  });

  it('shows a bar on a terminal only', async () => {
    const args = ['--lab', lab, '--line', line, '--bins', '2', '--solver', 'relaxed'];
    const quick = ['--restarts', '4', '--steps', '50'];
    const written: string[] = [];
    await gapwiseOn({ write: (text) => written.push(text), isTTY: true }, ...args, ...quick);
    expect(written.join('')).toMatch(/4 restarts\n.*100 % {2}best distance 0\.\d+/s);
    written.length = 0;
    await gapwiseOn({ write: (text) => written.push(text) }, ...args, ...quick);
    expect(written).toEqual([]);
  });
});

describe.skipIf(!hasSharedData)(`learn on the published study${publishedData}`, () => {
  const published = () => [
    ...['--lab', sharedData('lrcs.csv'), '--line', sharedData('wmg-scans.csv')],
    ...['--preset', 'published', '--json'],
  ];
  it('gives the certified optimum', async () => {
    const found = JSON.parse(await gapwise(...published()));
    expect(Math.abs(found.error - 0.347422)).toBeLessThan(1e-6);
    expect(found.lowerBound).toBe(found.error);
    expect(found.ties).toBe(5875);
    expect(found.optimalGapMaps).toEqual([
      { alphaGap: [0, 0, 1, 2, 1, 2], loadingMaps: 3125 },
      { alphaGap: [2, 2, 1, 0, 1, 0], loadingMaps: 2750 },
    ]);
    expect(found.edges_mg_cm2.map((e: number) => e.toFixed(5))).toEqual([
      '4.79714',
      '9.87220',
      '14.84726',
      '19.82233',
      '24.79739',
      '29.87245',
    ]);
  });

  it('gives the order-preserving optimum', async () => {
    const found = JSON.parse(await gapwise(...published(), '--order-preserving'));
    expect(found.error).toBeCloseTo(0.42739, 5);
    expect(found.alphaGap.join('')).toBe('001112');
  });

  it('reports the relaxed search rounded, beside the certified optimum', async () => {
    const found = JSON.parse(
      await gapwise(...published(), '--solver', 'relaxed', '--restarts', '3', '--steps', '2000'),
    );
    expect(found.relaxed.distance).toBeLessThan(0.2);
    expect(found.rounded.error).toBeGreaterThanOrEqual(found.certified.error - 1e-9);
    expect(found.error).toBeGreaterThanOrEqual(found.certified.error - 1e-9);
    expect(found.certified.error).toBeCloseTo(0.347422, 6);
    expect(found.relaxedBest).toBe(found.relaxed.distance);
    expect(found.roundedError).toBe(found.rounded.error);
    expect(found.polishedError).toBe(found.error);
    expect(found.certifiedError).toBe(found.certified.error);
  });

  it.each([
    ['published', 0.0008],
    ['column', 0.001],
  ])('reaches what the %s loss allows, and shows it beside what it is worth', async (loss, most) => {
    const search = ['--solver', 'relaxed', '--loss', loss, '--restarts', '12', '--steps', '10000'];
    const { relaxedBest, roundedError, polishedError, certifiedError } = JSON.parse(
      await gapwise(...published(), ...search),
    );
    expect(relaxedBest).toBeLessThanOrEqual(most);
    expect(polishedError).toBeLessThanOrEqual(roundedError);
    expect(certifiedError).toBeLessThanOrEqual(polishedError + 1e-9);
    const few = ['--restarts', '4', '--steps', '500'];
    const text = await gapwise(...published().slice(0, -1), ...search, ...few);
    for (const name of ['relaxed', 'rounded', 'polished', 'certified']) {
      expect(text).toMatch(new RegExp(`^${name} +0\\.\\d{6} `, 'm'));
    }
  });
});
