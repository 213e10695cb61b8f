import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AlarmReport } from '../../../src/core/alarm.ts';
import type { HistoryEntry, HistoryQuery } from '../../../src/core/history.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { decodeHistory, encodeHistory } from '../../../src/store/history-codec.ts';
import { openStore, type Store, type StoreOptions } from '../../../src/store/store.ts';

const start_ms = 1_600_000_000_000;
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-history-'));
  store = await openStore(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
const reopen = async (options: StoreOptions = {}) => {
  await store.close();
  store = await openStore(folder, options);
};

const observation = (n: number, line = 'a'): Observation => ({
  kind: 'observation',
  line,
  gauge: 'g',
  scan: n,
  time_ms: start_ms + n * 1000,
  run: 1 + Math.floor(n / 10),
  gap_um: 110.5,
  lanes_mg_cm2: [19.1 + n, 20.2],
  mean_mg_cm2: 19.65 + n,
  crossWeb2Sigma_mg_cm2: n % 2 === 0 ? Number.NaN : 0.3,
  head_ms: start_ms + n * 1000 - 90_000.5,
  confidence: 0.97,
  aggregated: n % 3 === 0,
});
const entry = (n: number, line = 'a'): HistoryEntry => ({
  id: { position: 10 + n, index: n % 2 },
  time_ms: start_ms + n * 1000,
  record: observation(n, line),
});
const alarm = (n: number): HistoryEntry => ({
  id: { position: 10 + n, index: 5 },
  time_ms: start_ms + n * 1000,
  record: {
    kind: 'alarm',
    line: 'a',
    alarm: 'prediction-drift',
    subject: '',
    time_ms: start_ms + n * 1000,
    priority: 'medium',
    state: 'UNACK',
    active: true,
    since_ms: start_ms,
    detail: 'it drifts',
  } satisfies AlarmReport,
});
const read = (query: Omit<HistoryQuery, 'line'> = {}, line = 'a') => [
  ...store.history().read({ line, ...query }),
];
const fill = (count: number) => {
  for (let n = 0; n < count; n++) store.history().append(entry(n));
};

describe('the history', () => {
  test('gives back what was told, to the bit, before the commit, after it and after a restart', async () => {
    fill(5);
    store.history().append(alarm(2));
    const expected = [entry(0), entry(1), entry(2), alarm(2), entry(3), entry(4)];
    expect(read()).toEqual(expected);
    await store.journal('a').append({ kind: 'machine', line: 'a', time_ms: 1, values: {} });
    expect(read()).toEqual(expected);
    await reopen();
    expect(read()).toEqual(expected);
  });

  test('keeps lines apart, and picks kinds and times, both ends included', () => {
    fill(6);
    store.history().append(entry(2, 'b'));
    store.history().append(alarm(3));
    expect(read({}, 'b')).toEqual([entry(2, 'b')]);
    expect(read({ kinds: ['alarm'] })).toEqual([alarm(3)]);
    expect(read({ from_ms: start_ms + 2000, to_ms: start_ms + 3000 })).toEqual([
      entry(2),
      entry(3),
      alarm(3),
    ]);
    expect(read({ reverse: true, limit: 2 })).toEqual([entry(5), entry(4)]);
    expect(read({ kinds: [] })).toEqual([]);
  });

  test('takes the same entry once, however often and whenever it is told', async () => {
    fill(3);
    fill(3);
    await reopen();
    fill(4);
    expect(read()).toEqual([0, 1, 2, 3].map((n) => entry(n)));
    expect(sizes().entries).toBe(4);
    const letter: HistoryEntry = {
      time_ms: start_ms,
      record: {
        kind: 'dead-letter',
        line: 'a',
        source: 'mqtt',
        where: 'topic',
        reason: 'malformed',
        detail: 'x',
        time_ms: start_ms,
        count: 1,
      },
    };
    store.history().append(letter);
    store.history().append(letter);
    expect(read({ kinds: ['dead-letter'] })).toEqual([letter]);
  });

  test('lets go of what it is told to', async () => {
    fill(2500);
    await store.journal('a').append({ kind: 'machine', line: 'a', time_ms: 1, values: {} });
    expect(await store.history().trim('a', start_ms + 2_400_000)).toBe(2400);
    expect(read()).toHaveLength(100);
    await reopen();
    expect(read()[0]).toEqual(entry(2400));
    expect(sizes().entries).toBe(100);
  });

  test('lets go of what is too old by itself, going by event time', async () => {
    await reopen({ history: { age_ms: 10_000, bytes: 1e9 } });
    for (let n = 0; n < 200; n++) {
      store.history().append(entry(n));
      if (n % 10 === 9) await commit(n);
    }
    await commit(200);
    expect(read()[0]).toEqual(entry(189));
    expect(read()).toHaveLength(11);
  });

  test('keeps within its size, and keeps the audit trail beyond it', async () => {
    await reopen({ history: { age_ms: 1e12, bytes: 5000 } });
    store.history().append(alarm(0));
    for (let n = 0; n < 300; n++) {
      store.history().append(entry(n));
      if (n % 10 === 9) await commit(n);
    }
    await commit(300);
    expect(sizes().bytes).toBeLessThanOrEqual(5000);
    expect(read().length).toBeGreaterThan(20);
    expect(read().at(-1)).toEqual(entry(299));
    expect(read({ kinds: ['alarm'] })).toEqual([alarm(0)]);
    expect(sizes().entries).toBe(read().length);
  });

  test('is not emptied by a clock that is years ahead', async () => {
    await reopen({ history: { age_ms: 86_400_000, bytes: 1e9 } });
    const now_ms = Date.now();
    const at = (n: number, time_ms: number): HistoryEntry => ({ ...entry(n), time_ms });
    store.history().append(at(1, now_ms - 3_600_000));
    await commit(1);
    store.history().append(at(2, now_ms + 1e12));
    await commit(2);
    await commit(3);
    expect(read()).toHaveLength(2);
  });

  test('is read by another store beside the writer, which sees each commit', async () => {
    const reader = await openStore(folder, { readOnly: true });
    fill(3);
    expect([...reader.history().read({ line: 'a' })]).toEqual([]);
    await commit(1);
    expect([...reader.history().read({ line: 'a' })]).toHaveLength(3);
    await reader.close();
  });
});

test('an observation is kept exactly, whatever its figures', () => {
  const figure = fc.double();
  fc.assert(
    fc.property(
      fc.tuple(figure, figure, figure, figure, figure, figure),
      fc.array(figure, { maxLength: 5 }),
      ([a, b, c, d, e, f], lanes) => {
        const exact: Observation = {
          ...observation(1),
          gap_um: a,
          mean_mg_cm2: b,
          crossWeb2Sigma_mg_cm2: c,
          confidence: d,
          head_ms: e,
          time_ms: f,
          lanes_mg_cm2: lanes,
        };
        expect(decodeHistory(encodeHistory(exact))).toStrictEqual(exact);
      },
    ),
    { numRuns: 200 },
  );
  expect(encodeHistory(observation(7)).length).toBeLessThan(110);
});

const commit = (n: number) =>
  store.journal('a').append({ kind: 'machine', line: 'a', time_ms: n, values: {} });

function sizes(): { entries: number; bytes: number } {
  const figures = [...store.history().figures()];
  const of = (name: string) => figures.find((figure) => figure.name === name)?.value ?? 0;
  return { entries: of('gapwise_history_entries'), bytes: of('gapwise_history_bytes') };
}
