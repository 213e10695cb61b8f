import type { FastifyInstance } from 'fastify';
import type { HeatDocument, HistoryDocument, RunsDocument, ScansDocument } from '../core/api-history.ts';
import { BadInputError } from '../core/errors.ts';
import type { HistoryReader } from '../core/history.ts';
import type { Observation } from '../core/observation.ts';
import { heatGrid } from './heat-grid.ts';
import { historyPage } from './history-pages.ts';
import type { LiveLine } from './live-line.ts';
import type { LineDirectory } from './ports.ts';
import { parseQuery } from './query.ts';
import { type Lines, notHere, ofLine } from './routing.ts';
import { RunBook } from './run-book.ts';
import { thinScans } from './scan-thinning.ts';

export interface BehindHistory {
  readonly lines: Lines;
  readonly directory: LineDirectory;
  readonly history: HistoryReader | undefined;
}

const day_ms = 86_400_000;
/** What one picture may ask for: more would hold up the line while it is read. */
const longest_ms = 7 * day_ms;
const mostRuns = 10_000;
const none = 'this agent keeps no history';

/** What the store remembers, in pages; and the scans, runs and profiles of a stretch of time, fit for a picture. */
export function addHistoryRoutes(server: FastifyInstance, behind: BehindHistory): void {
  const { lines, history, directory } = behind;

  server.get(
    '/api/v1/lines/:line/history',
    ofLine(lines, ({ line, live }, request, reply): HistoryDocument | typeof reply => {
      const { from, to, reverse, ...asked } = parseQuery('history', request.query);
      if (!history) return notHere(reply, none);
      const span = spanOf(live, from, to, Number.POSITIVE_INFINITY);
      // What people do has their clock's time, which may be later than the line's: without an end, all of it counts.
      const to_ms = to ?? Number.POSITIVE_INFINITY;
      return historyPage(history, { line, ...asked, ...span, to_ms, reverse: reverse === 'true' });
    }),
  );

  server.get(
    '/api/v1/lines/:line/history/scans',
    ofLine(lines, ({ line, live }, request, reply): ScansDocument | typeof reply => {
      const { from, to, points } = parseQuery('scans', request.query);
      if (!history) return notHere(reply, none);
      const span = spanOf(live, from, to);
      const scans: Observation[] = [];
      for (const { record } of history.read({ line, kinds: ['observation'], ...span }))
        if (record.kind === 'observation') scans.push(record);
      return thinScans(scans, { line, from_ms: span.from_ms, until_ms: span.to_ms, points });
    }),
  );

  server.get(
    '/api/v1/lines/:line/history/runs',
    ofLine(lines, ({ line, live }, request, reply): RunsDocument | typeof reply => {
      const { from, to } = parseQuery('runs', request.query);
      if (!history) return notHere(reply, none);
      const { from_ms, to_ms } = spanOf(live, from, to);
      const book = new RunBook(mostRuns);
      // What began before the stretch or ended after it is told outside of it.
      const around = { from_ms: from_ms - day_ms / 2, to_ms: to_ms + day_ms / 2 };
      for (const { record } of history.read({ line, kinds: ['run', 'forecast'], ...around })) {
        if (record.kind === 'run') book.coated(record.run);
        if (record.kind === 'forecast') book.forecast(record);
      }
      const known = new Set(book.rows().map(({ run }) => run));
      book.measured((directory.describe(line)?.runs ?? []).filter(({ run }) => known.has(run)));
      const touches = ({ start_ms, end_ms }: { start_ms: number; end_ms: number | null }) =>
        start_ms <= to_ms && (end_ms ?? Number.POSITIVE_INFINITY) >= from_ms;
      return { line, runs: book.rows().filter(touches) };
    }),
  );

  server.get(
    '/api/v1/lines/:line/history/heat',
    ofLine(lines, ({ line, live }, request): HeatDocument => {
      const { from, to, rows, columns } = parseQuery('heat', request.query);
      const { from_ms, to_ms } = spanOf(live, from, to);
      return heatGrid(live.memory.profiles, { line, from_ms, until_ms: to_ms, rows, columns });
    }),
  );
}

/** @throws BadInputError for a stretch that ends before it begins, or that is too long for one picture. */
function spanOf(
  live: LiveLine,
  from: number | undefined,
  to: number | undefined,
  longest = longest_ms,
): { from_ms: number; to_ms: number } {
  const to_ms = to ?? (from === undefined ? (live.memory.time_ms ?? 0) : from + day_ms);
  const from_ms = from ?? to_ms - day_ms;
  if (from_ms >= to_ms)
    throw new BadInputError('begins after its end', { where: 'query.from', allowed: 'a time before `to`' });
  if (to_ms - from_ms > longest)
    throw new BadInputError('is too long a stretch', { where: 'query.from', allowed: 'at most 7 days' });
  return { from_ms, to_ms };
}
