import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RetryableError } from '../../src/core/errors.ts';
import { openStore } from '../../src/store/store.ts';
import { storedScan as scan } from './store-scan.ts';

/** A small disk of its own, where the system lets us make one. */
let disk: string;
let mounted = false;
beforeAll(() => {
  disk = mkdtempSync(join(tmpdir(), 'gapwise-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], { stdio: 'pipe' });
    mounted = true;
  } catch (error) {
    const why = `no small disk can be mounted here (needs root): ${String(error).split('\n')[0]}`;
    if (process.env['CI'] === 'true') throw new Error(why);
    console.info(`skipped: ${why}`);
  }
});
afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

describe('a full disk', () => {
  test('refuses what it can’t keep, loses nothing that it promised, and goes on when there is room', async ({
    skip,
  }) => {
    if (!mounted) skip();
    const folder = join(disk, 'full');
    mkdirSync(folder);
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(3 * 2 ** 20));
    let store = await openStore(folder);
    const spool = store.spool('influx', { bytes: 1e6, age_ms: 1e12, overflow: 'drop-oldest' });
    const kept: number[] = [];
    const refusals: unknown[] = [];
    const append = async (n: number) => {
      try {
        kept.push(await store.journal('a').append(scan(n)));
        spool.push(Buffer.from(`report ${n}`), { line: 'a', id: { position: n, index: 0 } });
      } catch (error) {
        refusals.push(error);
      }
    };
    let n = 0;
    while (refusals.length < 40 && n < 5000) await append(++n);
    expect(refusals).toHaveLength(40);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(RetryableError);
      expect(String(refusal)).toContain("the journal can't keep a message: ENOSPC");
    }
    const before = kept.length;
    expect(before).toBeGreaterThan(100);

    rmSync(ballast);
    refusals.length = 0;
    for (let i = 0; i < 20; i++) await append(++n);
    await store.snapshots('a').save(n, { n });
    await spool.flushed();
    expect(refusals).toEqual([]);
    expect(kept).toHaveLength(before + 20);
    await store.close();

    store = await openStore(folder);
    expect([...store.journal('a').read(0)].map(({ position }) => position)).toEqual(kept);
    const reports = store.spool('influx', { bytes: 1e6, age_ms: 1e12, overflow: 'drop-oldest' });
    expect(reports.entries).toBe(kept.length);
    expect(store.snapshots('a').latest()?.position).toBe(n);
    await store.close();
  });

  test('from the start is an error that says so', async ({ skip }) => {
    if (!mounted) skip();
    rmSync(join(disk, 'full'), { recursive: true, force: true });
    const folder = join(disk, 'late');
    mkdirSync(folder);
    const ballast = join(disk, 'ballast');
    for (let size = 8 * 2 ** 20; size > 0; size -= 65_536) {
      try {
        writeFileSync(ballast, Buffer.alloc(size));
        break;
      } catch {}
    }
    await expect(openStore(folder)).rejects.toThrow('there is no room on the disk');
    rmSync(ballast);
    await (await openStore(folder)).close();
  });
});

describe('a read-only disk', () => {
  test('is an error that says so, and readers still read', async ({ skip }) => {
    if (!mounted) skip();
    const folder = join(disk, 'read-only');
    const store = await openStore(folder);
    await store.journal('a').append(scan(1));
    await store.close();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    try {
      await expect(openStore(folder)).rejects.toThrow(/EROFS|read-only/i);
      const reader = await openStore(folder, { readOnly: true });
      expect([...reader.journal('a').read(0)]).toHaveLength(1);
      await reader.close();
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', disk]);
    }
    const again = await openStore(folder);
    expect(await again.journal('a').append(scan(2))).toBe(2);
    await again.close();
  });
});
