import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { Spool } from '../../../src/core/spool.ts';
import type { SpoolSettings } from '../../../src/store/spool.ts';
import { openStore, type Store } from '../../../src/store/store.ts';

let folder: string;
let store: Store;
let now_ms: number;
const clock: Clock = { now_ms: () => now_ms, after: systemClock.after };
const roomy: SpoolSettings = { bytes: 1e6, age_ms: 3_600_000, overflow: 'drop-oldest' };

beforeEach(async () => {
  now_ms = 1_600_000_000_000;
  folder = mkdtempSync(join(tmpdir(), 'gapwise-spool-'));
  store = await openStore(folder, { clock });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const bytes = (text: string) => Buffer.from(text);
const all = { entries: 1000, bytes: 1e9 };
const texts = (spool: Spool, limit = all) =>
  spool.peek(limit).map(({ payload }) => Buffer.from(payload).toString());
const reopen = async () => {
  await store.close();
  store = await openStore(folder, { clock });
};
const figure = (spool: Spool, name: string, reason?: string) =>
  [...spool.figures()].find((f) => f.name === name && (!reason || f.labels?.['reason'] === reason))?.value;

describe('a spool', () => {
  test('shows what was pushed at once, in order, also while it is on its way to the disk and afterwards', async () => {
    const spool = store.spool('influx', roomy);
    spool.push(bytes('a'));
    spool.push(bytes('b'));
    expect(texts(spool)).toEqual(['a', 'b']);
    const flushed = spool.flushed();
    spool.push(bytes('c'));
    expect(texts(spool)).toEqual(['a', 'b', 'c']);
    await flushed;
    spool.push(bytes('d'));
    expect(texts(spool)).toEqual(['a', 'b', 'c', 'd']);
    expect(spool.entries).toBe(4);
    expect(spool.bytes).toBe(4);
  });

  test('gives its oldest up to a number and a size, at least one', () => {
    const spool = store.spool('influx', roomy);
    for (const text of ['aaaa', 'bb', 'cc']) spool.push(bytes(text));
    expect(texts(spool, { entries: 2, bytes: 100 })).toEqual(['aaaa', 'bb']);
    expect(texts(spool, { entries: 9, bytes: 7 })).toEqual(['aaaa', 'bb']);
    expect(texts(spool, { entries: 9, bytes: 1 })).toEqual(['aaaa']);
  });

  test('keeps the rest over a restart, and goes on with higher sequences', async () => {
    let spool = store.spool('influx', roomy);
    for (const text of ['a', 'b', 'c']) spool.push(bytes(text));
    await spool.remove(spool.peek({ entries: 1, bytes: 9 }));
    const [b] = spool.peek(all);
    await reopen();
    spool = store.spool('influx', roomy);
    expect(texts(spool)).toEqual(['b', 'c']);
    expect(spool.peek(all)[0]?.sequence).toBe(b?.sequence);
    spool.push(bytes('d'));
    expect(spool.peek(all)[2]?.sequence).toBe((b?.sequence as number) + 2);
    expect(spool.bytes).toBe(3);
  });

  test('takes an id once for each line, also after a restart', async () => {
    let spool = store.spool('influx', roomy);
    spool.push(bytes('a1'), { line: 'a', id: { position: 1, index: 0 } });
    spool.push(bytes('a1'), { line: 'a', id: { position: 1, index: 0 } });
    spool.push(bytes('a2'), { line: 'a', id: { position: 1, index: 1 } });
    spool.push(bytes('b1'), { line: 'b', id: { position: 1, index: 0 } });
    await reopen();
    spool = store.spool('influx', roomy);
    spool.push(bytes('a2'), { line: 'a', id: { position: 1, index: 1 } });
    spool.push(bytes('a3'), { line: 'a', id: { position: 2, index: 0 } });
    expect(texts(spool)).toEqual(['a1', 'a2', 'b1', 'a3']);
    expect(figure(spool, 'gapwise_spool_repeated_total')).toBe(1);
  });

  test('drops the oldest where it is full, and counts', () => {
    const spool = store.spool('influx', { ...roomy, bytes: 4 });
    for (const text of ['aa', 'bb', 'cc']) spool.push(bytes(text));
    expect(texts(spool)).toEqual(['bb', 'cc']);
    spool.push(bytes('ddd'));
    expect(texts(spool)).toEqual(['ddd']);
    spool.push(bytes('too big'));
    expect(texts(spool)).toEqual(['ddd']);
    expect(figure(spool, 'gapwise_spool_dropped_total', 'overflow')).toBe(4);
  });

  test('or leaves out the newest, as it was told to', () => {
    const spool = store.spool('influx', { ...roomy, bytes: 4, overflow: 'drop-newest' });
    for (const text of ['aa', 'bb', 'cc']) spool.push(bytes(text));
    expect(texts(spool)).toEqual(['aa', 'bb']);
    expect(figure(spool, 'gapwise_spool_dropped_total', 'overflow')).toBe(1);
  });

  test('lets go of what is too old', async () => {
    const spool = store.spool('influx', { ...roomy, age_ms: 1000 });
    spool.push(bytes('a'));
    await spool.flushed();
    now_ms += 600;
    spool.push(bytes('b'));
    now_ms += 600;
    expect(texts(spool)).toEqual(['b']);
    expect(figure(spool, 'gapwise_spool_oldest_seconds')).toBe(0.6);
    expect(figure(spool, 'gapwise_spool_dropped_total', 'age')).toBe(1);
  });

  test('keeps what the peer refused for good, with the reason, over a restart', async () => {
    let spool = store.spool('influx', roomy);
    for (const text of ['a', 'b', 'c']) spool.push(bytes(text));
    await spool.reject(spool.peek(all).slice(1, 2), 'field type conflict');
    await reopen();
    const again = store.spool('influx', roomy);
    spool = again;
    expect(texts(spool)).toEqual(['a', 'c']);
    const [letter] = again.rejected();
    expect(letter?.why).toBe('field type conflict');
    expect(Buffer.from(letter?.payload as Uint8Array).toString()).toBe('b');
  });

  test('is on the disk before any later snapshot', async () => {
    const spool = store.spool('influx', roomy);
    const seen: number[] = [];
    for (let n = 1; n <= 20; n++) {
      spool.push(bytes(`report ${n}`));
      await store.snapshots('a').save(n, { n });
      const reader = await openStore(folder, { readOnly: true });
      seen.push(reader.spool('influx', roomy).entries);
      await reader.close();
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

/** What a spool does, without a disk. */
class Model {
  entries: { sequence: number; text: string }[] = [];
  next = 1;
}

const push = fc.record({
  kind: fc.constant('push' as const),
  text: fc.string({ minLength: 1, maxLength: 6 }),
});
const remove = fc.record({ kind: fc.constant('remove' as const), skip: fc.nat(3), count: fc.nat(3) });
const other = fc.record({ kind: fc.constantFrom('flush' as const, 'reopen' as const) });

test('any order of pushes, removals, commits and restarts leaves what a list would', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(push, remove, other), { maxLength: 30 }), async (actions) => {
      const inner = mkdtempSync(join(folder, 'case-'));
      let own = await openStore(inner, { clock });
      const settings: SpoolSettings = { ...roomy, bytes: 24 };
      const model = new Model();
      const removals: Promise<void>[] = [];
      for (const action of actions) {
        const spool = own.spool('s', settings);
        if (action.kind === 'push') {
          spool.push(bytes(action.text));
          model.entries.push({ sequence: model.next++, text: action.text });
          const size = () => model.entries.reduce((sum, { text }) => sum + bytes(text).length, 0);
          while (size() > settings.bytes) model.entries.shift();
        } else if (action.kind === 'remove') {
          removals.push(spool.remove(spool.peek(all).slice(action.skip, action.skip + action.count)));
          model.entries.splice(action.skip, action.count);
        } else if (action.kind === 'flush') {
          await spool.flushed();
        } else {
          await own.close();
          own = await openStore(inner, { clock });
        }
        const now = own.spool('s', settings);
        expect(texts(now)).toEqual(model.entries.map(({ text }) => text));
        expect(now.peek(all).map(({ sequence }) => sequence)).toEqual(
          model.entries.map(({ sequence }) => sequence),
        );
        expect(now.entries).toBe(model.entries.length);
      }
      await Promise.all(removals);
      await own.close();
    }),
    { numRuns: 60, seed: 7 },
  );
});
