import type { PredictorSettings } from '../../config/predictor.ts';
import type { LabGroup, LineRun } from '../../core/prediction.ts';
import { observe, startPosterior } from './component.ts';
import { LENGTHS_UM, labHypers, runSds } from './hyper.ts';
import { type Layout, priorMean, priorVariance } from './layout.ts';
import { type Member, merged } from './member.ts';
import { medianVariance, rowVariance, scatterShape, WILD_LAB_GROUP, wildRun } from './noise.ts';
import type { Designer, Place } from './rows.ts';

/** The posterior as a whole: members weighted by their log weights. */
export type Ensemble = readonly Member[];

/** Everything that stays the same while runs come in. */
export interface Frame {
  readonly settings: PredictorSettings;
  readonly layout: Layout;
  readonly designer: Designer;
  readonly rowVariance: (gap_um: number) => number;
}

/**
 * The posterior from the lab alone. Many points go through the lab's data; then those of equal length and similar
 * bend are merged, for a line's run has to be learnt by every member, and take on the scatter between runs, of which
 * the lab says nothing.
 */
export function labEnsemble(frame: Frame, lab: readonly LabGroup[]): Ensemble {
  const { layout, settings } = frame;
  const mean = priorMean(layout, settings);
  const points = labHypers(settings, layout.slope).map(({ value: hyper, logWeight }): Member => {
    const start = startPosterior(mean, priorVariance(layout, settings, hyper), logWeight);
    const posterior = lab.reduce((before, group) => {
      const { row, unexplained } = frame.designer.at(labPlace(group))(hyper);
      const rows = frame.rowVariance(group.gap_um) / group.n;
      const variance = unexplained + rows + hyper.batch_sd ** 2 * scatterShape(group.gap_um);
      return observe(before, { row, value: group.mean_mg_cm2, variance, wild: WILD_LAB_GROUP }).posterior;
    }, start);
    return { hyper, run_sd: settings.run_sd_mg_cm2, posterior };
  });
  return hopeful(
    classes(points).flatMap((group) =>
      runSds(settings).map(({ value: run_sd, logWeight: own }) => {
        const logWeight = group.posterior.logWeight + own;
        return { ...group, run_sd, posterior: { ...group.posterior, logWeight } };
      }),
    ),
  );
}

/** Classes of the lab's bend for each length. */
const BENDS = 2;

/** Members of equal length and similar bend as one each. */
function classes(members: readonly Member[]): Member[] {
  const best = heaviest(members);
  return LENGTHS_UM.flatMap((length_um) => {
    const own = members
      .filter(({ hyper }) => hyper.length_um === length_um)
      .sort((a, b) => a.hyper.smooth_sd - b.hyper.smooth_sd)
      .map((member) => ({ member, weight: Math.exp(member.posterior.logWeight - best) }));
    const size = Math.ceil(own.length / BENDS);
    return Array.from({ length: BENDS }, (_, i) => own.slice(i * size, (i + 1) * size))
      .filter((group) => group.some(({ weight }) => weight > 0))
      .map((group) => merged(group).member);
  });
}

const labPlace = ({ gap_um, table, slurry }: LabGroup): Place => ({ target: 'lab', gap_um, table, slurry });

export const linePlace = (
  frame: Frame,
  { line, gap_um, slurry }: Pick<LineRun, 'line' | 'gap_um' | 'slurry'>,
): Place => ({
  target: 'line',
  gap_um,
  line,
  ...(frame.layout.linesWithSlurry.has(line) && { slurry }),
});

export const runVariance = ({ run_sd }: Member, gap_um: number): number => run_sd ** 2 * scatterShape(gap_um);

export interface ObservedRun {
  readonly ensemble: Ensemble;
  /** Probability that the run isn't wild, given all that came before it. */
  readonly good: number;
}

/** The posterior with one more run. */
export function observeRun(frame: Frame, before: Ensemble, run: LineRun): ObservedRun {
  const designs = frame.designer.at(linePlace(frame, run));
  // How a run wanders during its course is part of what runs differ by.
  const level = medianVariance(run, frame.settings);
  const wild = wildRun(run.scans);
  const best = heaviest(before);
  let good = 0;
  let sum = 0;
  const after = before.map((member): Member => {
    const { row, unexplained } = designs(member.hyper);
    const variance = unexplained + runVariance(member, run.gap_um) + level;
    const observed = observe(member.posterior, { row, value: run.level_mg_cm2, variance, wild });
    const weight = Math.exp(member.posterior.logWeight - best);
    good += weight * observed.good;
    sum += weight;
    return { ...member, posterior: observed.posterior };
  });
  return { ensemble: hopeful(after), good: good / sum };
}

export const heaviest = (ensemble: Ensemble): number =>
  Math.max(...ensemble.map(({ posterior }) => posterior.logWeight));

function hopeful(ensemble: Ensemble): Ensemble {
  const best = heaviest(ensemble);
  return ensemble.filter(({ posterior }) => posterior.logWeight > best - HOPELESS);
}

/** A member this far behind (nats; a share of 5e-5) never comes back: it is let go, which saves its upkeep. */
const HOPELESS = 10;

export const frameOf = (
  settings: PredictorSettings,
  layout: Layout,
  designer: Designer,
  lab: readonly LabGroup[],
): Frame => ({ settings, layout, designer, rowVariance: rowVariance(lab) });
