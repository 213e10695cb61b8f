import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import type { LabConfig, LabTableConfig } from '../config/lab.ts';
import { BadInputError } from '../core/errors.ts';
import type { Evidence, LabGroup, LineRun } from '../core/prediction.ts';
import { type LabTableOptions, readLabTable } from '../sources/tables/lab.ts';
import { type LineRow, readLineTable } from '../sources/tables/line.ts';
import type { ScannedRun } from './evaluate/held-out.ts';
import { lineRunOf, type RunFigures, runFigures } from './runs.ts';

/** All groups of several lab tables. @throws BadInputError naming file, line and column. */
export const readLabFiles = (paths: readonly string[], options: LabTableOptions = {}): LabGroup[] =>
  paths.flatMap((path) => readLabTable(path, options).groups);

/**
 * The runs of a table of scans, in its order. Rows that a study sampled from a model are left out. A table that
 * doesn't number its runs is cut where the gap changes. A scan table has no clock, only an order: the number of a
 * run's first scan stands for its time.
 *
 * @throws BadInputError where the table has no loadings.
 */
export function readScannedRuns(path: string, line = basename(path).replace(/\.[^.]+$/, '')): ScannedRun[] {
  const rows = readLineTable(path).filter(({ measured }) => measured);
  if (rows.length === 0 || rows.some(({ lanes_mg_cm2 }) => lanes_mg_cm2.length === 0)) {
    throw new BadInputError('no measured loadings', {
      where: path,
      allowed: 'columns such as lane_0, lane_1',
    });
  }
  return cutIntoRuns(rows).map((scans, index) => {
    const [first] = scans as [LineRow];
    const run = first.run > 0 ? first.run : index + 1;
    const means = scans.map(({ lanes_mg_cm2 }) => mean(lanes_mg_cm2));
    const figures = scans.reduce<RunFigures | undefined>(
      (before, scan, i) =>
        runFigures(before, {
          line,
          run,
          gap_um: first.reconstructedGap_um,
          lanes_mg_cm2: scan.lanes_mg_cm2,
          mean_mg_cm2: means[i] as number,
          head_ms: first.scan,
          aggregated: false,
        }),
      undefined,
    ) as RunFigures;
    return {
      run: lineRunOf(figures),
      nominalGap_um: first.gap_um,
      scans_mg_cm2: means,
      lanes_mg_cm2: scans.map((s) => s.lanes_mg_cm2),
    };
  });
}

function cutIntoRuns(rows: readonly LineRow[]): LineRow[][] {
  const runs: LineRow[][] = [];
  for (const row of rows) {
    const last = runs.at(-1)?.at(-1);
    const same = last && last.run === row.run && last.reconstructedGap_um === row.reconstructedGap_um;
    if (same) (runs.at(-1) as LineRow[]).push(row);
    else runs.push([row]);
  }
  return runs;
}

/** All groups of the lab tables of a configuration in `folder`. @throws BadInputError naming file, line and column. */
export const readConfiguredLab = ({ also, ...first }: LabConfig, folder: string): LabGroup[] =>
  [first, ...also].flatMap(({ file, columns, where }: LabTableConfig) => {
    const rows = Object.entries(where).map(([column, value]) => ({ column, value }));
    return readLabTable(resolve(folder, file), { columns, where: rows }).groups;
  });

/**
 * Runs of past campaigns, one table of scans each, as lines named after their files: a machine is set up anew for a
 * campaign, so that one lends the next what lines have in common, and no more. They come before all others, in the
 * order of the files.
 */
export function readPastRuns(paths: readonly string[]): LineRun[] {
  return paths.flatMap((path, index) => {
    const runs = readScannedRuns(path, `past ${basename(path).replace(/\.[^.]+$/, '')}`).map(
      ({ run }) => run,
    );
    const end = Math.max(0, ...runs.map(({ start_ms }) => start_ms)) + 1;
    return runs.map((run) => ({
      ...run,
      start_ms: run.start_ms - end - CAMPAIGN_MS * (paths.length - index),
    }));
  });
}

/** Sets campaigns apart in time; scan tables have no clock that all of them share. */
const CAMPAIGN_MS = 1e9;

/** Scans that tell no runs: those of one gap count as one run. */
export function runsByGap(scans: readonly Pick<LineRow, 'gap_um' | 'lanes_mg_cm2'>[]): LineRun[] {
  const byGap = new Map<number, RunFigures>();
  for (const { gap_um, lanes_mg_cm2 } of scans) {
    const before = byGap.get(gap_um);
    const scan = {
      line: 'line',
      run: before?.run ?? byGap.size + 1,
      gap_um,
      lanes_mg_cm2,
      mean_mg_cm2: mean(lanes_mg_cm2),
      head_ms: before?.start_ms ?? byGap.size,
      aggregated: false,
    };
    byGap.set(gap_um, runFigures(before, scan));
  }
  return [...byGap.values()].map((figures) => lineRunOf(figures));
}

/** Names a state of knowledge: equal evidence and settings give equal versions. */
export function versionOf(evidence: Evidence, settings: unknown): string {
  const text = JSON.stringify([settings, evidence.lab, evidence.line]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
