import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistoryEntry } from '../../src/core/history.ts';
import { type LogFields, type Logger, silentLogger } from '../../src/core/logger.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { SpoolSettings } from '../../src/store/spool.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { storedScan as scan } from './store-scan.ts';

const places = process.env['GAPWISE_CAMPAIGN'] === 'full' ? 200 : 60;
const spoolSettings: SpoolSettings = { bytes: 1e7, age_ms: 1e15, overflow: 'drop-oldest' };

let folder: string;
let original: Content;
/** Behind it the file is room for what comes. */
let used: number;
const usedBytes = (bytes: Buffer) => bytes.findLastIndex((byte) => byte !== 0) + 1;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwise-damage-'));
  const store = await openStore(join(folder, 'whole'));
  await fill(store);
  original = contentOf(store);
  await store.close();
  used = usedBytes(readFileSync(join(folder, 'whole', 'store.lmdb')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const told = (n: number): HistoryEntry => ({
  id: { position: n, index: 0 },
  time_ms: scan(n).time_ms,
  record: {
    kind: 'dropped',
    line: 'a',
    gauge: 'g',
    scan: n,
    time_ms: scan(n).time_ms,
    reason: 'transition',
    detail: 'the gap was on its way',
  },
});

/** A shift's worth of work: a journal that was trimmed, snapshots, a history, a spool that was half delivered. */
async function fill(store: Store): Promise<void> {
  const journal = store.journal('a');
  const spool = store.spool('influx', spoolSettings);
  for (let n = 1; n <= 120; n++) {
    await journal.append(scan(n));
    store.history().append(told(n));
    spool.push(Buffer.from(`point ${n}`), { line: 'a', id: { position: n, index: 0 } });
    if (n % 30 === 0) {
      const { loading_mg_cm2 } = scan(n);
      await store.snapshots('a').save(n, { n, loading_mg_cm2 });
      await journal.trim(store.snapshots('a').oldestPosition() + 1);
      await spool.remove(spool.peek({ entries: 25, bytes: 1e6 }));
    }
  }
  await spool.flushed();
}

interface Content {
  readonly journal: ReadonlyMap<number, unknown>;
  readonly snapshot: { readonly position: number; readonly state: unknown } | undefined;
  readonly history: readonly HistoryEntry[];
  readonly spool: readonly string[];
}

function contentOf(store: Store): Content {
  const journal = new Map<number, unknown>();
  for (const { position, message } of store.journal('a').read(0)) journal.set(position, message);
  const spool = store.spool('influx', spoolSettings).peek({ entries: 1000, bytes: 1e9 });
  return {
    journal,
    snapshot: store.snapshots('a').latest(),
    history: [...store.history().read({ line: 'a' })],
    spool: spool.map(({ payload }) => Buffer.from(payload).toString()),
  };
}

/** Vitest's own comparison takes minutes over so many numbers. */
function same(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).toStrictEqual(expected);
}

/** Damages a copy of the store. */
function damage(copy: string, random: ReturnType<typeof seededRandom>): string {
  mkdirSync(copy);
  const file = join(copy, 'store.lmdb');
  copyFileSync(join(folder, 'whole', 'store.lmdb'), file);
  const bytes = readFileSync(file);
  const kind = random.integer(4);
  if (kind === 0) {
    const length = random.integer(used);
    truncateSync(file, length);
    return `cut to ${length} of ${used} bytes`;
  }
  // One flip in the first pages, where the trees begin, one anywhere, or a whole sector of noise.
  const at = kind === 1 ? random.integer(8 * 4096) : random.integer(used);
  const length = kind === 3 ? 512 : 1;
  for (let i = at; i < Math.min(at + length, bytes.length); i++) {
    bytes[i] = kind === 3 ? random.integer(256) : (bytes[i] as number) ^ (1 << random.integer(8));
  }
  writeFileSync(file, bytes);
  return kind === 3 ? `512 bytes of noise at ${at}` : `a bit flipped at ${at}`;
}

test(`a store damaged at ${places} random places is whole, or set aside loudly with all that can be saved`, async () => {
  const random = seededRandom(11);
  const outcomes = { whole: 0, salvaged: 0, nothing: 0 };
  let lostEntries = 0;
  let flips = 0;
  for (let i = 0; i < places; i++) {
    const copy = join(folder, `copy-${i}`);
    const what = `${i}: ${damage(copy, random)}`;
    const errors: LogFields[] = [];
    const log: Logger = { ...silentLogger, error: (fields) => void errors.push(fields) };
    const store = await openStore(copy, { log });
    const content = contentOf(store);
    const events = errors.map(({ event }) => event);

    // Nothing is there that was never told, and nothing in another form; what was trimmed may have come back.
    for (const [position, message] of content.journal) same(message, scan(position), what);
    for (const entry of content.history) same(entry, told(entry.id?.position ?? 0), what);
    if (content.snapshot) {
      const { n } = content.snapshot.state as { n: number };
      same(content.snapshot, { position: n, state: { n, loading_mg_cm2: scan(n).loading_mg_cm2 } }, what);
    }
    if (events.includes('store-damaged')) {
      expect(events, what).toContain('store-salvaged');
      expect(
        readdirSync(copy).some((name) => name.startsWith('store.lmdb.damaged-')),
        what,
      ).toBe(true);
      const saved = content.journal.size + content.history.length + content.spool.length;
      if (saved > 0) outcomes.salvaged++;
      else outcomes.nothing++;
      if (what.includes('flipped')) {
        flips++;
        lostEntries += [...original.journal.keys()].filter((n) => !content.journal.has(n)).length;
      }
    } else {
      // Whole, or loud: never less in silence.
      expect(events, what).toEqual([]);
      same(content, original, what);
      outcomes.whole++;
    }

    // It goes on, with positions that were never given before, and is whole the next time.
    const position = await store.journal('a').append(scan(999));
    expect(position, what).toBeGreaterThan(120);
    await store.close();
    errors.length = 0;
    const next = await openStore(copy, { log });
    expect(errors, what).toEqual([]);
    expect(next.journal('a').last, what).toBe(position);
    await next.close();
    rmSync(copy, { recursive: true });
  }
  console.info(
    `store damaged at ${places} places: ${JSON.stringify(outcomes)}; journal entries lost per flip that hit: ${(lostEntries / Math.max(1, flips)).toFixed(2)}`,
  );
  expect(outcomes.whole).toBeGreaterThan(0);
  expect(outcomes.salvaged).toBeGreaterThan(places / 4);
  // A flipped bit costs at most the records of the page that it hit.
  expect(lostEntries / Math.max(1, flips)).toBeLessThan(2);
}, 120_000);
