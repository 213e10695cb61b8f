import type { PredictorSettings } from '../../config/predictor.ts';
import type { Evidence, LineRun } from '../../core/prediction.ts';
import { checkRun, runsInOrder, sameRun, withRunIn } from '../evidence.ts';
import { type Ensemble, type Frame, frameOf, labEnsemble, observeRun } from './ensemble.ts';
import { type LaneProfiles, withLanes } from './lanes.ts';
import { layoutOf, slurryKnown } from './layout.ts';
import type { Spokesman } from './member.ts';
import { spokesmen } from './outlook.ts';
import { createDesigner } from './rows.ts';
import { knotsUpTo } from './smooth.ts';

/** What has been learnt up to some point of the sequence of runs. */
export interface Knowledge {
  readonly ensemble: Ensemble;
  /** The ensemble in few members; made when first asked for. */
  readonly spokesmen: () => readonly Spokesman[];
  readonly lanes: LaneProfiles;
}

export interface State {
  readonly frame: Frame;
  readonly lab: Evidence['lab'];
  /** Runs in the order in which they were learnt; the last ones may still be under way. */
  readonly runs: readonly LineRun[];
  /** What was known before each of the last few runs, so that newer figures of these can replace older ones. */
  readonly before: readonly Knowledge[];
  readonly now: Knowledge;
}

/** Two gauges, or a slow web, may bring scans of so many runs at a time. */
const RUNS_UNDER_WAY = 3;

/**
 * Learns lab groups, then runs in the order in which they began: each is weighed by what was known before it, so
 * that learning all at once and one by one is the same computation.
 */
export function learn(evidence: Evidence, settings: PredictorSettings): State {
  const runs = runsInOrder(evidence.line);
  const layout = layoutOf(evidence.lab, runs, settings);
  const frame = frameOf(settings, layout, createDesigner(layout, settings), evidence.lab);
  const now = knowledgeOf(labEnsemble(frame, evidence.lab), new Map());
  return runs.reduce(append, { frame, lab: evidence.lab, runs: [], before: [], now });
}

function append(state: State, run: LineRun): State {
  return {
    ...state,
    runs: [...state.runs, run],
    before: [...state.before, state.now].slice(-RUNS_UNDER_WAY),
    now: knowing(state.frame, state.now, run),
  };
}

function knowing(frame: Frame, before: Knowledge, run: LineRun): Knowledge {
  const { ensemble, good } = observeRun(frame, before.ensemble, run);
  return knowledgeOf(ensemble, withLanes(before.lanes, run, good, frame.settings));
}

const knowledgeOf = (ensemble: Ensemble, lanes: LaneProfiles): Knowledge => ({
  ensemble,
  spokesmen: once(() => spokesmen(ensemble)),
  lanes,
});

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * The state with one more run, or with newer figures of one that it has.
 *
 * @throws BadInputError for a run whose figures can't be ones.
 */
export function withRun(state: State, run: LineRun): State {
  checkRun(run);
  const index = state.runs.findLastIndex((other) => sameRun(other, run));
  if (fits(state, run)) {
    if (index < 0 && inOrder(state, run)) return append(state, run);
    const known = state.runs[index];
    const back = state.runs.length - index;
    if (known?.start_ms === run.start_ms && back <= state.before.length) {
      return state.runs.slice(index + 1).reduce(append, append(backBy(state, back), run));
    }
  }
  // A new line, or a change to the past: rare, and the order of learning must be that of the runs.
  return learn(withRunIn({ lab: state.lab, line: state.runs }, run), state.frame.settings);
}

/** Whether the run's line, slurry and gap have their places in the layout, as they would if learnt afresh. */
function fits({ frame: { layout } }: State, { line, slurry, gap_um }: LineRun): boolean {
  const sameSlurry = layout.linesWithSlurry.has(line) === slurryKnown(slurry);
  return layout.lines.has(line) && sameSlurry && knotsUpTo(gap_um) <= layout.knots;
}

function inOrder({ runs }: State, run: LineRun): boolean {
  const last = runs.at(-1);
  return !last || runsInOrder([last, run])[1] === run;
}

/** The state before the last so many runs. */
function backBy(state: State, runs: number): State {
  return {
    ...state,
    runs: state.runs.slice(0, -runs),
    before: state.before.slice(0, -runs),
    now: state.before.at(-runs) as Knowledge,
  };
}
