import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

/** What the command finds in its environment. */
let environment: Record<string, string> = {};

async function run(...args: string[]): Promise<string> {
  let out = '';
  const context: CommandContext = {
    out: {
      write: (text) => {
        out += text;
      },
    },
    err: { write: () => {} },
    environment,
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
    await expect(run('predict', '--gap', '-5', '--lab', lab)).rejects.toThrow(
      'comma gaps from 10 to 1000 µm',
    );
    await expect(run('predict', '--gap', '5000', '--lab', lab)).rejects.toThrow(BadInputError);
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
  /** What came as Authorization, request by request. */
  const tokens: (string | undefined)[] = [];
  const token = 'reader-token-0123456789';
  let locked = false;
  const answers: Record<string, unknown> = {
    '/api/v1/lines': { lines: [{ line: 'coater 1', title: '', time_ms: null }] },
    '/api/v1/lines/coater%201/predict?gap=120%2C130': { line: 'coater 1', predictions: [] },
    '/api/v1/lines/coater%201/advise?loading=30': {
      line: 'coater 1',
      wanted_mg_cm2: 30,
      tolerance_mg_cm2: 1,
      reachable: true,
      gap_um: 230,
      interval90: [210, 250],
      inTolerance: 0.5,
      extrapolation: 'outside',
      remarks: [],
      version: '1.1',
    },
    '/api/v1/lines/coater%201/next?at=230': {
      line: 'coater 1',
      at_um: 230,
      gap_um: 220,
      sd_now_mg_cm2: 0.9,
      sd_after_mg_cm2: 0.6,
      worthwhile: true,
      version: '1.1',
    },
    '/api/v1/lines/coater%201/next?at=200': {
      line: 'coater 1',
      at_um: 200,
      gap_um: 190,
      sd_now_mg_cm2: 0.5,
      sd_after_mg_cm2: 0.48,
      worthwhile: false,
      version: '1.2',
    },
    '/api/v1/lines/coater%201/predict?gap=200': {
      line: 'coater 1',
      predictions: [{ gap_um: 200, mean_mg_cm2: 27, sd: 1, extrapolation: 'within', version: '1.2' }],
    },
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const refuse = (status: number, what: string) => {
        response.statusCode = status;
        response.end(JSON.stringify({ error: { what, where: null, allowed: null } }));
      };
      tokens.push(request.headers.authorization);
      if (locked && request.headers.authorization !== `Bearer ${token}`)
        return refuse(401, 'a token is needed');
      const answer = answers[request.url ?? ''];
      if (answer) return response.end(JSON.stringify(answer));
      return request.url?.includes('/next?')
        ? refuse(501, 'this model can’t tell which run would help most')
        : refuse(404, 'no such line');
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

  it('keeps to the limits of the question, and asks what the nearest gap allowed would give', async () => {
    const ask = ['advise', '--loading', '30', '--agent', url];
    expect(await json<AdviceDocument>(...ask)).toMatchObject({ gap_um: 230, inTolerance: 0.5 });
    const limited = await json<AdviceDocument>(...ask, '--max-gap', '200');
    expect(limited).toMatchObject({
      gap_um: 200,
      interval90: [210, 250],
      extrapolation: 'within',
      version: '1.2',
    });
    // 29 and 31 lie two and four standard deviations above what 200 µm gives.
    expect(limited.inTolerance).toBeCloseTo(0.0227, 3);
    expect(limited.remarks[0]).toBe(
      "230.0 µm would be right, but the gap's range ends at 200 µm; expect 27.00 mg/cm² there.",
    );
    const stepped = await json<AdviceDocument>(...ask, '--gap-now', '180', '--max-step', '20');
    expect(stepped.remarks[0]).toContain('one step may move the gap from 180 µm by 20 µm only');
    await expect(run(...ask, '--min-gap', '300', '--max-gap', '200')).rejects.toThrow(BadInputError);
  });

  it('tells the gap worth running next for the gap advised, as it does from files', async () => {
    const ask = ['advise', '--loading', '30', '--agent', url];
    expect(await run(...ask)).toContain(
      "To know this better, run 220 µm next: the curve's sd at the advised gap falls from 0.90 to 0.60 mg/cm².",
    );
    expect(await run(...ask, '--max-gap', '200')).toContain(
      "No gap would tell much more about this: at best the curve's sd falls from 0.50 to 0.48 mg/cm².",
    );
    const document = await json<AdviceDocument & { nextGap?: NextGap }>(...ask);
    expect(document.nextGap).toEqual({
      gap_um: 220,
      sdNow_mg_cm2: 0.9,
      sdAfter_mg_cm2: 0.6,
      worthwhile: true,
    });
  });

  it('gives the advice alone where the agent can’t tell a next gap', async () => {
    const next = answers['/api/v1/lines/coater%201/next?at=230'];
    delete answers['/api/v1/lines/coater%201/next?at=230'];
    const said = await run('advise', '--loading', '30', '--agent', url);
    expect(said).toContain('Set 230.0 µm');
    expect(said).not.toContain('next');
    answers['/api/v1/lines/coater%201/next?at=230'] = next;
  });

  describe('that wants a token', () => {
    const ask = ['predict', '--gap', '120,130', '--agent'];

    beforeEach(() => {
      locked = true;
      tokens.length = 0;
    });

    afterEach(() => {
      locked = false;
      environment = {};
    });

    it('gets the one of the environment, with every request', async () => {
      environment = { GAPWISE_TOKEN: `${token}\n` };
      expect(await json<PredictDocument>(...ask, url)).toMatchObject({ line: 'coater 1' });
      expect(tokens).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
    });

    it('names the variable where there is none or a wrong one, and never its value', async () => {
      await expect(run(...ask, url)).rejects.toThrow(/^GAPWISE_TOKEN: .*a token is needed.*http\.readers/);
      environment = { GAPWISE_TOKEN: 'another-token-0123456' };
      const wrong = await run(...ask, url).catch((error: unknown) => error);
      expect(wrong).toBeInstanceOf(ConfigError);
      expect(String(wrong)).toContain('GAPWISE_TOKEN');
      expect(String(wrong)).not.toContain('another-token');
    });

    it('is not asked with what no header can carry', async () => {
      environment = { GAPWISE_TOKEN: 'two words\r\nX-Other: 1' };
      const wrong = await run(...ask, url).catch((error: unknown) => error);
      expect(wrong).toBeInstanceOf(ConfigError);
      expect(String(wrong)).toMatch(/GAPWISE_TOKEN: .*doesn't hold a token/);
      expect(String(wrong)).not.toContain('two words');
      expect(tokens).toEqual([]);
    });

    it.each([predict, advise])('is told of by --help, which offers no argument for it', (register) => {
      const program = new Command();
      register(program, {} as CommandContext);
      let help = '';
      const [command] = program.commands;
      command!.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      command!.outputHelp();
      expect(help).toContain('environment variable GAPWISE_TOKEN');
      expect(help).not.toContain('--token');
    });
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
