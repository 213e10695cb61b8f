import { useEffect, useState } from 'preact/hooks';
import type { HistoryDocument, RunsDocument, ScansDocument } from '../../core/api-history.ts';
import { messageOf } from '../../core/errors.ts';
import { type PastHeat, pastHeat } from '../model/heat-past.ts';
import { longest_ms, type TimeWindow } from '../model/time-window.ts';
import type { Api } from './api.ts';

/** All that the history view shows of a stretch of time; parts that are on their way are absent. */
export interface Past {
  /** Coarse and wide, so that something is there wherever one pans to at once. */
  readonly wide: PastHeat | undefined;
  /** Fine, of what is shown and as much again to both sides. */
  readonly close: PastHeat | undefined;
  readonly scans: ScansDocument | undefined;
  readonly runs: RunsDocument | undefined;
  readonly happened: HistoryDocument | undefined;
  readonly error: string | undefined;
}

const empty: Past = {
  wide: undefined,
  close: undefined,
  scans: undefined,
  runs: undefined,
  happened: undefined,
  error: undefined,
};

/** Once moving pauses for this long, the picture is made sharp. */
const pause_ms = 120;
/** Wide stretches begin on round times, so that panning to and fro loads them once. */
const grid_ms = longest_ms / 2;
const columns = 160;
const rows = 1_200;
const points = 2_500;
const kinds = 'alarm,abstraction,outage';

/** Loads what a window of time needs, whenever that moves; what was shown stays until the new has come. */
export function usePast(api: Api, line: string, { from_ms, until_ms }: TimeWindow): Past {
  const [past, setPast] = useState<Past>(empty);
  const wideFrom_ms = Math.floor(from_ms / grid_ms) * grid_ms;

  const load = (parts: (signal: AbortSignal) => Promise<Partial<Past>>) => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const loaded = await parts(stop.signal);
        if (!stop.signal.aborted) setPast((before) => ({ ...before, error: undefined, ...loaded }));
      } catch (thrown) {
        if (!stop.signal.aborted) setPast((before) => ({ ...before, error: messageOf(thrown) }));
      }
    }, pause_ms);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  };

  useEffect(
    () =>
      load(async (signal) => {
        const span = { from_ms: wideFrom_ms, until_ms: wideFrom_ms + longest_ms + grid_ms };
        return { wide: pastHeat(await api.heat(line, span, rows, columns, signal)) };
      }),
    [line, wideFrom_ms],
  );

  useEffect(
    () =>
      load(async (signal) => {
        const length_ms = until_ms - from_ms;
        const shown = { from_ms, until_ms };
        const around = { from_ms: from_ms - length_ms, until_ms: until_ms + length_ms };
        const [heat, scans, runs, happened] = await Promise.all([
          api.heat(line, around, 2 * rows, columns, signal),
          api.scans(line, around, points, signal),
          api.runs(line, around, signal),
          api.happened(line, shown, kinds, signal),
        ]);
        return { close: pastHeat(heat), scans, runs, happened };
      }),
    [line, from_ms, until_ms],
  );
  return past;
}
