import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Scan } from '../../../src/core/messages.ts';
import { openStore } from '../../../src/store/store.ts';

const scan = (n: number): Scan => ({
  kind: 'scan',
  line: 'a',
  gauge: 'g',
  scan: n,
  time_ms: n * 8000,
  duration_ms: 8000,
  startedAt: 'gear',
  loading_mg_cm2: new Float64Array(800).fill(n / 7),
});

test('the file grows no more once journal, snapshots, spool and history have their size', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-growth-'));
  const store = await openStore(folder, { history: { age_ms: 800_000, bytes: 1e6 } });
  const journal = store.journal('a');
  const snapshots = store.snapshots('a');
  const spool = store.spool('s', { bytes: 20_000, age_ms: 1e12, overflow: 'drop-oldest' });
  const sizes: number[] = [];
  for (let round = 0; round < 24; round++) {
    const appends: Promise<number>[] = [];
    for (let i = 1; i <= 60; i++) {
      const n = round * 60 + i;
      appends.push(journal.append(scan(n)));
      const dropped = { kind: 'dropped', line: 'a', gauge: 'g', scan: n, time_ms: n * 8000 } as const;
      store.history().append({
        id: { position: n, index: 0 },
        time_ms: n * 8000,
        record: { ...dropped, reason: 'no-run', detail: 'x'.repeat(200) },
      });
      spool.push(Buffer.alloc(500), { line: 'a', id: { position: n, index: 0 } });
    }
    const position = Math.max(...(await Promise.all(appends)));
    await snapshots.save(position, { profile: new Float64Array(20_000).fill(round) });
    await journal.trim(snapshots.oldestPosition() + 1);
    sizes.push(statSync(join(folder, 'store.lmdb')).size);
  }
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  // Half of the rounds fill it; in the other half ten times as much goes through it as it holds.
  expect(sizes.at(-1)).toBe(sizes[12]);
  expect(sizes.at(-1)).toBeLessThan(12 * 2 ** 20);
});
