import { MAX_DISTANCE } from './divergence.ts';
import { type AbstractionMaps, type AbstractionProblem, outcomeName } from './problem.ts';

/** What a picture of an abstraction shows. */
export interface PlottedAbstraction extends AbstractionMaps {
  readonly error: number;
  readonly lowerBound: number;
  readonly errors: readonly number[];
  readonly title?: string;
}

const CELL = 34;
/** Room for row labels and the name of the rows to their left. */
const LEFT = 84;
const TOP = 112;
const BETWEEN = 96;
const BARS = 150;
const MARGIN = 32;
/** Below a matrix or the bars: column labels and the name of the columns. */
const FOOT = 50;
// Colours that stay apart for colour-blind readers and in grey print (Okabe and Ito 2008).
const INK = '#1b1b1b';
const QUIET = '#5b6570';
const RULE = '#dfe3e8';
const FILLED = '#0072b2';
const EMPTY = '#eef1f4';
const BAR = '#56b4e9';
const WORST = '#d55e00';

/**
 * Both maps as matrices and the error of each intervention as bars, as an SVG document (text). Bars stand under the
 * columns of the gap map, each under its own line gap.
 */
export function plotAbstraction(problem: AbstractionProblem, solution: PlottedAbstraction): string {
  const gaps = problem.lineGaps_um.map((gap) => `${gap}`);
  const labGaps = problem.labGaps_um.map((gap) => `${gap}`);
  const outcomes = problem.outcomes.map(outcomeName);
  const bins = Array.from({ length: problem.labBins }, (_, bin) => `${bin}`);

  const loadingLeft = LEFT + gaps.length * CELL + BETWEEN;
  const gapFoot = footOf(gaps);
  const barsTop = TOP + labGaps.length * CELL + gapFoot + 58;
  const loadingBottom = TOP + bins.length * CELL + footOf(outcomes);
  const width = Math.max(loadingLeft + outcomes.length * CELL + MARGIN, 640);
  const height = Math.max(barsTop + BARS + gapFoot, loadingBottom) + MARGIN / 2;
  const certificate =
    solution.lowerBound >= solution.error
      ? 'proved optimal'
      : `lower bound ${solution.lowerBound.toFixed(6)}`;
  const summary = `consistency error ${solution.error.toFixed(6)}, ${certificate}`;
  const title = solution.title ?? 'Causal abstraction';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `role="img" aria-label="${xml(`${title}: ${summary}`)}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(MARGIN, 36, title, { size: 20, weight: 600 }),
    text(MARGIN, 58, summary, { fill: QUIET }),
    matrix(LEFT, labGaps, gaps, solution.alphaGap, {
      title: 'Gap map',
      rows: 'lab gap (µm)',
      columns: 'line gap (µm)',
    }),
    matrix(loadingLeft, bins, outcomes, solution.alphaLoading, {
      title: 'Loading map',
      rows: 'lab bin',
      columns: 'line outcome (bin of each lane)',
    }),
    errorBars(barsTop, gaps, solution),
    '</svg>',
    '',
  ].join('\n');
}

interface MatrixLabels {
  readonly title: string;
  readonly rows: string;
  readonly columns: string;
}

/** Low values by column, high values by row, a filled cell where one maps to the other. */
function matrix(
  left: number,
  rows: readonly string[],
  columns: readonly string[],
  image: readonly number[],
  labels: MatrixLabels,
): string {
  const bottom = TOP + rows.length * CELL;
  const cells = columns.flatMap((column, c) =>
    rows.map((row, r) => {
      const on = image[c] === r;
      return (
        `<rect x="${left + c * CELL + 1}" y="${TOP + r * CELL + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="4" ` +
        `fill="${on ? FILLED : EMPTY}"><title>${xml(`${column} → ${row}: ${on ? 1 : 0}`)}</title></rect>`
      );
    }),
  );
  return [
    `<g aria-label="${labels.title}">`,
    text(left, TOP - 14, labels.title, { size: 15, weight: 600 }),
    ...cells,
    ...rows.map((row, r) => text(left - 8, TOP + r * CELL + CELL / 2 + 5, row, { anchor: 'end' })),
    upright(left - 52, (TOP + bottom) / 2, labels.rows),
    columnLabels(left, bottom, columns),
    columnsName(left, bottom, columns, labels.columns),
    '</g>',
  ].join('\n');
}

function errorBars(top: number, gaps: readonly string[], solution: PlottedAbstraction): string {
  const worst = Math.max(...solution.errors);
  const scale = BARS / MAX_DISTANCE;
  const bottom = top + BARS;
  const right = LEFT + gaps.length * CELL;
  const bars = solution.errors.map((error, g) => {
    const height = Math.max(1, error * scale);
    const x = LEFT + g * CELL;
    const label = xml(`${gaps[g]} µm: ${error.toFixed(6)}`);
    return (
      `<rect x="${x + 4}" y="${bottom - height}" width="${CELL - 8}" height="${height}" rx="2" ` +
      `fill="${error === worst ? WORST : BAR}"><title>${label}</title></rect>` +
      text(x + CELL / 2, bottom - height - 5, error.toFixed(2), { anchor: 'middle', size: 11 })
    );
  });
  const ticks = [0, 0.2, 0.4, 0.6, 0.8].map((value) => {
    const y = bottom - value * scale;
    const mark = text(LEFT - 8, y + 4, value.toFixed(1), { anchor: 'end', fill: QUIET });
    return `<path d="M${LEFT} ${y}H${right}" stroke="${RULE}"/>${mark}`;
  });
  return [
    '<g aria-label="error of each intervention">',
    text(LEFT, top - 16, 'Error of each intervention', { size: 15, weight: 600 }),
    ...ticks,
    ...bars,
    upright(LEFT - 52, (top + bottom) / 2, 'JS distance'),
    columnLabels(LEFT, bottom, gaps),
    columnsName(LEFT, bottom, gaps, 'do(line gap) (µm)'),
    '</g>',
  ].join('\n');
}

/** Labels that fit over their column lie flat, longer ones (many lanes) stand slanted. */
const flat = (labels: readonly string[]): boolean => Math.max(...labels.map((label) => label.length)) <= 4;

const slantedDepth = (labels: readonly string[]): number =>
  6 * Math.max(...labels.map((label) => label.length));

const footOf = (labels: readonly string[]): number => FOOT + (flat(labels) ? 0 : slantedDepth(labels));

function columnLabels(left: number, bottom: number, labels: readonly string[]): string {
  const middle = (column: number) => left + column * CELL + CELL / 2;
  if (flat(labels)) {
    return labels.map((label, c) => text(middle(c), bottom + 18, label, { anchor: 'middle' })).join('\n');
  }
  return labels
    .map(
      (label, c) =>
        `<text transform="translate(${middle(c) + 5} ${bottom + 12}) rotate(-55)" text-anchor="end">${xml(label)}</text>`,
    )
    .join('\n');
}

const columnsName = (left: number, bottom: number, labels: readonly string[], name: string): string =>
  text(left, bottom + footOf(labels) - 12, name, { fill: QUIET });

interface TextStyle {
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'middle' | 'end';
  readonly fill?: string;
}

function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const attributes = [
    style.size ? ` font-size="${style.size}"` : '',
    style.weight ? ` font-weight="${style.weight}"` : '',
    style.anchor ? ` text-anchor="${style.anchor}"` : '',
    style.fill ? ` fill="${style.fill}"` : '',
  ].join('');
  return `<text x="${x}" y="${y}"${attributes}>${xml(content)}</text>`;
}

/** The name of the rows, read from below. */
const upright = (x: number, y: number, content: string): string =>
  `<text transform="translate(${x} ${y}) rotate(-90)" text-anchor="middle" fill="${QUIET}">${xml(content)}</text>`;

const xml = (content: string): string =>
  content.replace(/[<>&"]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[c]!);
