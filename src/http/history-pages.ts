import type { HistoryDocument, HistoryEntryDocument } from '../core/api-history.ts';
import type { HistoryEntry, HistoryKind, HistoryReader } from '../core/history.ts';
import { idText } from '../core/report-id.ts';
import { forecast, scanPoint } from './documents.ts';

export interface PageQuery {
  readonly line: string;
  readonly from_ms: number;
  /** Infinite for no end. */
  readonly to_ms: number;
  readonly kinds?: readonly HistoryKind[] | undefined;
  readonly reverse: boolean;
  readonly limit: number;
  /** As an earlier page gave it: the time of its last entry, and how many of that time have been told. */
  readonly cursor?: string | undefined;
}

/** One page of what the store remembers. What comes in meanwhile never makes an entry come twice or be left out. */
export function historyPage(history: HistoryReader, query: PageQuery): HistoryDocument {
  const { line, from_ms, to_ms, kinds, reverse, limit } = query;
  const [at_ms, told] = parseCursor(query.cursor);
  const entries: HistoryEntry[] = [];
  let skip = told;
  let more = false;
  for (const entry of history.read({
    line,
    ...(kinds && { kinds }),
    from_ms: reverse ? from_ms : (at_ms ?? from_ms),
    ...endOf(reverse ? (at_ms ?? to_ms) : to_ms),
    reverse,
    limit: told + limit + 1,
  })) {
    if (skip > 0 && entry.time_ms === at_ms) {
      skip--;
      continue;
    }
    more = entries.length === limit;
    if (more) break;
    entries.push(entry);
  }
  return { line, entries: entries.map(entryDocument), next: more ? cursorAfter(entries, at_ms, told) : null };
}

const endOf = (to_ms: number): { to_ms?: number } => (Number.isFinite(to_ms) ? { to_ms } : {});

function parseCursor(cursor: string | undefined): [at_ms: number | undefined, told: number] {
  const [at, told] = cursor?.split(':') ?? [];
  return [at === undefined ? undefined : Number(at), Number(told ?? 0)];
}

function cursorAfter(entries: readonly HistoryEntry[], before_ms: number | undefined, told: number): string {
  const { time_ms } = entries.at(-1)!;
  const here = entries.filter((entry) => entry.time_ms === time_ms).length;
  return `${time_ms}:${here + (time_ms === before_ms ? told : 0)}`;
}

function entryDocument({ id, time_ms, record }: HistoryEntry): HistoryEntryDocument {
  const head = { time_ms, id: id ? idText(id) : null };
  switch (record.kind) {
    case 'observation':
      return { kind: 'observation', ...head, scan: scanPoint(record) };
    case 'dropped': {
      const { kind, scan, gauge, reason, detail } = record;
      return { kind, ...head, scan, gauge, reason, detail };
    }
    case 'run': {
      const { run, gap_um, start_ms, end_ms = null } = record.run;
      return { kind: 'run', ...head, run, gap_um, start_ms, end_ms };
    }
    case 'forecast': {
      const { kind, run, version, prediction } = record;
      return { kind, ...head, run, gap_um: prediction.gap_um, version, forecast: forecast(prediction) };
    }
    case 'abstraction':
      return { kind: 'abstraction', ...head, abstraction: record };
    case 'alarm':
      return { kind: 'alarm', ...head, alarm: record };
    case 'outage':
      return { kind: 'outage', ...head, outage: record };
    case 'dead-letter': {
      const { kind, source, where, reason, detail, count } = record;
      return { kind, ...head, source, where, reason, detail, count };
    }
  }
}
