import type { SequenceConfig, TransitionsConfig } from '../../../config/pipeline.ts';
import type { CoaterPoint, LaneScan, PipelineEvent } from '../../events.ts';
import { transitionsStage } from '../../transitions/stage.ts';
import { emptyTimeline, withMark } from '../timeline.ts';
import { completed, continues, type GaugeRun, isCoated, newRun, withScan } from './gauge-runs.ts';
import { type CoatedStretch, stretchesUpTo } from './stretches.ts';

/** A complete log at once → its coated stretches, by the same stages that work online. Ascending in time. */
export function stretchesOfLog(
  log: readonly { time_ms: number; gap_um: number }[],
  config: TransitionsConfig,
): CoatedStretch[] {
  const stage = transitionsStage(config, '');
  let state = stage.start();
  let timeline = emptyTimeline;
  const take = (event: PipelineEvent) => {
    const step = stage.step(state, event);
    state = step.state;
    for (const out of step.out) if (out.kind === 'mark') timeline = withMark(timeline, out);
  };
  for (const { time_ms, gap_um } of log) take(point(time_ms, gap_um));
  take({ kind: 'end' });
  return stretchesUpTo(timeline, Infinity, true);
}

const point = (time_ms: number, gap_um: number): CoaterPoint => ({
  kind: 'point',
  line: '',
  time_ms,
  gap_um,
  webSpeed_m_min: Number.NaN,
  encoder_m: Number.NaN,
  lineState: Number.NaN,
  afterHole: false,
});

/** A complete log of one gauge's scans → its coated runs. Ascending in time. */
export function runsOfScans(scans: readonly LaneScan[], config: SequenceConfig): GaugeRun[] {
  const runs: GaugeRun[] = [];
  let open: GaugeRun | undefined;
  const close = () => {
    if (open) runs.push(completed(open));
    open = undefined;
  };
  for (const scan of scans) {
    const coated = isCoated(scan, config);
    if (open && (coated === false || !continues(open, scan, config))) close();
    if (coated !== false && open) open = withScan(open, scan);
    else if (coated) open = newRun(runs.length + 1, scan);
  }
  close();
  return runs;
}
