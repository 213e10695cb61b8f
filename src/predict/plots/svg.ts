/** Plot area of one panel (pixels) and the data that it spans. */
export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
  /** Of the whole picture (pixels); 560 × 380 where absent. */
  readonly size?: readonly [width: number, height: number];
  /** In place of round numbers, e.g. times of day. */
  readonly xTicks?: readonly { readonly value: number; readonly text: string }[];
}

export type Point = readonly [x: number, y: number];

const WIDTH = 560;
const HEIGHT = 380;
const MARGIN = { left: 62, right: 18, top: 34, bottom: 48 } as const;

/** Places data in the panel's pixels. */
export interface Scale {
  x(value: number): number;
  y(value: number): number;
}

/**
 * One panel with axes and whatever `draw` puts into it, as an SVG document of its own. Text is escaped, numbers are
 * rounded to a tenth of a pixel, so that equal data give equal files.
 */
export function svgPanel(panel: Panel, draw: (scale: Scale) => readonly string[]): string {
  const [width, height] = panel.size ?? [WIDTH, HEIGHT];
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
  const [x, y] = [widened(panel.x), widened(panel.y)];
  const scale: Scale = {
    x: (value) => left + ((value - x[0]) / (x[1] - x[0])) * (right - left),
    y: (value) => bottom - ((value - y[0]) / (y[1] - y[0])) * (bottom - top),
  };
  const xTicks = (panel.xTicks ?? ticks(x).map((value) => ({ value, text: tickText(value) }))).map(
    ({ value, text: words }) =>
      `<path d="M${px(scale.x(value))} ${top}V${bottom}" class="grid"/>` +
      text(scale.x(value), bottom + 18, 'middle', words),
  );
  const yTicks = ticks(y).map(
    (value) =>
      `<path d="M${left} ${px(scale.y(value))}H${right}" class="grid"/>` +
      text(left - 8, scale.y(value) + 4, 'end', tickText(value)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(panel.title)}">`,
    `<style>text{font:12px sans-serif;fill:#222}.title{font-weight:bold;font-size:14px}.grid{stroke:#ddd;fill:none}</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...xTicks,
    ...yTicks,
    ...draw(scale),
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="#555"/>`,
    `<text x="${left}" y="20" class="title">${escaped(panel.title)}</text>`,
    text((left + right) / 2, height - 10, 'middle', panel.xLabel),
    `<text transform="translate(16 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(panel.yLabel)}</text>`,
    '</svg>',
  ].join('\n');
}

/** Several panels under one another as one document. */
export function svgColumn(panels: readonly string[]): string {
  const nested = panels.map((panel, i) => panel.replace('<svg ', `<svg y="${i * HEIGHT}" `));
  const height = panels.length * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    ...nested,
    '</svg>\n',
  ].join('\n');
}

export const line = (points: readonly Point[], scale: Scale, style: string): string =>
  points.length === 0 ? '' : `<path d="${path(points, scale)}" fill="none" style="${style}"/>`;

/** The area between two curves over the same x. */
export const band = (low: readonly Point[], high: readonly Point[], scale: Scale, style: string): string =>
  low.length === 0 ? '' : `<path d="${path([...high, ...[...low].reverse()], scale)}Z" style="${style}"/>`;

export const dots = (points: readonly Point[], scale: Scale, radius: number, style: string): string =>
  points
    .map(([x, y]) => `<circle cx="${px(scale.x(x))}" cy="${px(scale.y(y))}" r="${radius}" style="${style}"/>`)
    .join('');

export const label = (at: Point, scale: Scale, words: string): string =>
  text(scale.x(at[0]) + 6, scale.y(at[1]) - 6, 'start', words);

const path = (points: readonly Point[], scale: Scale): string =>
  points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(scale.x(x))} ${px(scale.y(y))}`).join('');

const text = (x: number, y: number, anchor: string, words: string): string =>
  `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;

const px = (value: number): string => String(Math.round(value * 10) / 10);

/** For text and attribute values of SVG and HTML. */
export const escaped = (words: string): string =>
  words.replace(
    /[&<>"']/g,
    (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[mark] as string,
  );

/** A range of some width, for data that are all equal. */
const widened = ([low, high]: readonly [number, number]): readonly [number, number] =>
  high > low ? [low, high] : [low - 0.5, low + 0.5];

/** Four to ten round numbers inside the range. */
function ticks([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

const tickText = (value: number): string => String(Number(value.toPrecision(6)));
