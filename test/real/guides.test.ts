import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { gapwise } from '../support/gapwise.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'simulators/README.md',
  'deploy/README.md',
  ...readdirSync('deploy/guides').map((name) => `deploy/guides/${name}`),
];

const blocks = (file: string, language: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, kind]) => kind === language)
    .map(([, , text]) => text as string);

/** Every call of gapwise in a document's shell blocks: its command and options. */
const calls = (file: string): { command: string; options: string[] }[] =>
  blocks(file, 'sh')
    .flatMap((text) => text.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => [
      ...line.replace(/\s#.*$/, '').matchAll(/(?:gapwise(?: --)?|bin\/gapwise) ([a-z]+)([^|&;]*)/g),
    ])
    .map(([, command, rest]) => ({
      command: command as string,
      options: [...(rest as string).matchAll(/\s(--[a-z-]+)/g)].map(([, option]) => option as string),
    }));

describe('the documents', () => {
  it('call commands and options that exist', async () => {
    const all = documents.flatMap((file) => calls(file).map((call) => ({ file, ...call })));
    expect(all.length).toBeGreaterThan(15);
    const helps = new Map<string, string>();
    for (const command of new Set(all.map(({ command }) => command))) {
      const { code, out } = await gapwise([command, '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      helps.set(command, out);
    }
    const unknown = all.flatMap(({ file, command, options }) =>
      options
        .filter((option) => !helps.get(command)?.includes(option))
        .map((option) => `${file}: gapwise ${command} ${option}`),
    );
    expect(unknown).toEqual([]);
  });

  it('link to files that exist', () => {
    const broken = documents.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, link]) => join(file, '..', link as string))
        .filter((path) => !readdirSync(join(path, '..')).includes(path.split('/').at(-1) as string))
        .map((path) => `${file}: ${path}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the guide to lab tables', () => {
  const guide = 'deploy/guides/lab-table.md';
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-guide-'));

  it.each(blocks(guide, 'csv').map((table, i) => [i + 1, table] as const))(
    'has a sample table %i that can be predicted from',
    async (_, table) => {
      const file = join(folder, 'our-coatings.csv');
      writeFileSync(file, table);
      const { code, out } = await gapwise(['predict', '--lab', file, '--gap', '100,150,200', '--json']);
      expect(code).toBe(0);
      expect((JSON.parse(out) as { predictions: unknown[] }).predictions).toHaveLength(3);
    },
  );

  it('has a sample configuration that loads', () => {
    const [sample = ''] = blocks(guide, 'yaml');
    const file = join(folder, 'line.yaml');
    const indented = sample.replace(/^/gm, '    ');
    writeFileSync(file, `lines:\n  - name: a\n    sources: [{ type: mqtt }]\n${indented}\n`);
    const { config } = loadConfig(file, {});
    expect(JSON.stringify(config.lines[0]?.lab)).toContain('Rakelspalt');
  });
});
