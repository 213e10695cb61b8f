import type { LanesConfig } from '../../config/pipeline.ts';
import { median } from '../../core/median.ts';
import type { Scan } from '../../core/messages.ts';
import type { Stage } from '../../core/stage.ts';
import type { LaneScan, PipelineEvent } from '../events.ts';
import { oriented } from './coated.ts';
import { type LaneMeans, laneMeans } from './lane-means.ts';
import { noVariation, type VariationState, withProfile } from './variation.ts';
import { aboveBare, withZero, type Zeros, zeroIn } from './zero.ts';

export interface LanesState {
  readonly gauges: Readonly<Record<string, GaugeLanes>>;
}

export interface GaugeLanes {
  /** Coated widths of the last good scans (locations), oldest first. */
  readonly widths: readonly number[];
  /** Variance partition since coating began, over the locations from `from` on. */
  readonly variation: VariationState;
  readonly from: number;
  /** The last profile in short, by which one that repeats is known. */
  readonly print: number;
  readonly frozen: boolean;
  /** Absent in a state from before they were kept. */
  readonly zeros?: Zeros;
}

const unknownGauge: GaugeLanes = { widths: [], variation: noVariation, from: 0, print: 0, frozen: false };

/**
 * Ordered scans → profiles in one cross-web frame, and lane means. A gauge traverses to and fro; every second
 * profile is turned round. A fault seen in the profile travels with the scan: the join keeps the order and drops it.
 */
export function lanesStage(
  config: LanesConfig,
  line: string,
): Stage<PipelineEvent, PipelineEvent, LanesState> {
  return {
    name: 'lanes',
    start: () => ({ gauges: {} }),
    step(state, event) {
      if (event.kind !== 'ordered-scan') return { state, out: [event] };
      const { scan } = event;
      const known = state.gauges[scan.gauge] ?? unknownGauge;
      const profile = oriented(scan.loading_mg_cm2, scan.startedAt);
      const zero_mg_cm2 = zeroIn(profile);
      const zeros = known.zeros ?? [];
      const measured = laneMeans(profile, aboveBare(config, zeros, zero_mg_cm2), median(known.widths));
      const print = fingerprint(scan);
      const frozen = !measured.fault && print !== 0 && print === known.print;
      const means = frozen ? { ...measured, fault: FROZEN } : measured;
      const after = {
        ...remember(known, profile, means, config),
        print,
        frozen,
        zeros: withZero(zeros, zero_mg_cm2),
      };
      const out: PipelineEvent[] = [profileOf(scan, profile, line), laneScan(scan, means, line)];
      if (frozen && !known.frozen) out.push(frozenOutage(scan, line));
      return { state: { gauges: { ...state.gauges, [scan.gauge]: after } }, out };
    },
  };
}

/** Fewer locations than this may well repeat by chance. */
const TELLING_LOCATIONS = 16;

const FROZEN = {
  reason: 'standardising',
  detail: 'the profile repeats that of the scan before to the last digit: the gauge is frozen or stands',
} as const;

/** FNV-1a over the bits of the profile; 0 for one that can't tell a frozen gauge. */
function fingerprint({ loading_mg_cm2, aggregated }: Scan): number {
  if (aggregated || loading_mg_cm2.length < TELLING_LOCATIONS) return 0;
  let hash = 0x811c9dc5;
  const bits = new Uint32Array(loading_mg_cm2.buffer, loading_mg_cm2.byteOffset, 2 * loading_mg_cm2.length);
  // By index: an iterator over 1,600 words of each scan was a sixth of the pipeline's cost.
  for (let i = 0; i < bits.length; i++) hash = Math.imul(hash ^ (bits[i] as number), 0x01000193);
  return hash >>> 0;
}

const frozenOutage = (scan: Scan, line: string): PipelineEvent => ({
  kind: 'outage',
  line,
  source: scan.gauge,
  time_ms: scan.time_ms,
  reason: 'stale',
  detail: `scan ${scan.scan} and those after it: ${FROZEN.detail}`,
});

function remember(
  known: GaugeLanes,
  profile: Float64Array,
  means: LaneMeans,
  config: LanesConfig,
): Omit<GaugeLanes, 'print' | 'frozen' | 'zeros'> {
  if (means.fault?.reason === 'not-coated') return { ...known, variation: noVariation };
  // A narrower coating that stays must become the usual one in time, so patch edges count here too.
  const widths = means.span ? [...known.widths, means.span.width].slice(-config.width_scans) : known.widths;
  if (means.fault || !means.span) return { ...known, widths };
  // The first scan of a coated stretch sets the frame; one that has no room for it (a misread edge) stays outside.
  const { scans, sums } = known.variation;
  const from = scans === 0 ? means.span.first + config.edge_margin_locations : known.from;
  const to = scans === 0 ? means.span.last + 1 - config.edge_margin_locations : from + sums.length;
  if (to <= from || to > profile.length) return { ...known, widths };
  return { widths, variation: withProfile(known.variation, profile.subarray(from, to)), from };
}

const profileOf = (scan: Scan, loading_mg_cm2: Float64Array, line: string): PipelineEvent => ({
  kind: 'profile',
  line,
  gauge: scan.gauge,
  scan: scan.scan,
  time_ms: scan.time_ms,
  startedAt: scan.startedAt,
  loading_mg_cm2,
});

const laneScan = (scan: Scan, means: LaneMeans, line: string): LaneScan => ({
  kind: 'lane-scan',
  line,
  gauge: scan.gauge,
  scan: scan.scan,
  time_ms: scan.time_ms,
  duration_ms: scan.duration_ms,
  lanes_mg_cm2: means.lanes_mg_cm2,
  mean_mg_cm2: means.mean_mg_cm2,
  crossWeb2Sigma_mg_cm2: means.crossWeb2Sigma_mg_cm2,
  aggregated: scan.aggregated ?? false,
  ...(means.fault ? { fault: means.fault } : {}),
});
