import type { SequenceConfig } from '../../../config/pipeline.ts';
import type { DropReason } from '../../../core/observation.ts';
import type { LaneScan } from '../../events.ts';
import { decided_ms, overlapping, type Timeline } from '../timeline.ts';
import type { PairedRun } from './decide.ts';
import { isDip } from './gauge-runs.ts';
import { type RunPiece, runPieces } from './stretches.ts';

export type Attribution =
  | { readonly kind: 'wait' }
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly detail: string }
  | { readonly kind: 'take'; readonly run: number; readonly gap_um: number; readonly head_ms: number };

/** How sure the time within a stretch is: a fixed part (ms) and a share of the time since its start. */
const MARGIN_MS = 30_000;
const MARGIN_SHARE = 0.1;
/** A start that is off by less than this (ms) is as good as on time. */
const SLACK_MS = 3000;

/**
 * The run that made a scan of a paired stretch. A complete stretch with one run needs no more; where the gap changed
 * while coating went on, the scan's place within the stretch tells, and scans near a change are dropped.
 */
export function attribute(scan: LaneScan, pair: PairedRun, timeline: Timeline, ended: boolean): Attribution {
  const { stretch } = pair;
  const head_ms = headOf(pair, scan.time_ms - scan.duration_ms / 2);
  const start_ms = headOf(pair, scan.time_ms - scan.duration_ms);
  const [only] = stretch.runs;
  if (!stretch.open && only && stretch.runs.length === 1) return taken(only, head_ms, start_ms, scan);

  const reach_ms = head_ms + marginAt(head_ms, pair);
  if (stretch.open && !ended && decided_ms(timeline) < reach_ms) return { kind: 'wait' };
  const pieces = stretch.open ? piecesSince(timeline, stretch.start_ms, reach_ms) : stretch.runs;
  const last = pieces.at(-1);
  if (!last) return { kind: 'drop', reason: 'transition', detail: 'its coating never became steady' };

  const within_ms = Math.min(head_ms, last.to_ms);
  const margin_ms = marginAt(within_ms, pair);
  const near = pieces.filter((p) => p.to_ms > within_ms - margin_ms && p.from_ms < within_ms + margin_ms);
  const piece = near.at(-1);
  if (piece && near.length === 1) return taken(piece, within_ms, start_ms, scan);
  const detail = piece
    ? `too close to the change from run ${near[0]!.run} to run ${piece.run}`
    : 'its coating was not steady yet';
  return { kind: 'drop', reason: 'transition', detail };
}

/** The means of a whole run (`aggregated`) have its beginning in them whatever one does, so they are taken as they are. */
function taken(piece: RunPiece, head_ms: number, start_ms: number, scan: LaneScan): Attribution {
  if (start_ms + SLACK_MS >= piece.settled_ms || scan.aggregated)
    return { kind: 'take', run: piece.run, gap_um: piece.gap_um, head_ms };
  return { kind: 'drop', reason: 'settling', detail: `run ${piece.run} was settling` };
}

const marginAt = (head_ms: number, { stretch }: PairedRun): number =>
  MARGIN_MS + MARGIN_SHARE * Math.max(0, head_ms - stretch.start_ms);

/** When what passed the gauge at `time_ms` was coated. Both logs complete: the same share of the stretch; else the same time since its start. */
function headOf({ stretch, gaugeRun, offset_ms }: PairedRun, time_ms: number): number {
  if (stretch.open || gaugeRun.open) {
    const head_ms = Math.max(stretch.start_ms, time_ms - offset_ms);
    return stretch.open ? head_ms : Math.min(head_ms, stretch.end_ms);
  }
  const share = (time_ms - gaugeRun.start_ms) / (gaugeRun.end_ms - gaugeRun.start_ms);
  return stretch.start_ms + Math.min(1, Math.max(0, share)) * (stretch.end_ms - stretch.start_ms);
}

/** Runs of the stretch that began at `start_ms`, as known at `upTo_ms`. */
function piecesSince(timeline: Timeline, start_ms: number, upTo_ms: number): readonly RunPiece[] {
  const segments = overlapping(timeline, start_ms, upTo_ms);
  const end = segments.findIndex(({ phase }) => phase === 'idle' || phase === 'unknown');
  return runPieces(end < 0 ? segments : segments.slice(0, end));
}

/** Whether a scan was over bare foil in part: clearly off its run's level at either end of it, or far below anywhere. */
export function isPatchEdge(
  scan: LaneScan,
  atEnd: boolean,
  { gaugeRun }: PairedRun,
  config: SequenceConfig,
): boolean {
  if (gaugeRun.scans <= 2) return false;
  const off = Math.abs(scan.mean_mg_cm2 / gaugeRun.level_mg_cm2 - 1);
  return isDip(scan, gaugeRun.level_mg_cm2) || (atEnd && off * 100 > config.patch_edge_percent);
}
