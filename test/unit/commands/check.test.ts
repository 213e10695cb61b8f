import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, it } from 'vitest';
import { type CheckDocument, register } from '../../../src/commands/check.ts';
import type { CommandContext } from '../../../src/commands/command.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a check finds, whether all is well or not: the recording that it names is not there. */
async function check(lab: object): Promise<CheckDocument['findings']> {
  const recording = {
    type: 'recording',
    data: join(folder, 'nothing'),
    coater: { file: 'a.csv', time: { type: 'ms', column: 't' }, columns: { gap: 'g' } },
  };
  const config = join(folder, 'line.yaml');
  writeFileSync(
    config,
    JSON.stringify({ state: join(folder, 'state'), lines: [{ name: 'line-1', lab, sources: [recording] }] }),
  );
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const context = { out: { write }, environment: {}, clock: systemClock, log: silentLogger };
  const program = new Command().exitOverride();
  register(program, context as unknown as CommandContext);
  await program.parseAsync(['check', '--config', config, '--json'], { from: 'user' }).catch(() => {});
  return (JSON.parse(text) as CheckDocument).findings;
}

it('looks at every lab table, each with columns and rows of its own', async () => {
  const more = join(folder, 'more.csv');
  writeFileSync(more, 'spalt;masse\n120;16,2\n120;16,4\n130;17,5\n130;17,7\n');
  const first = resolve('config/lab/lrcs-cunha-2020.csv');
  const columns = { gap: { column: 'spalt', unit: 'µm' }, loading: { column: 'masse', unit: 'mg/cm²' } };
  const findings = await check({
    file: first,
    also: [{ file: more, columns }, { file: 'absent.csv' }],
  });
  const tables = findings.filter(({ part }) => part === 'line-1 lab tables');
  expect(tables).toMatchObject([
    { subject: first, level: 'ok' },
    { subject: more, level: 'ok', detail: '2 groups of coatings at 120, 130 µm' },
    {
      subject: join(folder, 'absent.csv'),
      level: 'failed',
      advice: 'correct lab.also[1].file, lab.also[1].columns or lab.also[1].where',
    },
  ]);
});
