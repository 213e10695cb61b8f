import type { AlarmReport } from '../core/alarm.ts';
import type { Figure } from '../core/figure.ts';
import type { Learner } from './learner.ts';

export interface LineStanding {
  readonly line: string;
  /** Of the newest message worked off. */
  readonly position: number;
  /** Of the newest message that was given to the journal. */
  readonly last: number;
  readonly appends: { readonly count: number; readonly taken_ms: number };
  readonly learner: Learner;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly alarms: readonly AlarmReport[];
}

/** How a line stands just now, in the terms of Prometheus. */
export function* lineFigures(standing: LineStanding): Iterable<Figure> {
  const { line, position, last, appends, learner, deadLetters, alarms } = standing;
  const figure =
    (type: Figure['type']) =>
    (name: string, help: string, value: number, labels: Record<string, string> = {}): Figure => ({
      name: `gapwise_${name}`,
      help,
      type,
      labels: { line, ...labels },
      value,
    });
  const [counter, gauge] = [figure('counter'), figure('gauge')];
  for (const [reason, count] of Object.entries(deadLetters)) {
    yield counter('dead_letters_total', 'What could not be used, by reason.', count, { reason });
  }
  yield gauge('journal_position', 'Journal position of the newest message worked off.', position);
  yield gauge('journal_lag', 'Messages that the journal has and that wait.', Math.max(0, last - position));
  yield counter('journal_appends_total', 'Messages that were committed to the disk.', appends.count);
  yield counter(
    'journal_append_seconds_total',
    'Time from arrival to disk, summed.',
    appends.taken_ms / 1000,
  );
  yield counter(
    'model_observations_total',
    'Observations that the model has learnt.',
    learner.forecaster.observations,
  );
  yield gauge('model_runs', 'Runs that the model has learnt.', learner.forecaster.runs.length);
  const { current } = learner.abstraction;
  if (current) {
    yield gauge('abstraction_version', 'Version of the abstraction in force.', current.version);
    yield gauge(
      'abstraction_error',
      'Its largest consistency error, Jensen-Shannon distance.',
      current.error,
    );
  }
  for (const [state, count] of statesOf(alarms)) {
    yield gauge('alarms', 'Alarms that are not normal, by ISA-18.2 state.', count, { state });
  }
}

function statesOf(alarms: readonly AlarmReport[]): ReadonlyMap<string, number> {
  const states = new Map<string, number>(['UNACK', 'ACKED', 'RTNUN', 'SHLVD'].map((state) => [state, 0]));
  for (const { state } of alarms) states.set(state, (states.get(state) ?? 0) + 1);
  return states;
}
