// Runs the benchmarks: node test/bench/run.mjs [--json] [PART…]
//
// Every folder here with a bench.ts is a part, named as the folder. The parts are compiled beside the product into
// dist, so that they measure the JavaScript that users run, and each runs in a process of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const parts = readdirSync(here).filter((name) => existsSync(join(here, name, 'bench.ts')));
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const json = process.argv.includes('--json');

const unknown = names.filter((name) => !parts.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark "${unknown.join(', ')}" (allowed: ${parts.join(', ')})\n`);
  process.exit(2);
}

const run = (file, words, stdout) =>
  spawnSync(process.execPath, [file, ...words], {
    cwd: root,
    stdio: ['ignore', stdout, 'inherit'],
    encoding: 'utf8',
  });

const compiled = run(
  join(root, 'node_modules/typescript/bin/tsc'),
  ['-p', join(here, 'tsconfig.json')],
  'pipe',
);
if (compiled.status !== 0)
  process.stderr.write(`${compiled.stdout}(running what was compiled all the same)\n`);

const documents = [];
let failed = false;
for (const part of names.length > 0 ? names : parts) {
  const flags = json ? ['--json'] : [];
  const child = run(join(root, 'dist/test/bench', part, 'bench.js'), flags, json ? 'pipe' : 'inherit');
  failed ||= child.status !== 0;
  if (json && child.status === 0) documents.push(JSON.parse(child.stdout));
}
if (json) process.stdout.write(`${JSON.stringify(documents)}\n`);
process.exit(failed ? 1 : 0);
