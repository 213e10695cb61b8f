/** A chart's points with its centre and limits, one of each for every point. */
export interface ControlChart {
  readonly values: readonly number[];
  readonly centre: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Which points lie beyond their limits. */
  readonly beyond: readonly boolean[];
}

export interface ControlCharts {
  readonly individuals: ControlChart;
  /** One point fewer: each is the difference between two neighbours. */
  readonly ranges: ControlChart;
  readonly ewma: ControlChart;
}

/** Fewer points than this say nothing about limits. */
export const fewestPoints = 4;

/** Mean of the range of two normal values over their standard deviation, and D4 = 1 + 3 · 0.853 / d2. */
const d2 = 1.128;
const d4 = 3.267;
/** Weight of the newest value, and width of the limits in standard deviations. */
const weight = 0.2;
const width = 3;

/**
 * Charts for values that come one by one: individuals and moving ranges (ISO 7870-2, with the spread from the mean
 * moving range of two, so that a drift does not widen its own limits) and the exponentially weighted moving average
 * (ISO 7870-6), which notices small lasting shifts that the first two let pass. Limits are those of the values shown.
 * `undefined` for too few values.
 */
export function controlCharts(values: readonly number[]): ControlCharts | undefined {
  if (values.length < fewestPoints) return undefined;
  const mean = average(values);
  const ranges = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
  const meanRange = average(ranges);
  const sd = meanRange / d2;

  let smoothed = mean;
  const averages = values.map((value) => {
    smoothed += weight * (value - smoothed);
    return smoothed;
  });
  const spread = averages.map(
    (_, i) => width * sd * Math.sqrt((weight / (2 - weight)) * (1 - (1 - weight) ** (2 * (i + 1)))),
  );
  const even = (limit: number, points: readonly number[]) => points.map(() => limit);
  return {
    individuals: chart(values, mean, even(mean - width * sd, values), even(mean + width * sd, values)),
    ranges: chart(ranges, meanRange, even(0, ranges), even(d4 * meanRange, ranges)),
    ewma: chart(
      averages,
      mean,
      spread.map((reach) => mean - reach),
      spread.map((reach) => mean + reach),
    ),
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const chart = (
  values: readonly number[],
  centre: number,
  low: readonly number[],
  high: readonly number[],
): ControlChart => ({
  values,
  centre,
  low,
  high,
  beyond: values.map((value, i) => value < low[i]! || value > high[i]!),
});
