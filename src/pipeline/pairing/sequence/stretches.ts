import { decided_ms, overlapping, type Segment, type Timeline } from '../timeline.ts';
import type { CoaterStretch } from './likelihood.ts';

/** A stretch of uninterrupted coating with the runs in it. */
export interface CoatedStretch extends CoaterStretch {
  readonly runs: readonly RunPiece[];
}

/** A run's steady and settling time; its gap is the last one known (µm). */
export interface RunPiece {
  readonly run: number;
  readonly gap_um: number;
  readonly from_ms: number;
  /** When it had settled; Infinity as long as it had not. */
  readonly settled_ms: number;
  readonly to_ms: number;
}

/** Coating shorter than this (ms) is left out: the gauge hardly sees it. */
const SHORTEST_MS = 3000;

/**
 * Coated stretches as they were known at `upTo_ms`: what came later has no influence, so that a question about the
 * past has one answer whenever it is asked. With `ended` the log is complete.
 */
export function stretchesUpTo(timeline: Timeline, upTo_ms: number, ended: boolean): CoatedStretch[] {
  const stretches: CoatedStretch[] = [];
  let current: Segment[] = [];
  const close = (open: boolean) => {
    const [first, last] = [current[0], current.at(-1)];
    if (first && last && (open || last.to_ms - first.from_ms >= SHORTEST_MS))
      stretches.push({ ...stretch(current), open });
    current = [];
  };
  for (const segment of overlapping(timeline, -Infinity, upTo_ms)) {
    if (segment.phase === 'idle' || segment.phase === 'unknown') close(false);
    else current.push(segment.to_ms > upTo_ms ? { ...segment, to_ms: upTo_ms } : segment);
  }
  const last_ms = current.at(-1)?.to_ms ?? -Infinity;
  close(last_ms >= upTo_ms || (last_ms >= decided_ms(timeline) && !ended));
  return stretches;
}

function stretch(segments: readonly Segment[]): CoatedStretch {
  const runs = runPieces(segments);
  const weight = (piece: RunPiece) => piece.to_ms - piece.from_ms;
  const total = runs.reduce((sum, piece) => sum + weight(piece), 0);
  const mean = runs.reduce((sum, piece) => sum + piece.gap_um * weight(piece), 0) / total;
  return {
    gap_um: runs.length === 1 ? runs[0]!.gap_um : mean,
    start_ms: segments[0]!.from_ms,
    end_ms: segments.at(-1)!.to_ms,
    runs,
  };
}

/** The runs in these segments, in order. */
export function runPieces(segments: readonly Segment[]): RunPiece[] {
  const runs: RunPiece[] = [];
  for (const { run, gap_um, from_ms, to_ms, phase } of segments) {
    if (run === 0 || Number.isNaN(gap_um)) continue;
    const settled_ms = phase === 'steady' ? from_ms : Infinity;
    const last = runs.at(-1);
    if (last?.run !== run) runs.push({ run, gap_um, from_ms, settled_ms, to_ms });
    else
      runs[runs.length - 1] = { ...last, gap_um, to_ms, settled_ms: Math.min(last.settled_ms, settled_ms) };
  }
  return runs;
}
