import { datasource } from './query.mjs';

/** Panels in the form of Grafana's dashboard schema, with what all of ours have in common. */

const panel = (
  type,
  title,
  queries,
  { unit, decimals, thresholds, min, max, custom, overrides, mappings, ...more },
) => ({
  type,
  title,
  datasource,
  targets: queries.map((query, i) => query(String.fromCharCode(65 + i))),
  fieldConfig: {
    defaults: {
      ...(unit && { unit }),
      ...(decimals !== undefined && { decimals }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(mappings && { mappings }),
      ...(thresholds && { thresholds: { mode: 'absolute', steps: thresholds } }),
      ...(custom && { custom }),
    },
    overrides: overrides ?? [],
  },
  ...more,
});

/** Thresholds from the lowest up: `steps('green', [0.5, 'orange'], [0.75, 'red'])`. */
export const steps = (base, ...above) => [
  { color: base, value: null },
  ...above.map(([value, color]) => ({ color, value })),
];

/** Loading: Grafana has no mg/cm² of its own. */
export const LOADING = 'suffix: mg/cm²';
export const MICROMETRE = 'lengthum';

const legend = { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true };
const tooltip = { mode: 'multi', sort: 'none' };

export const graph = (title, queries, { style = {}, ...settings } = {}) =>
  panel('timeseries', title, queries, {
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: 0,
      showPoints: 'never',
      spanNulls: false,
      ...style,
    },
    options: { legend, tooltip },
    ...settings,
  });

export const dots = { drawStyle: 'points', pointSize: 5, showPoints: 'always' };
export const bars = {
  drawStyle: 'bars',
  fillOpacity: 80,
  lineWidth: 0,
  stacking: { mode: 'normal', group: 'A' },
};
export const stepped = { lineInterpolation: 'stepAfter', lineWidth: 2, spanNulls: true };

/** A band between the series `low` and `high`. */
export const band = (low, high, color) => [
  byName(low, { lineWidth: 0, hideFrom: { legend: true, tooltip: false, viz: false } }, color),
  byName(high, { lineWidth: 0, fillBelowTo: low, fillOpacity: 20 }, color),
];

/** Settings of one series. */
export const byName = (name, custom, color) => ({
  matcher: { id: 'byName', options: name },
  properties: [
    ...Object.entries(custom).map(([key, value]) => ({ id: `custom.${key}`, value })),
    ...(color ? [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }] : []),
  ],
});

export const stat = (title, query, { calc = 'lastNotNull', ...settings } = {}) =>
  panel('stat', title, [query], {
    options: {
      reduceOptions: { calcs: [calc], fields: settings.text ? '/.*/' : '', values: false },
      colorMode: settings.thresholds ? 'background' : 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: 'auto',
    },
    ...settings,
  });

export const table = (title, query, settings = {}) =>
  panel('table', title, [query], {
    options: {
      showHeader: true,
      cellHeight: 'sm',
    },
    ...settings,
  });

export const heatmap = (title, query, settings = {}) =>
  panel('heatmap', title, [query], {
    custom: {
      scaleDistribution: { type: 'linear' },
      hideFrom: { legend: false, tooltip: false, viz: false },
    },
    options: {
      calculate: false,
      cellGap: 0,
      color: {
        mode: 'scheme',
        scheme: 'Viridis',
        steps: 64,
        exponent: 0.5,
        fill: 'dark-orange',
        reverse: false,
      },
      exemplars: { color: 'red' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      showValue: 'never',
      tooltip: { mode: 'single', yHistogram: false, showColorScale: true },
      yAxis: { axisPlacement: 'left', reverse: false },
    },
    ...settings,
  });

export const barGauge = (title, query, settings = {}) =>
  panel('bargauge', title, [query], {
    options: {
      displayMode: 'basic',
      orientation: 'vertical',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      showUnfilled: false,
      minVizHeight: 10,
      minVizWidth: 8,
      namePlacement: 'auto',
      sizing: 'auto',
      valueMode: 'hidden',
    },
    ...settings,
  });

export const histogram = (title, query, { bucketSize, ...settings }) =>
  panel('histogram', title, [query], {
    custom: { fillOpacity: 80, lineWidth: 1 },
    options: { bucketSize, combine: true, legend, tooltip },
    ...settings,
  });

/** Values over another quantity than time. */
export const trend = (title, query, xField, settings = {}) =>
  panel('trend', title, [query], {
    custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 0, showPoints: 'never' },
    options: { xField, legend, tooltip },
    transformations: [
      {
        id: 'convertFieldType',
        options: { conversions: [{ targetField: xField, destinationType: 'number' }], fields: {} },
      },
      { id: 'sortBy', options: { fields: {}, sort: [{ field: xField }] } },
    ],
    ...settings,
  });

export const stateTimeline = (title, query, settings = {}) =>
  panel('state-timeline', title, [query], {
    custom: { fillOpacity: 80, lineWidth: 0 },
    options: { alignValue: 'left', legend, mergeValues: true, rowHeight: 0.9, showValue: 'auto', tooltip },
    ...settings,
  });

/** Words in place of the codes of a state. */
export const words = (...pairs) => [
  {
    type: 'value',
    options: Object.fromEntries(pairs.map(([value, text, color], index) => [value, { text, color, index }])),
  },
];
