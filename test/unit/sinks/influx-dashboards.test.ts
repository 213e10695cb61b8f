import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alarmsSchema } from '../../../src/config/alarms.ts';
import { measurements } from '../../../src/config/sinks.ts';
import { alertRules, dashboards, type Panel, provisioning } from '../../real/grafana-files.ts';

const sources = ['gapwise.yaml', 'influxdb-1x.yaml.sample'].map(
  (file) => provisioning(`datasources/${file}`) as { datasources: { uid: string; secureJsonData: object }[] },
);

test('the files are what their generator makes', async () => {
  const module = new URL('../../../deploy/grafana/build/index.mjs', import.meta.url).href;
  const { files } = (await import(module)) as { files: Map<string, string> };
  expect([...files.keys()].filter((path) => path.startsWith('dashboards/')).sort()).toEqual(
    readdirSync('deploy/grafana/dashboards')
      .map((file) => `dashboards/${file}`)
      .sort(),
  );
  for (const [path, text] of files) {
    expect(parse(readFileSync(join('deploy/grafana', path), 'utf8')), path).toEqual(parse(text));
  }
});

describe.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))('%s', (_, dashboard) => {
  const { panels } = dashboard;

  test('has panels with ids of their own that lie on the grid beside each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const {
      title,
      gridPos: { x, y, w, h },
    } of panels) {
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.get(`${column} ${row}`), `${title} over another`).toBeUndefined();
          taken.set(`${column} ${row}`, title);
        }
      }
    }
  });

  test('asks the provisioned data source, with the variables that it declares and no others', () => {
    const declared = dashboard.templating.list.map(({ name }) => name);
    const queries = [
      ...panels.flatMap(({ targets }) => targets.map(({ query }) => query)),
      ...dashboard.templating.list.map(({ query }) => query),
      ...dashboard.annotations.list.map(({ query }) => query),
    ];
    const used = new Set(queries.flatMap(variablesIn));
    expect([...used].sort()).toEqual([...declared].sort());
    for (const { datasources } of sources) {
      const uid = datasources[0]?.uid;
      for (const { datasource, targets } of panels) {
        for (const reference of [datasource, ...targets.map((target) => target.datasource)]) {
          expect(reference).toEqual({ type: 'influxdb', uid });
        }
      }
    }
  });

  test('asks for measurements that are written, in panels with a title and queries of their own', () => {
    for (const { title, targets } of panels) {
      expect(title).not.toBe('');
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const { query } of targets) {
        for (const [, from] of query.matchAll(/FROM "(\w+)"/g)) expect(measurements, title).toContain(from);
      }
    }
  });

  test('says the unit of every graph', () => {
    const graphs = panels.filter(({ type }) => ['timeseries', 'stat', 'trend', 'heatmap'].includes(type));
    const without = graphs.filter((panel) => unitOf(panel) === undefined).map(({ title }) => title);
    // A parameter of any kind, and a yes or no.
    expect(without.filter((title) => !['Machine parameter', 'Certified'].includes(title))).toEqual([]);
  });
});

test('dashboards have uids and titles of their own', () => {
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(5);
  expect(new Set(dashboards.map(({ title }) => title)).size).toBe(5);
});

describe('alert rules', () => {
  test('go from a query over the latest value to a limit', () => {
    expect(new Set(alertRules.map(({ uid }) => uid)).size).toBe(alertRules.length);
    for (const { condition, data } of alertRules) {
      expect(data.map(({ refId }) => refId)).toEqual(['A', 'B', 'C']);
      expect(condition).toBe('C');
      expect(data.slice(1).map(({ model }) => model.expression)).toEqual(['A', 'B']);
      expect(data[0]?.datasourceUid).toBe('gapwise-influx');
      // Grafana replaces its environment in these files; a dollar sign would be taken for a variable of it.
      expect(data[0]?.model.query?.replace(/\$\//g, '')).not.toContain('$');
    }
  });

  test('ask for alarms that the agent has', () => {
    const known = Object.keys(alarmsSchema.shape).map((key) => key.replaceAll('_', '-'));
    const asked = alertRules.flatMap(({ data }) => alarmsIn(data[0]?.model.query ?? ''));
    expect(asked.length).toBeGreaterThan(5);
    for (const alarm of asked) expect(known).toContain(alarm);
  });

  test('raise an alert when nothing comes', () => {
    const silent = alertRules.find(({ uid }) => uid === 'gapwise-silent');
    expect(silent?.noDataState).toBe('Alerting');
  });
});

test('no secret stands in the provisioning: each is a variable of the environment', () => {
  for (const { datasources } of sources) {
    for (const { secureJsonData } of datasources) {
      for (const secret of Object.values(secureJsonData)) expect(secret).toMatch(/\$[A-Z_]+$/);
    }
  }
});

const builtIn = new Set(['timeFilter', '__interval']);

const variablesIn = (query: string): string[] =>
  [...query.matchAll(/\$(\w+)/g)].map(([, name]) => name!).filter((name) => !builtIn.has(name));

const alarmsIn = (query: string): string[] => /\^\(([\w|-]+)\)/.exec(query)?.[1]?.split('|') ?? [];

const unitOf = ({ fieldConfig }: Panel): string | undefined => fieldConfig.defaults.unit;
