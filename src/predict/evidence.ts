import { BadInputError } from '../core/errors.ts';
import type { Evidence, LabGroup, LineRun } from '../core/prediction.ts';

/** @throws BadInputError where there is nothing to learn from, or a figure that can't be one. */
export function checkEvidence({ lab, line }: Evidence): void {
  if (lab.length + line.length === 0) {
    throw new BadInputError('no evidence to learn from', { allowed: 'lab groups, line runs, or both' });
  }
  for (const group of lab) checkLabGroup(group);
  for (const run of line) checkRun(run);
}

function checkLabGroup({ table, gap_um, n, mean_mg_cm2 }: LabGroup): void {
  const where = `lab table ${table}, gap ${gap_um} µm`;
  if (!(gap_um > 0 && Number.isFinite(gap_um))) throw new BadInputError('gap is not above 0', { where });
  if (!Number.isFinite(mean_mg_cm2)) throw new BadInputError(`mean loading is ${mean_mg_cm2}`, { where });
  if (!(n >= 1)) throw new BadInputError(`n is ${n}`, { where, allowed: 'an integer above 0' });
}

export function checkRun({ line, run, gap_um, scans, level_mg_cm2 }: LineRun): void {
  const where = `line ${line}, run ${run}`;
  if (!(gap_um > 0 && Number.isFinite(gap_um))) throw new BadInputError(`gap is ${gap_um}`, { where });
  if (!Number.isFinite(level_mg_cm2)) throw new BadInputError(`level is ${level_mg_cm2}`, { where });
  if (!(scans >= 1)) throw new BadInputError(`number of scans is ${scans}`, { where });
}

export const sameRun = (a: LineRun, b: LineRun): boolean => a.line === b.line && a.run === b.run;

const runKey = ({ line, run }: LineRun): string => `${run} ${line}`;

/** Runs in the order in which they began; of several figures for one run the last ones count. */
export function runsInOrder(runs: readonly LineRun[]): LineRun[] {
  const latest = new Map(runs.map((run) => [runKey(run), run]));
  return [...latest.values()].sort(
    (a, b) => a.start_ms - b.start_ms || (a.line < b.line ? -1 : a.line > b.line ? 1 : a.run - b.run),
  );
}

/** The evidence with one more run, or with newer figures for one that it has. */
export const withRunIn = (evidence: Evidence, run: LineRun): Evidence => ({
  ...evidence,
  line: [...evidence.line.filter((other) => !sameRun(other, run)), run],
});

/** Evidence as a store hands it back. JSON has no NaN: an unknown spread comes as null. */
export function readEvidence(saved: unknown, by: string): Evidence {
  const { lab, line, predictor } = (saved ?? {}) as Partial<Record<string, unknown>>;
  if (predictor !== by || !Array.isArray(lab) || !Array.isArray(line)) {
    throw new BadInputError('not a saved model', { where: `predictor ${by}` });
  }
  const evidence = {
    lab: lab.map((g: LabGroup) => ({ ...g, sd_mg_cm2: g.sd_mg_cm2 ?? Number.NaN })),
    line: line.map((r: LineRun) => ({ ...r, spread_mg_cm2: r.spread_mg_cm2 ?? Number.NaN })),
  };
  checkEvidence(evidence);
  return evidence;
}

export const saveEvidence = ({ lab, line }: Evidence, by: string): unknown => ({ predictor: by, lab, line });
