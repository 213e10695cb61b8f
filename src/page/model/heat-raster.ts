import { coatedMean, type HeatRange } from './heat-range.ts';
import { invalidStep, type ProfileRow } from './profiles.ts';

export interface RasterFrame {
  readonly from_ms: number;
  readonly until_ms: number;
  /** Pixels: time runs to the right, the operator side is at the top. */
  readonly width: number;
  readonly height: number;
}

export interface RasterColors {
  readonly range: HeatRange;
  /** 256 packed pixels from `range.low` to `range.high`. */
  readonly scale: Uint32Array;
  readonly bare: number;
  /** Whether each scan is shown against its own mean. */
  readonly relative?: boolean;
}

/**
 * Paints the scans of a stretch of time. Each scan fills the time since the scan before, but never a hole in the
 * data; what is not known stays transparent. Where several locations share a pixel it shows their mean.
 */
export function rasterize(
  rows: readonly ProfileRow[],
  frame: RasterFrame,
  colors: RasterColors,
): Uint32Array {
  const { width, height } = frame;
  const pixels = new Uint32Array(width * height);
  const perPixel = width / (frame.until_ms - frame.from_ms);
  const spacing_ms = typicalSpacing(rows);
  const column = new Uint32Array(height);
  rows.forEach((row, index) => {
    const before = rows[index - 1]?.time_ms ?? Number.NEGATIVE_INFINITY;
    const since_ms = row.time_ms - before > 2.5 * spacing_ms ? row.time_ms - spacing_ms : before;
    const from = Math.max(0, Math.round((since_ms - frame.from_ms) * perPixel));
    const until = Math.min(width, Math.max(from + 1, Math.round((row.time_ms - frame.from_ms) * perPixel)));
    if (until <= 0 || from >= width) return;
    fillColumn(column, row, colors);
    for (let y = 0; y < height; y++) pixels.fill(column[y]!, y * width + from, y * width + until);
  });
  return pixels;
}

function fillColumn(column: Uint32Array, row: ProfileRow, colors: RasterColors): void {
  const { range, scale, bare } = colors;
  const { steps, resolution_mg_cm2 } = row;
  const zero = colors.relative ? coatedMean(row, range.bare) : 0;
  const perPixel = steps.length / column.length;
  const toIndex = 255 / (range.high - range.low);
  for (let y = 0; y < column.length; y++) {
    const first = Math.floor(y * perPixel);
    const last = Math.max(first + 1, Math.floor((y + 1) * perPixel));
    let sum = 0;
    let n = 0;
    for (let location = first; location < last; location++) {
      const step = steps[location]!;
      if (step === invalidStep) continue;
      sum += step;
      n++;
    }
    const mean = (sum / n) * resolution_mg_cm2;
    const index = Math.min(255, Math.max(0, Math.round((mean - zero - range.low) * toIndex)));
    column[y] = n === 0 ? 0 : mean < range.bare ? bare : scale[index]!;
  }
}

/** (Lower) median time between scans; 8 s until two scans are there. */
function typicalSpacing(rows: readonly ProfileRow[]): number {
  const spacings = rows.slice(1).map((row, i) => row.time_ms - rows[i]!.time_ms);
  spacings.sort((a, b) => a - b);
  return spacings[Math.floor((spacings.length - 1) / 2)] ?? 8_000;
}
