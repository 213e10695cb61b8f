import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkStore } from '../../../src/store/check.ts';
import { openStore } from '../../../src/store/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-store-check-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const levels = async (place: string) => (await checkStore(place)).map(({ level }) => level === 'failed');

test('a folder that is not there yet is made and left empty', async () => {
  const place = join(folder, 'a', 'b');
  expect(await levels(place)).toEqual([false]);
  expect(readdirSync(place)).toEqual([]);
});

test('a store is read beside the agent that writes it', async () => {
  const store = await openStore(folder);
  expect(await levels(folder)).toEqual([false, false]);
  await store.close();
});

test('a file in the place of the folder, and bytes that are no store, fail in words', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'x');
  expect(await levels(file)).toEqual([true]);
  writeFileSync(join(folder, 'store.lmdb'), 'x'.repeat(20_000));
  const findings = await checkStore(folder);
  expect(findings.at(-1)).toMatchObject({ subject: 'store', level: 'failed' });
});
