import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LogFields, type Logger, silentLogger } from '../../../src/core/logger.ts';
import type { MachineSample } from '../../../src/core/messages.ts';
import { encodeMessage } from '../../../src/store/message-codec.ts';
import { openStore } from '../../../src/store/store.ts';

let folder: string;
let events: LogFields[];
const log: Logger = {
  ...silentLogger,
  info: (fields) => void events.push(fields),
  error: (fields) => void events.push(fields),
};
beforeEach(() => {
  events = [];
  folder = mkdtempSync(join(tmpdir(), 'gapwise-upgrade-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sample = (n: number): MachineSample => ({
  kind: 'machine',
  line: 'a',
  time_ms: 1_600_000_000_000 + n * 1000,
  values: { bar_operator_mm: n / 1000 },
});

/** A snapshot as the first version wrote it: no version of the state in it. */
function firstSnapshot(state: unknown): Buffer {
  const body = serialize(state);
  const hash = createHash('sha256').update(body).digest();
  return Buffer.concat([Buffer.from('GWSN'), Buffer.from([1]), hash, body]);
}

/** A store as the first version left it: bare records, no spools, no history. */
async function writeFormatOne(): Promise<void> {
  const root = open<unknown, string>({ path: join(folder, 'store.lmdb'), noSubdir: true });
  const meta = root.openDB<number, string>('meta', {});
  const journal = root.openDB<Buffer, [string, number]>('journal', { encoding: 'binary' });
  const states = root.openDB<Buffer, [string, number]>('snapshots', { encoding: 'binary' });
  await meta.put('format', 1);
  for (let n = 5; n <= 300; n++) await journal.put(['a', n], encodeMessage(sample(n)));
  await states.put(['a', 4], firstSnapshot({ scans: 4 }));
  await states.put(['a', 200], firstSnapshot({ scans: 200 }));
  await root.close();
}

describe('a store of format 1', () => {
  beforeEach(writeFormatOne);

  test('is brought to today’s format with all that it holds, and told of once', async () => {
    let store = await openStore(folder, { log });
    const check = () => {
      const entries = [...store.journal('a').read(0)];
      expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 296 }, (_, i) => i + 5));
      expect(entries[10]?.message).toEqual(sample(15));
      expect(store.snapshots('a').latest()).toEqual({ position: 200, state: { scans: 200 } });
      expect(store.snapshots('a').oldest()).toEqual({ position: 4, state: { scans: 4 } });
    };
    check();
    expect(events).toEqual([{ event: 'store-upgraded', from: 1, to: 2, records: 298 }]);
    expect(await store.journal('a').append(sample(301))).toBe(301);
    await store.journal('a').trim(5);
    await store.close();
    const raw = open<unknown, string>({ path: join(folder, 'store.lmdb'), noSubdir: true });
    expect(raw.openDB<number, string>('meta', {}).get('format')).toBe(2);
    await raw.close();
    store = await openStore(folder, { log });
    expect([...store.journal('a').read(0)]).toHaveLength(297);
    expect(events).toHaveLength(1);
    await store.close();
  });

  test('can be read as it is, before any writer has been there', async () => {
    const store = await openStore(folder, { readOnly: true });
    expect([...store.journal('a').read(299)]).toEqual([
      { position: 299, message: sample(299) },
      { position: 300, message: sample(300) },
    ]);
    expect(store.snapshots('a').latest()).toEqual({ position: 200, state: { scans: 200 } });
    expect([...store.history().read({ line: 'a' })]).toEqual([]);
    await store.close();
  });
});

describe('a snapshot of another shape', () => {
  const shape = {
    version: 3,
    migrations: {
      1: (state: unknown) => ({ ...(state as object), lanes: 1 }),
      2: (state: unknown) => ({ ...(state as object), drift: 0 }),
    },
  };

  test('is led to today’s by the migrations, one after the other', async () => {
    await writeFormatOne();
    const store = await openStore(folder);
    expect(store.snapshots('a', shape).latest()?.state).toEqual({ scans: 200, lanes: 1, drift: 0 });
    await store.snapshots('a', shape).save(300, { scans: 300, lanes: 2, drift: 0.1 });
    expect(store.snapshots('a', shape).latest()?.state).toEqual({ scans: 300, lanes: 2, drift: 0.1 });
    await store.close();
  });

  test('from which nothing leads here is passed over, loudly; likewise one of a newer program', async () => {
    const store = await openStore(folder, { log });
    await store.snapshots('a', { version: 2, migrations: {} }).save(10, { of: 2 });
    await store.snapshots('a').save(20, { of: 1 });
    await store.snapshots('a', { version: 9, migrations: {} }).save(30, { of: 9 });
    const last = { version: 3, migrations: { 2: (state: unknown) => state } };
    expect(store.snapshots('a', last).latest()).toEqual({ position: 10, state: { of: 2 } });
    expect(events).toEqual([
      { event: 'snapshot-unusable', line: 'a', position: 30 },
      { event: 'snapshot-unusable', line: 'a', position: 20 },
    ]);
    events = [];
    expect(store.snapshots('a', { version: 4, migrations: {} }).latest()).toBeUndefined();
    expect(events.at(-1)).toEqual({ event: 'snapshots-unusable', line: 'a', snapshots: 3 });
    await store.close();
  });
});
