import { datasource } from './query.mjs';

const COLUMNS = 24;

/**
 * A dashboard from rows of panels: `[height, [panel, width], …]`. Ids count from 1 and positions follow from the
 * order, so that neither can clash.
 */
export function dashboard({ uid, title, description, variables, rows, annotations = [], from = 'now-8h' }) {
  const panels = [];
  let y = 0;
  for (const [h, ...placed] of rows) {
    let x = 0;
    for (const [panel, w] of placed) {
      panels.push({ id: panels.length + 1, gridPos: { x, y, w, h }, ...panel });
      x += w;
    }
    if (x > COLUMNS) throw new Error(`${title}: a row of ${x} columns`);
    y += h;
  }
  return {
    uid,
    title,
    description,
    tags: ['gapwise'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '30s',
    time: { from, to: 'now' },
    links: [
      {
        type: 'dashboards',
        title: 'gapwise',
        tags: ['gapwise'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        icon: 'external link',
        targetBlank: false,
        tooltip: '',
        url: '',
      },
    ],
    annotations: { list: annotations },
    templating: { list: variables },
    panels,
  };
}

/** A variable that people choose one value of, from a query. */
export const variable = (name, label, query, multi = false) => ({
  type: 'query',
  name,
  label,
  datasource,
  query,
  refresh: 2,
  sort: 1,
  multi,
  includeAll: multi,
  ...(multi && { allValue: '.*' }),
  hide: 0,
  skipUrlSync: false,
  regex: '',
  options: [],
});

export const line = variable('line', 'Line', 'SHOW TAG VALUES FROM "machine" WITH KEY = "line"');
export const host = variable('host', 'Host', 'SHOW TAG VALUES FROM "agent" WITH KEY = "host"');

/** Marks on every graph of the dashboard. */
export const annotation = (name, query, textColumn, iconColor) => ({
  name,
  datasource,
  enable: true,
  hide: false,
  iconColor,
  query,
  textColumn,
  target: { refId: 'Anno', query, textColumn, fromAnnotations: true },
});
