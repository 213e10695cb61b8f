import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-signals-'));
const file = join(folder, 'line.yaml');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (more: string, loglevel = 'info') =>
  writeFileSync(
    file,
    `state: ${join(folder, 'state')}
log: { level: ${loglevel} }
http: { port: 0 }
lines:
  - name: coater-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    sources: [{ type: mqtt, url: mqtt://127.0.0.1:9 }]
    tolerance_mg_cm2: 0.5
${more}`,
  );

/** The agent as a service manager starts it, with what it says on both outputs. */
function start() {
  const child = spawn(process.execPath, ['dist/src/main.js', 'run', '--config', file], { stdio: 'pipe' });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const hears = (text: string) =>
    vi.waitFor(() => expect(said).toContain(text), { timeout: 30_000, interval: 50 });
  return { child, hears, said: () => said };
}

it('SIGHUP: takes what can change, names what can not, survives a broken file; SIGTERM: ends in good order', {
  timeout: 90_000,
}, async () => {
  write('');
  const { child, hears, said } = start();
  await hears('gapwise runs coater-1');
  write('    target_mg_cm2: 20\n    curve_um: { from: 50 }\n');
  child.kill('SIGHUP');
  await hears('"reloaded"');
  expect(said()).toMatch(/"reload-refused","keys":\["lines\.coater-1\.curve_um\.from"\]/);
  expect(said()).toMatch(/"reloaded","keys":\["lines\.coater-1\.target_mg_cm2"\]/);
  write('    no_such_key: 1\n');
  child.kill('SIGHUP');
  await hears('the agent goes on as it was');
  expect(said()).toContain('no_such_key');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('a second signal ends it at once, and says so', { timeout: 60_000 }, async () => {
  write('');
  const { child, hears, said } = start();
  await hears('gapwise runs coater-1');
  // Both while it is held: so it hears them one after the other, however quickly it could have stopped.
  child.kill('SIGSTOP');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  child.kill('SIGCONT');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(said()).toContain('stopped at once');
});
