import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.ts';
import { inspect, scan } from '../../../src/store/damage/inspect.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-inspect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('finds in a file what LMDB finds, however it came to be', async () => {
  const random = seededRandom(3);
  const path = join(folder, 'store.lmdb');
  for (let round = 0; round < 12; round++) {
    const root = open<unknown, string>({ path, noSubdir: true, overlappingSync: false });
    const a = root.openDB<Buffer, [string, number]>('a', { encoding: 'binary' });
    const b = root.openDB<Buffer, [string, number]>('b', { encoding: 'binary' });
    for (let commit = 0; commit < 15; commit++) {
      await root.batch(() => {
        for (let i = 0; i < 30; i++) {
          const table = random.uniform() < 0.7 ? a : b;
          const key: [string, number] = ['line', random.integer(500)];
          const size = random.uniform() < 0.1 ? random.integer(40_000) : random.integer(300);
          if (random.uniform() < 0.45) void table.remove(key);
          else void table.put(key, Buffer.alloc(size + 1, key[1]));
        }
      });
    }
    const expected = [a, b].flatMap((table) => [...table.getRange({})].map(({ value }) => value));
    await root.close();

    const found: Buffer[] = [];
    const { faults, records } = inspect(path, { tables: ['a', 'b'] }, ({ value }) =>
      found.push(Buffer.from(value)),
    );
    expect(faults).toEqual([]);
    expect(records).toBe(expected.length);
    const sorted = (values: Buffer[]) => values.map((value) => value.toString('latin1')).sort();
    expect(sorted(found)).toEqual(sorted(expected));
    const scanned = new Set([...scan(path)].map(({ value }) => value.toString('latin1')));
    for (const value of expected) expect(scanned.has(value.toString('latin1'))).toBe(true);
  }
});
