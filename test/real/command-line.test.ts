import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gapwise } from '../support/gapwise.ts';
import { hasSharedData, publishedData, sharedData } from '../support/shared-data.ts';

const commands = [
  ...['demo', 'run', 'simulate', 'replay', 'learn', 'predict', 'advise', 'evaluate', 'pair', 'explain'],
  ...['check', 'browse', 'certificates'],
];

describe('the command line', () => {
  it('lists its commands, and each explains itself', async () => {
    const { code, out } = await gapwise(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const command of commands) {
      const help = await gapwise([command, '--help']);
      expect(help.code, command).toBe(0);
      expect(help.out, command).toMatch(/Usage: gapwise/);
    }
  });

  it.each([
    ['an unknown command', ['dmeo'], /unknown command 'dmeo'.*Did you mean demo/s],
    ['an unknown option', ['demo', '--sed', '7'], /unknown option '--sed'.*Did you mean --seed/s],
    ['a value that is no number', ['demo', '--seed', 'seven'], /"seven" is not a number/],
    ['a missing option', ['run'], /required option '--config <file>'/],
    [
      'a configuration that is not there',
      ['run', '--config', 'absent.yaml'],
      /absent\.yaml: the configuration can't/,
    ],
  ])('refuses %s with exit code 2, in words', async (_, args, message) => {
    const { code, out, err } = await gapwise(args);
    expect(err).toMatch(message);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('points at file, line and key of a fault in the configuration', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'gapwise-cli-')), 'line.yaml');
    writeFileSync(
      file,
      'lines:\n  - name: a\n    lab: { file: lab.csv }\n    sources: [{ type: mqtt, paylod: 1 }]\n',
    );
    const { code, err } = await gapwise(['run', '--config', file]);
    expect(err).toMatch(
      /line\.yaml: line 4, lines\.0\.sources\.0\.paylod: unknown key; did you mean "payload"\?/,
    );
    expect(code).toBe(2);
  });

  it('fails with exit code 1 where a file can not be used', async () => {
    const { code, err } = await gapwise(['predict', '--gap', '120', '--lab', 'absent.csv', '--json']);
    expect(err).toMatch(/absent\.csv: the file can't be read/);
    expect(code).toBe(1);
  });
});

describe('gapwise demo', () => {
  it('gives the same document for the same seed, over real OPC UA and MQTT', async () => {
    const documents = [];
    for (let i = 0; i < 2; i++) {
      const { code, out, err } = await gapwise(['demo', '--json', '--seed', '7']);
      expect(code, err).toBe(0);
      const { seconds, ...document } = JSON.parse(out) as Record<string, unknown>;
      expect(seconds).toBeLessThan(180);
      documents.push(document);
    }
    expect(documents[1]).toEqual(documents[0]);
    expect(documents[0]).toMatchObject({
      prediction: {
        gap_um: 200,
        extrapolation: 'outside',
        interval90: [expect.any(Number), expect.any(Number)],
      },
      truth_mg_cm2: expect.any(Number),
      deadLetters: {},
      abstraction: { solver: 'exact' },
    });
    const { runs, scans, accepted } = documents[0] as {
      runs: { gap_um: number }[];
      scans: number;
      accepted: number;
    };
    expect(runs).toHaveLength(14);
    expect(accepted).toBeGreaterThan(0.5 * scans);
    expect(runs.every(({ gap_um }) => gap_um < 175)).toBe(true);
  }, 300_000);
});

describe.skipIf(!hasSharedData)(`gapwise replay${publishedData}`, () => {
  it('plays the recorded day: seventeen runs with the gaps that the study found by hand', async () => {
    const folder = sharedData('.');
    const { code, out, err } = await gapwise([
      'replay',
      '--config',
      'config/recorded-wmg.yaml',
      '--data',
      folder,
      '--json',
    ]);
    expect(code, err).toBe(0);
    const { runs, rmse } = JSON.parse(out) as { runs: { gap_um: number; scans: number }[]; rmse: number };
    expect(runs.map(({ gap_um }) => Math.round(gap_um * 100) / 100)).toEqual([
      143, 169, 143, 108.56, 165, 143, 151.04, 143, 181.76, 143, 143, 150, 147, 147, 106.25, 180, 182,
    ]);
    expect(rmse).toBeGreaterThan(0.3);
    expect(rmse).toBeLessThan(1.5);
  });

  it('gives the same document at any speed', async () => {
    const replay = ['replay', '--config', 'config/recorded-wmg.yaml', '--data', sharedData('.'), '--json'];
    const atOnce = await gapwise(replay);
    const paced = await gapwise([...replay, '--speed', '3000']);
    expect(paced.out).toBe(atOnce.out);
  });
});
