import { readFileSync } from 'node:fs';
import type { AbstractionProblem } from '../../../../src/causal/problem.ts';
import { sharedData } from '../../../support/shared-data.ts';

/** The published study's own pair of mechanisms: five pooled equal-width bins, two lanes, product joint. */
export function publishedProblem(): AbstractionProblem {
  const lab = rows('lrcs.csv').filter(
    (row) => row['am_percent'] === 96 && LAB_GAPS_UM.includes(row['comma_gap_um']!),
  );
  const line = rows('wmg-scans.csv');
  const values = [
    ...lab.map((row) => row['mass_loading_mg_cm2']!),
    ...line.flatMap((row) => [row['mass_loading_0_mg_cm2']!, row['mass_loading_1_mg_cm2']!]),
  ];
  const low = Math.min(...values) - 0.1;
  const width = (Math.max(...values) + 0.1 - low) / BINS;
  const bin = (value: number) => Math.min(BINS - 1, Math.floor((value - low) / width));

  const mu = LAB_GAPS_UM.map((gap) =>
    frequencies(
      lab.filter((row) => row['comma_gap_um'] === gap).map((row) => bin(row['mass_loading_mg_cm2']!)),
    ),
  );
  const lineGaps_um = [...new Set(line.map((row) => row['comma_gap_um']!))].sort((x, y) => x - y);
  const products = lineGaps_um.map((gap) => {
    const here = line.filter((row) => row['comma_gap_um'] === gap);
    const lane0 = frequencies(here.map((row) => row['bin_0']!));
    const lane1 = frequencies(here.map((row) => row['bin_1']!));
    return Float64Array.from(
      { length: BINS * BINS },
      (_, i) => lane0[Math.floor(i / BINS)]! * lane1[i % BINS]!,
    );
  });
  const occurring = Array.from({ length: BINS * BINS }, (_, i) => i).filter((i) =>
    products.some((product) => product[i]! > 0),
  );
  return {
    labGaps_um: LAB_GAPS_UM,
    lineGaps_um,
    labBins: BINS,
    outcomes: occurring.map((i) => [Math.floor(i / BINS), i % BINS]),
    mu,
    nu: products.map((product) => Float64Array.from(occurring, (i) => product[i]!)),
  };
}

const BINS = 5;
const LAB_GAPS_UM = [75, 100, 200];

function frequencies(bins: readonly number[]): Float64Array {
  const share = new Float64Array(BINS);
  for (const bin of bins) share[bin]! += 1 / bins.length;
  return share;
}

function rows(file: string): Record<string, number>[] {
  const [head, ...lines] = readFileSync(sharedData(file), 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, Number(fields[i])]));
  });
}
