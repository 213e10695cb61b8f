import type { GapConfig } from '../../config/pipeline.ts';

/** The comma gap (µm) on both sides and the one that counts; NaN where it can't be known. */
export interface GapSides {
  readonly gap_um: number;
  readonly operator_um: number;
  readonly gear_um: number;
}

/**
 * Bar position (mm) × 1000 × gear ratio of the coating roll (%) / 100: the roll carries slurry faster than the web
 * runs, which thickens the film as a wider gap would. `value` gives a held parameter, NaN where it is unknown.
 */
export function commaGap(config: GapConfig, value: (name: string) => number): GapSides {
  const direct = value(config.direct);
  if (Number.isFinite(direct)) {
    const gap_um = direct + config.offset_um;
    return { gap_um, operator_um: gap_um, gear_um: gap_um };
  }
  const reported = value(config.ratio);
  const ratio = (Number.isFinite(reported) ? reported : config.ratio_default_percent) / 100;
  const side = (name: string) => value(name) * 1000 * ratio + config.offset_um;
  const operator_um = side(config.operator);
  const gear_um = side(config.gear);
  return { gap_um: chosen(config.side, operator_um, gear_um), operator_um, gear_um };
}

function chosen(side: GapConfig['side'], operator_um: number, gear_um: number): number {
  if (side === 'operator') return operator_um;
  if (side === 'gear') return gear_um;
  if (Number.isNaN(operator_um)) return gear_um;
  if (Number.isNaN(gear_um)) return operator_um;
  return (operator_um + gear_um) / 2;
}
