import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Spool, SpoolEntry } from '../core/spool.ts';
import type { Commits } from './commits.ts';
import { type Bounds, DiskQueue } from './disk-queue.ts';
import { LastIds, takenKey } from './last-ids.ts';
import type { Table } from './table.ts';

/** How much a spool may hold, and what goes when it would hold more. Its dead letters have the same bounds. */
export type SpoolSettings = Bounds;

/** A spool of the store; what its peer refused for good can be looked at. */
export interface StoredSpool extends Spool {
  /** Oldest first. */
  rejected(): Iterable<Rejected>;
}

export interface Rejected {
  readonly time_ms: number;
  readonly why: string;
  readonly payload: Uint8Array;
}

export interface SpoolParts {
  readonly table: Table;
  readonly commits: Commits;
  readonly clock: Clock;
  readonly log: Logger;
}

const retry_ms = 1000;

export function openSpool(name: string, settings: SpoolSettings, parts: SpoolParts): StoredSpool {
  const { table, commits, clock, log } = parts;
  const queue = new DiskQueue(table, [name, 'waiting'], settings, commits, clock);
  const dead = new DiskQueue(
    table,
    [name, 'rejected'],
    { ...settings, overflow: 'drop-oldest' },
    commits,
    clock,
  );
  const taken = new LastIds(table, [name, takenKey], commits);
  let pushed = 0;
  let repeated = 0;
  let rejected = 0;

  /** In memory they have left already; should the disk not take it, the next commit tries again. */
  const left = () =>
    commits
      .flush()
      .catch((error: unknown) =>
        log.warn(
          { event: 'spool-not-written', spool: name },
          `the disk did not take it: ${messageOf(error)}`,
        ),
      );

  return {
    get entries() {
      return queue.entries;
    },
    get bytes() {
      return queue.bytes;
    },

    push(payload, of) {
      if (of && !taken.take(of.line, of.id)) {
        repeated++;
        return;
      }
      const before = queue.dropped.overflow;
      if (queue.push(payload)) pushed++;
      const now = queue.dropped.overflow;
      // The first, then each time the count has doubled: a spool that stays full must not fill the log.
      if (now > before && Math.floor(Math.log2(now)) > Math.floor(Math.log2(before))) {
        log.warn({ event: 'spool-full', spool: name, dropped: now }, `full: ${settings.overflow}`);
      }
    },

    peek(limit) {
      queue.expire();
      const found: SpoolEntry[] = [];
      let bytes = 0;
      for (const { sequence, payload } of queue.oldest()) {
        bytes += payload.length;
        if (found.length >= limit.entries || (found.length > 0 && bytes > limit.bytes)) break;
        found.push({ sequence, payload });
      }
      return found;
    },

    async remove(entries) {
      queue.remove(entries);
      await left();
    },

    async reject(entries, why) {
      for (const { payload } of entries) dead.push(encodeRejected(why, payload));
      queue.remove(entries);
      rejected += entries.length;
      log.error(
        { event: 'spool-rejected', spool: name, entries: entries.length },
        `the peer refuses for good: ${why}`,
      );
      await left();
    },

    async flushed() {
      for (;;) {
        try {
          return await commits.flush();
        } catch {
          await new Promise<void>((resolve) => clock.after(retry_ms, resolve));
        }
      }
    },

    *rejected() {
      for (const { time_ms, payload } of dead.oldest()) yield { time_ms, ...decodeRejected(payload) };
    },

    *figures(): Iterable<Figure> {
      const labels = { spool: name };
      const gauge = (what: string, help: string, value: number): Figure => ({
        name: `gapwise_spool_${what}`,
        help,
        type: 'gauge',
        labels,
        value,
      });
      const counter = (what: string, help: string, value: number, more = {}): Figure => ({
        ...gauge(`${what}_total`, help, value),
        type: 'counter',
        labels: { ...labels, ...more },
      });
      yield gauge('entries', 'Entries that wait for the peer.', queue.entries);
      yield gauge('bytes', 'Size of the entries that wait.', queue.bytes);
      const oldest_ms = queue.oldest_ms;
      const age_ms = oldest_ms === undefined ? 0 : Math.max(0, clock.now_ms() - oldest_ms);
      yield gauge('oldest_seconds', 'How long the oldest entry has waited.', age_ms / 1000);
      yield gauge('rejected_entries', 'Dead letters kept.', dead.entries);
      yield counter('pushed', 'Entries taken since the start.', pushed);
      yield counter('repeated', 'Entries told again and left out.', repeated);
      yield counter('rejected', 'Entries that the peer refused for good.', rejected);
      for (const [reason, count] of Object.entries(queue.dropped)) {
        yield counter('dropped', 'Entries that left undelivered, by reason.', count, { reason });
      }
    },
  };
}

function encodeRejected(why: string, payload: Uint8Array): Buffer {
  const reason = Buffer.from(why.slice(0, 1000));
  const length = Buffer.alloc(2);
  length.writeUInt16LE(reason.length);
  return Buffer.concat([length, reason, payload]);
}

function decodeRejected(bytes: Uint8Array): { why: string; payload: Uint8Array } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloadAt = 2 + buffer.readUInt16LE(0);
  return { why: buffer.toString('utf8', 2, payloadAt), payload: buffer.subarray(payloadAt) };
}
