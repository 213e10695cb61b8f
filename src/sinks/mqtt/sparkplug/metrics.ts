import type { OutgoingMetric, OutgoingValue } from '../../../core/sparkplug/encode.ts';
import { dataType } from '../../../core/sparkplug/types.ts';
import { type GroupModel, groups, processValues, type VariableModel } from '../../line-model.ts';
import { units } from '../../line-units.ts';
import type { Change } from '../../line-view.ts';

/** What a birth says of a metric. */
export interface MetricModel {
  readonly name: string;
  readonly datatype: number;
  readonly variable: Omit<VariableModel, 'name'>;
}

/** The variable that a process value shows: its name in Sparkplug is that of the process value. */
const SIGNAL = '/AnalogSignal';

/** The metrics that every line has, whether anything is known of them or not. */
export function standingMetrics(): MetricModel[] {
  const values = Object.keys(processValues).map((name) => `ProcessValues/${name}${SIGNAL}`);
  return [
    ...values.map((path) => metricModel(path, undefined)),
    ...Object.entries(groups).flatMap(([group, model]) =>
      model.variables.map(({ name }) => metricModel(`${group}/${name}`, model)),
    ),
  ];
}

/** @param path of a variable: `GROUP/NAME`. */
export function metricModel(path: string, group: GroupModel | undefined): MetricModel {
  const variable = variableAt(path, group);
  return { name: metricName(path), datatype: datatypeOf(variable), variable };
}

export const metricName = (path: string): string =>
  path.endsWith(SIGNAL) ? path.slice(0, -SIGNAL.length) : path;

/** Quality codes of Sparkplug 3.0, 6.4.14. */
const quality = { good: 192, stale: 500 } as const;

export const qualityOf = (change: Pick<Change, 'quality'>): number =>
  change.quality === 'stale' ? quality.stale : quality.good;

/** Properties of a birth: quality, and what people need to make sense of the figure. */
export function birthProperties(
  { variable }: MetricModel,
  change: Change | undefined,
): Record<string, string | number> {
  return {
    Quality: change ? qualityOf(change) : quality.good,
    ...(variable.unit && { engUnit: units[variable.unit].symbol }),
    documentation: variable.description,
  };
}

/** Undefined for what is not known. */
export function metricValue(
  { variable }: MetricModel,
  change: Change | undefined,
): OutgoingValue | undefined {
  const value = change?.value;
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
  if (variable.states) return variable.states[Number(value)];
  return value as OutgoingMetric['value'];
}

function variableAt(path: string, group: GroupModel | undefined): Omit<VariableModel, 'name'> {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const found = group?.variables.find((variable) => variable.name === name);
  if (found) return found;
  const processValue = path.slice(0, slash).split('/').at(-1) as keyof typeof processValues;
  return { type: 'Double', ...processValues[processValue] };
}

function datatypeOf({ type, array, states }: Omit<VariableModel, 'name'>): number {
  // The name of a state says more to a host than its index, for which it has no list.
  if (states) return dataType.String;
  switch (type) {
    case 'Double':
      return array ? dataType.DoubleArray : dataType.Double;
    case 'UInt32':
      return array ? dataType.UInt32Array : dataType.UInt32;
    case 'String':
      return array ? dataType.StringArray : dataType.String;
    case 'Boolean':
      return dataType.Boolean;
    case 'DateTime':
      return dataType.DateTime;
  }
}
