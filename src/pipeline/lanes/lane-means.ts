import type { LanesConfig } from '../../config/pipeline.ts';
import type { DroppedScan } from '../../core/observation.ts';
import { type CoatedSpan, coatedSpan } from './coated.ts';
import { locationEstimate, mean, standardDeviation } from './robust.ts';

export interface LaneMeans {
  readonly lanes_mg_cm2: readonly number[];
  readonly mean_mg_cm2: number;
  readonly crossWeb2Sigma_mg_cm2: number;
  /** Absent for a scan that stands on bare foil, or that holds lane means alone. */
  readonly span?: CoatedSpan;
  readonly fault?: { readonly reason: DroppedScan['reason']; readonly detail: string };
}

/**
 * A profile in the cross-web frame → lane means. `usualWidth` is the coated width of good scans (locations), NaN
 * where it isn't known yet. A scan with no more values than lanes holds lane means already and is taken as it is.
 */
export function laneMeans(profile: Float64Array, config: LanesConfig, usualWidth: number): LaneMeans {
  const lanes = config.windows?.length ?? config.count;
  if (profile.length <= lanes) return readyMade(profile, lanes, config);

  const span = coatedSpan(profile, config.coated_above_mg_cm2);
  if (!span) return bare(profile, config, lanes);

  const windows = config.windows?.map(([first, last]) => [first - 1, last] as const) ?? equal(span, config);
  const valid = windows.map(([from, to]) => validIn(profile, from, to, config.coated_above_mg_cm2));
  const lanes_mg_cm2 = valid.map((values) => locationEstimate(values, config.estimator));
  const all = valid.flat();
  const sd = standardDeviation(all);
  const result = {
    lanes_mg_cm2,
    mean_mg_cm2: mean(lanes_mg_cm2),
    crossWeb2Sigma_mg_cm2: 2 * sd,
    span,
  };
  const fault = faultOf(profile, windows, valid, span, sd, usualWidth, config);
  return fault ? { ...result, fault } : result;
}

function faultOf(
  profile: Float64Array,
  windows: readonly (readonly [number, number])[],
  valid: readonly (readonly number[])[],
  span: CoatedSpan,
  sd: number,
  usualWidth: number,
  config: LanesConfig,
): LaneMeans['fault'] {
  if (span.width < (config.minimum_width_percent / 100) * usualWidth) {
    const detail = `coated over ${span.width} locations, usually over ${usualWidth}`;
    return { reason: 'patch-edge', detail };
  }
  if (span.filled < config.minimum_width_percent / 100) {
    const detail = `bare foil amid the coating: ${percent(span.filled)} of the web between its edges is coated`;
    return { reason: 'patch-edge', detail };
  }
  for (const [lane, [from, to]] of windows.entries()) {
    const share = valid[lane]!.length / Math.max(1, to - from);
    if (share * 100 >= config.minimum_valid_percent) continue;
    // Whether the gauge failed or the coating was not there is a difference worth telling.
    const measured = profile.subarray(Math.max(0, from), to).filter(Number.isFinite).length;
    return measured * 100 >= config.minimum_valid_percent * (to - from)
      ? {
          reason: 'patch-edge',
          detail: `lane ${lane + 1}: only ${percent(share)} of its locations are coated`,
        }
      : {
          reason: 'too-few-valid-locations',
          detail: `lane ${lane + 1}: only ${percent(share)} of its locations are valid`,
        };
  }
  if (sd <= config.standardising_sd_mg_cm2)
    return { reason: 'standardising', detail: 'every location reads the same' };
  return undefined;
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

/** [from, to) of equal lanes over the coated web without its edges. */
function equal({ first, last }: CoatedSpan, config: LanesConfig): [number, number][] {
  const from = first + config.edge_margin_locations;
  const width = Math.max(0, last + 1 - config.edge_margin_locations - from);
  const at = (lane: number) => from + Math.round((width * lane) / config.count);
  return Array.from({ length: config.count }, (_, lane) => [at(lane), at(lane + 1)]);
}

function validIn(profile: Float64Array, from: number, to: number, above: number): number[] {
  const values: number[] = [];
  for (let i = Math.max(0, from); i < Math.min(profile.length, to); i++) {
    const value = profile[i]!;
    if (Number.isFinite(value) && value >= above) values.push(value);
  }
  return values;
}

/** Lane means as they are; a single value is the mean of the web and stands for every lane. */
function readyMade(profile: Float64Array, lanes: number, config: LanesConfig): LaneMeans {
  const lanes_mg_cm2 = profile.length === 1 ? new Array<number>(lanes).fill(profile[0]!) : [...profile];
  const mean_mg_cm2 = mean(lanes_mg_cm2);
  const result = { lanes_mg_cm2, mean_mg_cm2, crossWeb2Sigma_mg_cm2: Number.NaN };
  if (lanes_mg_cm2.length < lanes || !lanes_mg_cm2.every(Number.isFinite)) {
    const detail = `${profile.filter(Number.isFinite).length} of ${lanes} lanes have a value`;
    return { ...result, fault: { reason: 'too-few-valid-locations', detail } };
  }
  return mean_mg_cm2 < config.coated_above_mg_cm2
    ? { ...result, fault: notCoated(mean_mg_cm2, config) }
    : result;
}

/** No coated stretch: bare foil where the gauge measured, else a gauge that saw nothing. */
function bare(profile: Float64Array, config: LanesConfig, lanes: number): LaneMeans {
  const finite = [...profile].filter(Number.isFinite);
  const level = finite.length > 0 ? mean(finite) : Number.NaN;
  const enough = finite.length * 100 >= config.minimum_valid_percent * profile.length;
  return {
    lanes_mg_cm2: new Array<number>(lanes).fill(level),
    mean_mg_cm2: level,
    crossWeb2Sigma_mg_cm2: 2 * standardDeviation(finite),
    fault: enough
      ? notCoated(level, config)
      : {
          reason: 'too-few-valid-locations',
          detail: `${finite.length} of ${profile.length} locations are valid`,
        },
  };
}

const notCoated = (level: number, config: LanesConfig) => ({
  reason: 'not-coated' as const,
  detail: `${level.toFixed(2)} mg/cm² is below ${config.coated_above_mg_cm2} mg/cm²`,
});
