import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register as advise } from '../../../src/commands/advise.ts';
import type { CommandContext } from '../../../src/commands/command.ts';
import { register as evaluate } from '../../../src/commands/evaluate.ts';
import { register as predict } from '../../../src/commands/predict.ts';
import type { AdviceDocument, PredictDocument } from '../../../src/core/api.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { BadInputError, ConfigError, RetryableError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { NextGap } from '../../../src/predict/advice/next-gap.ts';

let folder: string;
let lab: string;
let line: string;
let runs: string;

/** A lab and a line that follow 0.13 and 0.125 mg/cm² per µm. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-predict-'));
  lab = join(folder, 'lab.csv');
  line = join(folder, 'line.csv');
  runs = join(folder, 'runs.csv');
  const coatings = [75, 100, 200].flatMap((gap) =>
    [-0.2, 0, 0.2].map((off) => `96,70,${gap},${0.13 * gap + off}`),
  );
  writeFileSync(
    lab,
    ['am_percent,solid_to_liquid_percent,comma_gap_um,mass_loading_mg_cm2', ...coatings].join('\n'),
  );
  const gaps = [110, 150, 180, 150, 110, 180];
  const scans = gaps.flatMap((gap, run) =>
    Array.from({ length: 12 }, (_, i) => {
      const level = 1 + 0.125 * gap + 0.1 * Math.sin(run + i);
      return `${20 * run + i},${run + 1},${gap},${level + 0.2},${level - 0.2}`;
    }),
  );
  writeFileSync(line, ['scan,run,comma_gap_um,lane_0,lane_1', ...scans].join('\n'));
  const means = gaps.map((gap) => `${gap},${1 + 0.125 * gap}`);
  writeFileSync(runs, ['comma_gap_um,mean_mg_cm2', ...means].join('\n'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<string> {
  let out = '';
  const context: CommandContext = {
    out: {
      write: (text) => {
        out += text;
      },
    },
    err: { write: () => {} },
    environment: {},
    clock: new VirtualClock(0),
    log: silentLogger,
    logAt: () => silentLogger,
    stop: new AbortController().signal,
  };
  const program = new Command('gapwise').exitOverride().configureOutput({ writeErr: () => {} });
  for (const register of [predict, advise, evaluate]) register(program, context);
  for (const command of program.commands) command.copyInheritedSettings(program);
  await program.parseAsync(args, { from: 'user' });
  return out;
}

const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await run(...args, '--json')) as T;

describe('gapwise predict', () => {
  it('gives each gap its prediction, with the documented fields', async () => {
    const { predictions } = await json<PredictDocument>(
      'predict',
      '--gap',
      '130,240',
      '--lab',
      lab,
      '--line',
      line,
    );
    expect(predictions.map(({ gap_um, extrapolation }) => [gap_um, extrapolation])).toEqual([
      [130, 'within'],
      [240, 'outside'],
    ]);
    const [first] = predictions;
    expect(first!.mean_mg_cm2).toBeCloseTo(17.25, 0);
    expect(first!.interval90[0]).toBeLessThan(17.25);
    expect(first!.interval90[1]).toBeGreaterThan(17.25);
    expect(first!.lanes).toHaveLength(2);
    expect(first!.lanes[0]!.mean_mg_cm2).toBeGreaterThan(first!.lanes[1]!.mean_mg_cm2);
    expect(first!.distance_um).toBe(20);
    expect(first!.version).toMatch(/^[0-9a-f]{12}$/);
  });

  it('predicts the lab, draws the curve, and prints a table', async () => {
    const plot = join(folder, 'curve.svg');
    const text = await run(
      'predict',
      '--gap',
      '150',
      '--lab',
      lab,
      '--target',
      'lab',
      '--solids',
      '70',
      '--am',
      '96',
      '--plot',
      plot,
    );
    expect(text).toMatch(/150\s+19\.\d\d/);
    expect(text).toContain('no line data');
    expect(text).toContain('150 µm rests most on: ');
    expect(readFileSync(plot, 'utf8')).toContain('<svg');
  });

  it('changes its version with the evidence', async () => {
    const version = async (...args: string[]) =>
      (await json<PredictDocument>('predict', '--gap', '130', ...args)).predictions[0]!.version;
    expect(await version('--lab', lab)).toBe(await version('--lab', lab));
    expect(await version('--lab', lab)).not.toBe(await version('--lab', lab, '--line', line));
  });

  it('says what is missing or wrong', async () => {
    await expect(run('predict', '--gap', '130')).rejects.toThrow(ConfigError);
    await expect(run('predict', '--gap', '-5', '--lab', lab)).rejects.toThrow(/above 0/);
    await expect(run('predict', '--gap', 'wide', '--lab', lab)).rejects.toThrow(CommanderError);
    await expect(
      run('predict', '--gap', '130', '--lab', lab, '--lab-where', 'am_percent=50'),
    ).rejects.toThrow(BadInputError);
  });
});

describe('gapwise advise', () => {
  it('is the inverse of predict', async () => {
    const advice = await json<AdviceDocument & { nextGap: NextGap }>(
      'advise',
      '--loading',
      '19.75',
      '--tolerance',
      '1',
      '--lab',
      lab,
      '--line',
      line,
    );
    // 1 + 0.125·150 = 19.75.
    expect(advice.gap_um).toBeGreaterThan(144);
    expect(advice.gap_um).toBeLessThan(156);
    expect(advice.interval90[0]).toBeLessThan(150);
    expect(advice.interval90[1]).toBeGreaterThan(150);
    expect(advice.inTolerance).toBeGreaterThan(0.3);
    expect(advice.nextGap.gap_um % 10).toBe(0);
    expect(advice.nextGap.sdAfter_mg_cm2).toBeLessThan(advice.nextGap.sdNow_mg_cm2);
    expect(await run('advise', '--loading', '40', '--lab', lab, '--line', line)).toContain(
      'Outside the data',
    );
  });
});

describe('against an agent', () => {
  let server: Server;
  let url: string;
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    '/api/v1/lines': { lines: [{ line: 'coater 1', title: '', time_ms: null }] },
    '/api/v1/lines/coater%201/predict?gap=120%2C130': { line: 'coater 1', predictions: [] },
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const answer = answers[request.url ?? ''];
      response.statusCode = answer ? 200 : 404;
      response.end(JSON.stringify(answer ?? { error: { what: 'no such line', where: null, allowed: null } }));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('asks for its only line and passes its answer on', async () => {
    const document = await json<PredictDocument>('predict', '--gap', '120,130', '--agent', url);
    expect(document).toEqual({ line: 'coater 1', predictions: [] });
    expect(asked).toEqual(['/api/v1/lines', '/api/v1/lines/coater%201/predict?gap=120%2C130']);
  });

  it("passes on the agent's own words, and tells one that is away", async () => {
    await expect(run('advise', '--loading', '20', '--agent', url, '--line', 'x')).rejects.toThrow(
      /404: no such line/,
    );
    await expect(
      run('predict', '--gap', '1', '--agent', 'http://127.0.0.1:9', '--line', 'x'),
    ).rejects.toThrow(RetryableError);
    await expect(run('predict', '--gap', '1', '--agent', 'nowhere', '--line', 'x')).rejects.toThrow(
      ConfigError,
    );
  });
});

describe('gapwise evaluate', () => {
  interface Row {
    readonly target: string;
    readonly training: string;
    readonly method: string;
    readonly mse: number;
    readonly n: number;
  }

  it('gives one row for each method and task', async () => {
    const plot = join(folder, 'evaluation.svg');
    const { rows } = await json<{ rows: Row[] }>(
      'evaluate',
      '--suite',
      'held-out',
      '--lab',
      lab,
      '--line',
      line,
      '--plot',
      plot,
    );
    const tasks = new Set(rows.map(({ target, training }) => `${target}|${training}`));
    expect(tasks.size).toBe(6);
    expect(rows).toHaveLength(6 * 7);
    const best = rows.find(({ target, training }) => target === 'line gap' && training === 'line+lab');
    expect(best).toMatchObject({ method: 'hierarchical', n: 72 });
    expect(best!.mse).toBeLessThan(1);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(
        expect.arrayContaining([
          'suite',
          'target',
          'training',
          'method',
          'mse',
          'sd',
          'rmse',
          'coverage90',
          'nll',
          'null',
          'n',
        ]),
      );
    }
    expect(readFileSync(plot, 'utf8')).toContain('Calibration');
  }, 30_000);

  it('streams runs of a table and of scans', async () => {
    const plot = join(folder, 'stream.svg');
    const { rows } = await json<{ rows: Row[] }>(
      'evaluate',
      '--suite',
      'stream',
      '--lab',
      lab,
      '--line',
      line,
      '--runs',
      runs,
      '--plot',
      plot,
    );
    expect(readFileSync(plot, 'utf8')).toContain('Runs in time order');
    const next = rows.filter(({ target }) => target === 'next run');
    expect(next).toHaveLength(7);
    expect(next.every(({ n }) => n === 3)).toBe(true);
    await expect(run('evaluate', '--suite', 'stream', '--lab', lab)).rejects.toThrow(ConfigError);
  }, 30_000);

  it('runs the published suite on data of that kind', async () => {
    const { rows } = await json<{ rows: Row[] }>(
      'evaluate',
      '--suite',
      'published',
      '--lab',
      lab,
      '--line',
      line,
    );
    expect(rows.some(({ method }) => method.startsWith('hierarchical'))).toBe(true);
    await expect(run('evaluate', '--suite', 'published', '--lab', lab)).rejects.toThrow(ConfigError);
  }, 30_000);
});
