import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FatalError } from '../../../src/core/errors.ts';
import type { MachineSample } from '../../../src/core/messages.ts';
import { openStore } from '../../../src/store/store.ts';

const sample = (second: number): MachineSample => ({
  kind: 'machine',
  line: 'a',
  time_ms: second * 1000,
  values: { web_speed_m_min: 2 },
});

it('a copy made beside a writer at work is a whole store of that instant', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-backup-'));
  const store = await openStore(join(folder, 'store'));
  for (let i = 1; i <= 20; i++) await store.journal('a').append(sample(i));
  await store.snapshots('a').save(10, { kept: true });
  const reader = await openStore(join(folder, 'store'), { readOnly: true });
  await reader.copyTo(join(folder, 'copy'));
  await store.journal('a').append(sample(21));
  await reader.close();
  await store.close();

  const copy = await openStore(join(folder, 'copy'));
  expect([...copy.journal('a').read(1)].map(({ message }) => message.time_ms / 1000)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  expect(copy.snapshots('a').latest()?.state).toEqual({ kept: true });
  await copy.close();
});

it('a copy is never written over a store that is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-backup-'));
  const store = await openStore(join(folder, 'store'));
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other', 'store.lmdb'), 'x');
  await expect(store.copyTo(join(folder, 'other'))).rejects.toThrow(FatalError);
  await store.close();
});
