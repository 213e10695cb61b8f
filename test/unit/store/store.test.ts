import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FatalError } from '../../../src/core/errors.ts';
import { type LogFields, silentLogger } from '../../../src/core/logger.ts';
import type { MachineSample } from '../../../src/core/messages.ts';
import { seal, unseal } from '../../../src/store/seal.ts';
import { openStore } from '../../../src/store/store.ts';
import { tables } from '../../../src/store/table.ts';

const sample = (n: number): MachineSample => ({
  kind: 'machine',
  line: 'a',
  time_ms: 1_600_000_000_000 + n * 1000,
  values: { bar_operator_mm: n / 1000 },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the journal', () => {
  test('keeps entries in order with growing positions, each line for itself, over a restart', async () => {
    let store = await openStore(folder);
    expect(store.journal('a').last).toBe(0);
    const positions = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.journal('a').append(sample(n))),
    );
    await store.journal('b').append({ ...sample(0), line: 'b' });
    expect(positions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    await store.close();

    store = await openStore(folder);
    expect(store.journal('a').last).toBe(20);
    expect(await store.journal('a').append(sample(20))).toBe(21);
    const entries = [...store.journal('a').read(11)];
    expect(entries.map(({ position }) => position)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);
    expect(entries[0]?.message).toEqual(sample(10));
    expect([...store.journal('b').read(0)]).toHaveLength(1);
    await store.close();
  });

  test('drops what is trimmed, never the newest, and never gives a position twice', async () => {
    let store = await openStore(folder);
    for (let n = 0; n < 10; n++) await store.journal('a').append(sample(n));
    expect(await store.journal('a').trim(5)).toBe(4);
    expect([...store.journal('a').read(0)].map(({ position }) => position)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(await store.journal('a').trim(1000)).toBe(5);
    await store.close();
    store = await openStore(folder);
    expect(await store.journal('a').append(sample(10))).toBe(11);
    await store.close();
  });

  test('names the entry that can not be decoded', async () => {
    let store = await openStore(folder);
    await store.journal('a').append(sample(0));
    await store.journal('a').append(sample(1));
    await store.close();
    const raw = open({ path: join(folder, 'store.lmdb'), noSubdir: true });
    await raw
      .openDB<Buffer>('journal', { encoding: 'binary' })
      .put(['a', 2], seal(tables.journal.tag, ['a', 2], Buffer.from('rubbish')));
    await raw.close();
    store = await openStore(folder);
    expect(() => [...store.journal('a').read(1)]).toThrow('journal of line a, position 2');
    await store.close();
  });
});

describe('snapshots', () => {
  test('go with a position; only the last few are kept', async () => {
    const store = await openStore(folder, { snapshotsKept: 3 });
    const snapshots = store.snapshots('a');
    expect(snapshots.latest()).toBeUndefined();
    for (const position of [5, 10, 15, 20]) await snapshots.save(position, { at: position });
    expect(snapshots.latest()).toEqual({ position: 20, state: { at: 20 } });
    expect(snapshots.oldestPosition()).toBe(10);
    await snapshots.save(20, { at: 'again' });
    expect(snapshots.latest()?.state).toEqual({ at: 'again' });
    expect(snapshots.oldestPosition()).toBe(10);
    expect(store.snapshots('b').latest()).toBeUndefined();
    await store.close();
  });

  test('a damaged one falls back to the one before, and says so', async () => {
    let store = await openStore(folder);
    await store.snapshots('a').save(1, { good: true });
    await store.snapshots('a').save(2, { good: true, newer: true });
    await store.close();
    const raw = open({ path: join(folder, 'store.lmdb'), noSubdir: true });
    const states = raw.openDB<Buffer>('snapshots', { encoding: 'binary' });
    const { body } = unseal(Buffer.from(states.get(['a', 2]) as Buffer));
    const damaged = Buffer.from(body);
    damaged[damaged.length - 3] = (damaged[damaged.length - 3] as number) ^ 1;
    await states.put(['a', 2], seal(tables.snapshots.tag, ['a', 2], damaged));
    await raw.close();

    const errors: LogFields[] = [];
    store = await openStore(folder, {
      log: { ...silentLogger, error: (fields) => void errors.push(fields) },
    });
    expect(store.snapshots('a').latest()).toEqual({ position: 1, state: { good: true } });
    expect(errors).toEqual([{ event: 'snapshot-unusable', line: 'a', position: 2 }]);
    await store.close();
  });
});

describe('the store', () => {
  test('has one writer; a reader beside it sees each commit', async () => {
    const writer = await openStore(folder);
    await expect(openStore(folder)).rejects.toThrow(FatalError);
    await expect(openStore(folder)).rejects.toThrow('another process writes to this store');
    await writer.journal('a').append(sample(0));
    const reader = await openStore(folder, { readOnly: true });
    expect([...reader.journal('a').read(0)]).toHaveLength(1);
    await writer.journal('a').append(sample(1));
    expect([...reader.journal('a').read(0)]).toHaveLength(2);
    await expect(reader.journal('a').append(sample(2))).rejects.toThrow("the journal can't keep a message");
    await reader.close();
    await writer.close();
    const next = await openStore(folder);
    expect([...next.journal('a').read(0)]).toHaveLength(2);
    await next.close();
  });

  test('works in a folder so deep that a socket could not be named there', async () => {
    const deep = join(folder, 'x'.repeat(90), 'y'.repeat(90));
    const store = await openStore(deep);
    await expect(openStore(deep)).rejects.toThrow('another process writes to this store');
    await store.close();
  });

  test('of another version is refused, not overwritten', async () => {
    await (await openStore(folder)).close();
    const raw = open({ path: join(folder, 'store.lmdb'), noSubdir: true });
    const meta = raw.openDB<number>('meta', {});
    await meta.put('format', 7);
    await meta.put('format-check', crc32('gapwise store format 7'));
    await raw.close();
    await expect(openStore(folder)).rejects.toThrow('the store has format 7 (allowed: format 1 to 2)');
  });
});
