/**
 * What each line shows to plant systems, as data: names, types and units. The OPC UA output makes nodes of it, the
 * Sparkplug output metrics; `line-updates.ts` gives them values.
 */
import type { Extrapolation } from '../core/prediction.ts';
import type { AdapterStatus } from '../core/source.ts';
import type { Unit } from './line-units.ts';

export interface VariableModel {
  readonly name: string;
  readonly type: 'Double' | 'UInt32' | 'Boolean' | 'String' | 'DateTime';
  readonly array?: true;
  /** Makes it an analogue item with unit and range. */
  readonly unit?: Unit;
  /** Makes it a discrete item whose value is an index into these. */
  readonly states?: readonly string[];
  /** Clients can read its past values. */
  readonly history?: true;
  readonly description: string;
}

export interface GroupModel {
  /** Browse name of its ObjectType. */
  readonly type: string;
  readonly description: string;
  readonly variables: readonly VariableModel[];
  /** What keeps it up to date: without it for long its values are marked as the last usable ones. */
  readonly freshBy?: 'gap' | 'observation';
}

export const extrapolations: readonly Extrapolation[] = ['none', 'within', 'outside'];

export const adapterStates: readonly AdapterStatus['state'][] = [
  'connecting',
  'connected',
  'degraded',
  'disconnected',
  'stopped',
];

const figure = (name: string, unit: Unit, description: string, more: Partial<VariableModel> = {}) =>
  ({ name, type: 'Double', unit, description, ...more }) as const satisfies VariableModel;
const curve = (name: string, unit: Unit, description: string) =>
  figure(name, unit, description, { array: true });
const text = (name: string, description: string) =>
  ({ name, type: 'String', description }) as const satisfies VariableModel;
const count = (name: string, description: string) =>
  ({ name, type: 'UInt32', description }) as const satisfies VariableModel;
const time = (name: string, description: string) =>
  ({ name, type: 'DateTime', description }) as const satisfies VariableModel;
const flag = (name: string, description: string) =>
  ({ name, type: 'Boolean', description }) as const satisfies VariableModel;
const known = (description: string) =>
  ({ name: 'Extrapolation', type: 'UInt32', states: extrapolations, description }) as const;

/** A distribution of loadings: the same names wherever one stands. */
const distribution = (of: string, more: Partial<VariableModel> = {}) => [
  figure('Mean', 'mg/cm²', `Expected mass loading ${of}.`, more),
  figure('StandardDeviation', 'mg/cm²', `Standard deviation ${of}.`),
  figure('Low50', 'mg/cm²', `Low end of the 50 % interval ${of}.`),
  figure('High50', 'mg/cm²', `High end of the 50 % interval ${of}.`),
  figure('Low90', 'mg/cm²', `Low end of the 90 % interval ${of}.`, more),
  figure('High90', 'mg/cm²', `High end of the 90 % interval ${of}.`, more),
];

/** Groups of every line, by their path below it. */
export const groups = {
  Prediction: {
    type: 'PredictionType',
    description: 'Mass loading of the run under way, as the model now expects it.',
    freshBy: 'observation',
    variables: [
      figure('Gap', 'µm', 'Comma gap of the run that the gauge sees.'),
      ...distribution('of this run', { history: true }),
      known('Whether the line has run this gap, one on either side, or none so far out.'),
      figure('DistanceToData', 'µm', 'From the gap to the nearest one that the line has run.'),
      text('ModelVersion', 'Equal versions of a line give equal predictions.'),
    ],
  },
  Curve: {
    type: 'CurveType',
    description: 'Mass loading of the next run over comma gap; one element for each gap, ascending.',
    variables: [
      curve('Gap', 'µm', 'Comma gaps.'),
      ...distribution('of the next run').map((variable) => ({ ...variable, array: true as const })),
      {
        name: 'Extrapolation',
        type: 'UInt32',
        array: true,
        description: '0: the line has run this gap; 1: between gaps that it ran; 2: beyond all of them.',
      },
      text('ModelVersion', 'Equal versions of a line give equal predictions.'),
    ],
  },
  CurrentRun: {
    type: 'RunType',
    description: 'The latest run that the gauge has seen, and what was predicted before its first scan.',
    freshBy: 'observation',
    variables: [
      count('Run', "Counts the line's runs, from 1."),
      figure('Gap', 'µm', 'Comma gap of the run.'),
      figure('MeasuredLevel', 'mg/cm²', 'Median over the scans of the mean across the web.', {
        history: true,
      }),
      figure('MeasuredSpread', 'mg/cm²', 'Robust standard deviation of the scans about that level.'),
      count('Scans', 'Accepted scans of the run so far.'),
      ...distribution('before the first scan').map((variable) => ({
        ...variable,
        name: `Predicted${variable.name}`,
      })),
    ],
  },
  Coating: {
    type: 'CoatingType',
    description: 'The latest run at the coating head, minutes before the gauge sees it.',
    variables: [
      count('Run', "Counts the line's runs, from 1."),
      figure('Gap', 'µm', 'Comma gap of the run.'),
      flag('Running', 'Whether the run goes on.'),
      time('Start', 'When it began.'),
      time('End', 'When it ended; no data while it goes on.'),
    ],
  },
  Advice: {
    type: 'AdviceType',
    description: 'Comma gap to set for the target. Advice only: gapwise never writes to a machine.',
    variables: [
      figure('Target', 'mg/cm²', 'Wanted mass loading, from the configuration.'),
      figure('Tolerance', 'mg/cm²', 'Half width of what is still good.'),
      figure('Gap', 'µm', 'Comma gap to set.', { history: true }),
      figure('Low90', 'µm', 'Low end of the 90 % interval of the gap.'),
      figure('High90', 'µm', 'High end of the 90 % interval of the gap.'),
      figure('InTolerance', '%', 'Probability that a run at that gap is within the tolerance.'),
      flag('Reachable', 'False where no gap gives the target; the gap is then the nearest end of the range.'),
      known('Whether the line has run that gap, one on either side, or none so far out.'),
      { name: 'Remarks', type: 'String', array: true, description: 'Limits reached and the like, in words.' },
      text('ModelVersion', 'Of the model that gave the advice.'),
    ],
  },
  Abstraction: {
    type: 'AbstractionType',
    description: "The learned map from the line's model to the lab's.",
    variables: [
      count('Version', 'Counts from 1.'),
      figure('Error', '1', 'Largest Jensen-Shannon distance over the interventions.', { history: true }),
      figure('LowerBound', '1', 'Equal to the error where the optimum is certified.'),
      flag('Certified', 'Whether the bound proves that no map is better.'),
      { name: 'Ties', type: 'Double', description: 'Pairs of maps that reach the same error.' },
      text('Reason', 'Why this version replaced the one before.'),
      text('Solver', 'How it was found.'),
      count('Observations', 'Scans learnt from.'),
      curve('LineGaps', 'µm', 'Gaps of the line, ascending.'),
      curve('Errors', '1', 'Jensen-Shannon distance at each gap of the line.'),
      curve('MappedLabGaps', 'µm', 'Gap of the lab to which each gap of the line is mapped.'),
    ],
  },
  Alarms: {
    type: 'AlarmListType',
    description: 'Alarms after ISA-18.2; each that ever came has an object of its own below.',
    variables: [
      count('Active', 'Alarms whose condition is there and that are not shelved.'),
      count('Unacknowledged', 'Alarms that wait for somebody to take note.'),
      text('HighestPriority', 'Of those active: high, medium, low or empty.'),
    ],
  },
  Health: {
    type: 'HealthType',
    description: 'Whether the figures can be relied upon.',
    variables: [
      text('ModelVersion', 'Equal versions of a line give equal predictions.'),
      figure('MachineDataAge', 's', 'From the latest comma gap to now.'),
      figure('ScanAge', 's', 'From the latest scan to now, used or not.'),
      figure('ObservationAge', 's', 'From the latest accepted scan to now.'),
      count('DroppedScans', 'Scans not used since the agent started.'),
      text('LastDropReason', 'Why the latest of them was not used.'),
      count('DeadLetters', 'Messages that could not be used since the agent started.'),
      count('Outages', 'Holes in the data since the agent started.'),
      text('LastOutage', 'The latest of them in words.'),
    ],
  },
} as const satisfies Record<string, GroupModel>;

/** One object for each alarm that ever came. */
export const alarmModel = {
  type: 'AlarmType',
  description: 'An alarm after ISA-18.2.',
  variables: [
    text('State', 'NORM, UNACK, ACKED, RTNUN or SHLVD.'),
    flag('Active', 'Whether the condition is there, also while shelved.'),
    text('Priority', 'low, medium or high.'),
    time('Since', 'When the condition last came.'),
    text('Detail', 'What happened, in words.'),
    text('By', 'Who acknowledged or shelved it last.'),
    text('Comment', 'What they said.'),
    time('ShelvedUntil', 'No data unless shelved.'),
  ],
} as const satisfies GroupModel;

/** One object for each source. */
export const adapterModel = {
  type: 'AdapterType',
  description: 'A source of the line.',
  variables: [
    { name: 'State', type: 'UInt32', states: adapterStates, description: 'State of the connection.' },
    text('Detail', 'The same in words.'),
  ],
} as const satisfies GroupModel;

/** Process values after OPC 40001-2, each a ProcessValueType whose AnalogSignal carries the figure. */
export const processValues = {
  MassLoading: {
    unit: 'mg/cm²',
    freshBy: 'observation',
    description: 'Mean mass loading across the web of the latest accepted scan.',
  },
  CommaGap: {
    unit: 'µm',
    freshBy: 'gap',
    description: 'Comma gap at the coating head, mean of both sides.',
  },
} as const satisfies Record<string, { unit: Unit; freshBy: 'gap' | 'observation'; description: string }>;

export type GroupName = keyof typeof groups;
export type ProcessValueName = keyof typeof processValues;
