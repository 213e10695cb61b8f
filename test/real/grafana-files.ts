import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the tests read of a dashboard, in the words of Grafana's dashboard schema. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: Reference;
  readonly targets: readonly Target[];
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
}

export interface Target {
  readonly refId: string;
  readonly datasource: Reference;
  readonly query: string;
  readonly resultFormat: 'time_series' | 'table';
}

export interface Reference {
  readonly type: string;
  readonly uid: string;
}

export interface Variable {
  readonly name: string;
  readonly query: string;
  readonly datasource: Reference;
}

export interface Annotation {
  readonly name: string;
  readonly query: string;
  readonly textColumn: string;
}

export interface AlertRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly noDataState: string;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: { readonly query?: string; readonly expression?: string };
  }[];
}

const folder = 'deploy/grafana';

export const dashboards: readonly Dashboard[] = readdirSync(join(folder, 'dashboards')).map(
  (file) => JSON.parse(readFileSync(join(folder, 'dashboards', file), 'utf8')) as Dashboard,
);

export function provisioning(file: string): unknown {
  return parse(readFileSync(join(folder, 'provisioning', file), 'utf8'));
}

export const alertRules: readonly AlertRule[] = (
  provisioning('alerting/gapwise.yaml') as { groups: { rules: AlertRule[] }[] }
).groups.flatMap(({ rules }) => rules);
