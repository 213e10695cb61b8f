import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { openStore } from '../../src/store/store.ts';
import { compileInto } from '../support/compiled.ts';

let folder: string;
let compiled: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-kill-'));
  compiled = join(folder, 'compiled');
  const files = ['core', 'store', 'store/damage'].flatMap((part) =>
    readdirSync(join('src', part))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join('src', part, name)),
  );
  compileInto(compiled, files);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Promised {
  last: Record<string, number>;
  snapshot: Record<string, number>;
}

/** Lets the writer run until it has promised `appends` entries, kills it at once, and returns its promises. */
async function writeAndKill(store: string, appends: number): Promise<Promised> {
  const child = spawn(process.execPath, [resolve('test/real/store-writer.mjs'), compiled, store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let killed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (!killed && text.split('\n').length > appends) {
      killed = true;
      child.kill('SIGKILL');
    }
  });
  // Not `exit`: what was still in the pipe counts as promised too.
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  const promised: Promised = { last: {}, snapshot: {} };
  // Behind the last line break stands nothing, or a promise that was cut short.
  for (const line of text.split('\n').slice(0, -1)) {
    const [name, word, position] = line.split(' ') as [string, string, string?];
    if (word === 'snapshot') promised.snapshot[name] = Number(position);
    else promised.last[name] = Number(word);
  }
  return promised;
}

test('what the journal has promised is there after SIGKILL, whole, and the next writer goes on behind it', async () => {
  const store = join(folder, 'store');
  const random = seededRandom(5);
  const before: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let round = 0; round < 6; round++) {
    const { last, snapshot } = await writeAndKill(store, 20 + random.integer(200));
    const reopened = await openStore(store);
    for (const line of ['a', 'b', 'c']) {
      const journal = reopened.journal(line);
      const promised = last[line] ?? before[line] ?? 0;
      expect(journal.last, `round ${round}, line ${line}`).toBeGreaterThanOrEqual(promised);
      // One entry may have been committed and not told yet; never more, because the writer awaits each.
      expect(journal.last).toBeLessThanOrEqual(promised + 1);
      const entries = [...journal.read(0)];
      expect(entries.at(-1)?.position).toBe(journal.last);
      entries.forEach(({ position, message }, i) => {
        // No hole, and each message is the one that was written there.
        expect(position).toBe((entries[0]?.position ?? 0) + i);
        expect(message).toMatchObject({ line, scan: position - 1 });
      });
      const latest = reopened.snapshots(line).latest();
      if (snapshot[line] !== undefined) expect(latest?.position).toBeGreaterThanOrEqual(snapshot[line]);
      if (latest) {
        expect(latest.position).toBeLessThanOrEqual(journal.last);
        expect((latest.state as { n: number }).n).toBe(latest.position - 1);
      }
      before[line] = journal.last;
    }
    await reopened.close();
  }
  expect(before['a']).toBeGreaterThan(10);
});
