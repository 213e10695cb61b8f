import { crc32 } from 'node:zlib';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { History, HistoryEntry, HistoryKind, HistoryQuery, HistoryRecord } from '../core/history.ts';
import type { Logger } from '../core/logger.ts';
import { committed } from './commit.ts';
import type { Commits, Participant } from './commits.ts';
import { decodeHistory, encodeHistory, historyKinds, kindNumbers } from './history-codec.ts';
import { mergeSorted } from './merge.ts';
import type { StoreKey } from './seal.ts';
import type { Change, Table } from './table.ts';

export interface HistoryBounds {
  /** Behind the line's newest event time, which counts up to the present: a clock gone wrong empties nothing. */
  readonly age_ms: number;
  /** For each line, of all kinds but the audit trail, which goes by age alone. */
  readonly bytes: number;
}

/** What an audit asks for, and what is rare: it is not pushed out by observations. */
const auditTrail: readonly HistoryKind[] = ['abstraction', 'alarm'];

/** Of one commit, so that letting go of a year's worth holds up nobody. */
const trimmedAtOnce = 1000;

/** Told while the disk takes nothing; beyond it the history has a hole, which is counted. */
const pendingLimit = 100_000;

/** Of the age kept passes between one look for what is too old and the next. */
const ageShare = 0.01;

/** Beyond every name of a line. */
const lastText = '\u{10ffff}';

/** Beyond every event time and position. */
const endOfTime_ms = 8.64e15;

/** Under `[line, kind, event time, position, index]`; what has no id stands at position -1 by its checksum. */
type Key = readonly [line: string, kind: number, time_ms: number, position: number, index: number];

export interface HistoryParts {
  readonly commits: Commits;
  readonly clock: Pick<Clock, 'now_ms'>;
  readonly log: Logger;
}

interface Stored {
  readonly key: Key;
  body(): Uint8Array;
  size(): number;
}

/** What a line's history amounts to; written with each change to it. */
interface Extent {
  entries: number;
  bytes: number;
  newest_ms: number;
}

export class StoredHistory implements History, Participant, Metered {
  readonly #table: Table;
  readonly #commits: Commits;
  readonly #clock: Pick<Clock, 'now_ms'>;
  readonly #bounds: HistoryBounds;
  readonly #log: Logger;
  readonly #extents = new Map<string, Extent>();
  /** Told, and not known to be on the disk; by the key as text. */
  readonly #pending = new Map<string, { readonly key: Key; readonly body: Buffer }>();
  /** Let go of, and still on the disk as far as is known; likewise. */
  readonly #leaving = new Map<string, Key>();
  readonly #changed = new Set<string>();
  /** When to look for what is too old, by line. */
  readonly #look_ms = new Map<string, number>();
  #writing: { readonly added: readonly string[]; readonly removed: readonly string[] } | undefined;
  #lost = 0;

  constructor(table: Table, bounds: HistoryBounds, parts: HistoryParts) {
    this.#table = table;
    this.#bounds = bounds;
    this.#commits = parts.commits;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#commits.join(this);
    for (const line of this.lines()) this.#extent(line);
  }

  /** Those that the disk knows something of. */
  *lines(): Iterable<string> {
    let from: StoreKey = [''];
    for (;;) {
      const [next] = this.#table.keys({ from, to: [lastText], limit: 1 });
      if (!next) return;
      yield next[0] as string;
      from = [next[0] as string, Number.MAX_SAFE_INTEGER];
    }
  }

  append(entry: HistoryEntry): void {
    const body = encodeHistory(entry.record);
    const line = lineOf(entry.record);
    const { position, index } = entry.id ?? { position: -1, index: crc32(body) };
    const key: Key = [line, kindNumbers[entry.record.kind], entry.time_ms, position, index];
    const text = JSON.stringify(key);
    if (this.#pending.has(text) || this.#table.has(key)) return;
    if (this.#pending.size >= pendingLimit) {
      this.#lost++;
      return;
    }
    this.#pending.set(text, { key, body });
    const extent = this.#extent(line);
    extent.entries++;
    extent.bytes += body.length;
    extent.newest_ms = Math.max(extent.newest_ms, entry.time_ms);
    this.#touch(line);
  }

  *read(query: HistoryQuery): Iterable<HistoryEntry> {
    const {
      line,
      kinds = historyKinds,
      from_ms = -endOfTime_ms,
      to_ms = endOfTime_ms,
      reverse = false,
    } = query;
    const within = ({ key }: Stored) =>
      key[0] === line &&
      kinds.some((kind) => kindNumbers[kind] === key[1]) &&
      key[2] >= from_ms &&
      key[2] <= to_ms;
    const direction = reverse ? -1 : 1;
    const order = (a: Stored, b: Stored) => direction * compareKeys(a.key, b.key);
    const waiting: Stored[] = [...this.#pending.values()]
      .map(({ key, body }) => ({ key, body: () => body, size: () => body.length }))
      .filter(within)
      .sort(order);
    const stored = kinds.map((kind) => this.#stored(line, kind, from_ms, to_ms, reverse));
    let left = query.limit ?? Infinity;
    let previous: Key | undefined;
    for (const { key, body } of mergeSorted([waiting, ...stored], order)) {
      if (left <= 0) return;
      // What is on its way to the disk may be seen at both ends.
      if (previous && compareKeys(previous, key) === 0) continue;
      previous = key;
      const record = this.#readable(key, body);
      if (!record) continue;
      left--;
      const [, , time_ms, position, index] = key;
      yield { ...(position >= 0 && { id: { position, index } }), time_ms, record };
    }
  }

  async trim(line: string, before_ms: number): Promise<number> {
    let removed = 0;
    for (;;) {
      const portion = this.#letGo(line, historyKinds, (key) => key[2] < before_ms);
      if (portion === 0) return removed;
      await committed(() => this.#commits.flush(), "the history can't be trimmed", line);
      removed += portion;
    }
  }

  changes(): readonly Change[] {
    if (this.#changed.size === 0) return [];
    for (const line of this.#changed) this.#letGoOfOutdated(line);
    const extents = [...this.#changed].map((line) => this.#extentChange(line));
    this.#changed.clear();
    this.#writing = { added: [...this.#pending.keys()], removed: [...this.#leaving.keys()] };
    const removed = [...this.#leaving.values()].map((key) => ({ table: this.#table, key }));
    const added = [...this.#pending.values()].map((entry) => ({ table: this.#table, ...entry }));
    return [...removed, ...added, ...extents];
  }

  settled(kept: boolean): void {
    const writing = this.#writing;
    if (!writing) return;
    this.#writing = undefined;
    if (kept) {
      for (const key of writing.added) this.#pending.delete(key);
      for (const key of writing.removed) this.#leaving.delete(key);
    } else {
      // Any line: its change brings the rest along.
      for (const line of this.#extents.keys()) this.#changed.add(line);
    }
  }

  *figures(): Iterable<Figure> {
    yield {
      name: 'gapwise_history_lost_total',
      help: 'Entries that the disk did not take in time.',
      type: 'counter',
      value: this.#lost,
    };
    for (const [line, { entries, bytes }] of this.#extents) {
      const figure = (what: string, help: string, value: number): Figure => ({
        name: `gapwise_history_${what}`,
        help,
        type: 'gauge',
        labels: { line },
        value,
      });
      yield figure('entries', 'Entries of the history.', entries);
      yield figure('bytes', 'Size of the history, without its keys.', bytes);
    }
  }

  *#stored(
    line: string,
    kind: HistoryKind,
    from_ms: number,
    to_ms: number,
    reverse: boolean,
  ): Iterable<Stored> {
    const number = kindNumbers[kind];
    const range = {
      from: [line, number, from_ms],
      to: [line, number, to_ms, Number.MAX_SAFE_INTEGER],
      reverse,
    };
    for (const row of this.#table.range(range)) {
      const key = row.key as unknown as Key;
      const isLeaving = this.#leaving.size > 0 && this.#leaving.has(JSON.stringify(key));
      if (!isLeaving) yield { ...row, key };
    }
  }

  #readable(key: Key, body: () => Uint8Array): HistoryRecord | undefined {
    try {
      return decodeHistory(body());
    } catch (error) {
      this.#log.error(
        { event: 'history-damaged', line: key[0], time_ms: key[2] },
        `an entry of the history can't be read and is left out: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  /** A portion of what the bounds no longer cover, oldest first. */
  #letGoOfOutdated(line: string): void {
    const extent = this.#extent(line);
    const newest_ms = Math.min(extent.newest_ms, this.#clock.now_ms());
    if (newest_ms >= (this.#look_ms.get(line) ?? -endOfTime_ms)) {
      const before_ms = newest_ms - this.#bounds.age_ms;
      const portion = this.#letGo(line, historyKinds, (key) => key[2] < before_ms);
      if (portion < trimmedAtOnce) this.#look_ms.set(line, newest_ms + ageShare * this.#bounds.age_ms);
    }
    if (extent.bytes > this.#bounds.bytes) {
      const bulk = historyKinds.filter((kind) => !auditTrail.includes(kind));
      this.#letGo(line, bulk, () => extent.bytes > this.#bounds.bytes);
    }
  }

  /** Lets go of entries on the disk, oldest first, as long as `goes` says so; returns how many. */
  #letGo(line: string, kinds: readonly HistoryKind[], goes: (key: Key) => boolean): number {
    const extent = this.#extent(line);
    const streams = kinds.map((kind) => this.#stored(line, kind, -endOfTime_ms, endOfTime_ms, false));
    let count = 0;
    for (const { key, size } of mergeSorted(streams, (a, b) => compareKeys(a.key, b.key))) {
      if (count === trimmedAtOnce || !goes(key)) break;
      this.#leaving.set(JSON.stringify(key), key);
      extent.entries--;
      extent.bytes -= size();
      count++;
    }
    if (count > 0) this.#touch(line);
    return count;
  }

  #extent(line: string): Extent {
    const known = this.#extents.get(line);
    if (known) return known;
    const stored = this.#table.get(extentKey(line));
    const extent = stored ? (JSON.parse(stored.toString()) as Extent) : this.#count(line);
    this.#extents.set(line, extent);
    return extent;
  }

  /** Where the extent is lost; in a new store that takes no time. */
  #count(line: string): Extent {
    const extent: Extent = { entries: 0, bytes: 0, newest_ms: -endOfTime_ms };
    for (const kind of historyKinds) {
      for (const { key, size } of this.#stored(line, kind, -endOfTime_ms, endOfTime_ms, false)) {
        extent.entries++;
        extent.bytes += size();
        extent.newest_ms = Math.max(extent.newest_ms, key[2]);
      }
    }
    return extent;
  }

  #extentChange(line: string): Change {
    const body = Buffer.from(JSON.stringify(this.#extent(line)));
    return { table: this.#table, key: extentKey(line), body };
  }

  #touch(line: string): void {
    this.#changed.add(line);
    this.#commits.wake();
  }
}

/** Before all kinds. */
const extentKey = (line: string): StoreKey => [line, 0];
export const isExtentKey = (key: StoreKey): boolean => key.length === 2;

const compareKeys = (a: Key, b: Key): number => a[2] - b[2] || a[3] - b[3] || a[4] - b[4] || a[1] - b[1];

function lineOf(record: HistoryRecord): string {
  // Dead letters may come from before anybody knew which line they were of.
  return record.kind === 'run' ? record.run.line : (record.line ?? '');
}
