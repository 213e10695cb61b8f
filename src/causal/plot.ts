import { MAX_DISTANCE } from './divergence.ts';
import { type AbstractionMaps, type AbstractionProblem, outcomeName } from './problem.ts';

/** What a picture of an abstraction shows. */
export interface PlottedAbstraction extends AbstractionMaps {
  readonly error: number;
  readonly lowerBound: number;
  readonly errors: readonly number[];
  readonly title?: string;
}

const CELL = 26;
const LEFT = 74;
const TOP = 64;
const BAR_HEIGHT = 120;
const GAP_BETWEEN = 70;
// Colours that stay apart for colour-blind readers and in grey print (Okabe and Ito 2008).
const INK = '#1b1b1b';
const FILLED = '#0072b2';
const EMPTY = '#eef1f4';
const BAR = '#e69f00';
const WORST = '#d55e00';

/**
 * Both maps as matrices and the error of each intervention as bars, as an SVG document (text). Columns of the gap
 * matrix stand over the bars of the same line gap.
 */
export function plotAbstraction(problem: AbstractionProblem, solution: PlottedAbstraction): string {
  const gapColumns = problem.lineGaps_um.map((gap) => `${gap}`);
  const gapRows = problem.labGaps_um.map((gap) => `${gap}`);
  const loadingColumns = problem.outcomes.map(outcomeName);
  const loadingRows = Array.from({ length: problem.labBins }, (_, bin) => `${bin}`);

  const gapMatrix = matrix(LEFT, TOP, gapRows, gapColumns, solution.alphaGap, {
    title: 'gap map',
    rows: 'lab gap (µm)',
    columns: 'line gap (µm)',
  });
  const loadingLeft = LEFT + gapColumns.length * CELL + GAP_BETWEEN;
  const loadingMatrix = matrix(loadingLeft, TOP, loadingRows, loadingColumns, solution.alphaLoading, {
    title: 'loading map',
    rows: 'lab bin',
    columns: 'line outcome (bin of each lane)',
  });
  const matricesHeight = Math.max(gapRows.length, loadingRows.length) * CELL;
  const barsTop = TOP + matricesHeight + labelDepth([...gapColumns, ...loadingColumns]) + 48;
  const bars = errorBars(LEFT, barsTop, gapColumns, solution);
  const width = Math.max(loadingLeft + loadingColumns.length * CELL + 30, 560);
  const height = barsTop + BAR_HEIGHT + labelDepth(gapColumns) + 16;
  const certificate =
    solution.lowerBound >= solution.error
      ? 'proved optimal'
      : `lower bound ${solution.lowerBound.toFixed(6)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(LEFT, 24, solution.title ?? 'causal abstraction', { size: 15, weight: 600 }),
    text(LEFT, 40, `consistency error ${solution.error.toFixed(6)}, ${certificate}`),
    gapMatrix,
    loadingMatrix,
    bars,
    '</svg>',
    '',
  ].join('\n');
}

function matrix(
  left: number,
  top: number,
  rows: readonly string[],
  columns: readonly string[],
  image: readonly number[],
  labels: { readonly title: string; readonly rows: string; readonly columns: string },
): string {
  const cells = columns.flatMap((column, c) =>
    rows.map((row, r) => {
      const on = image[c] === r;
      return (
        `<rect x="${left + c * CELL + 1}" y="${top + r * CELL + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="3" ` +
        `fill="${on ? FILLED : EMPTY}"><title>${xml(`${column} → ${row}: ${on ? 1 : 0}`)}</title></rect>`
      );
    }),
  );
  const bottom = top + rows.length * CELL;
  return [
    `<g aria-label="${labels.title}">`,
    text(left, top - 6, `${labels.title}, ${labels.rows} by row`),
    ...cells,
    ...rows.map((row, r) => text(left - 6, top + r * CELL + CELL / 2 + 4, row, { anchor: 'end' })),
    ...columns.map((column, c) => slanted(left + c * CELL + CELL / 2 + 4, bottom + 8, column)),
    text(left, bottom + labelDepth(columns) + 8, labels.columns),
    '</g>',
  ].join('\n');
}

function errorBars(left: number, top: number, gaps: readonly string[], solution: PlottedAbstraction): string {
  const worst = Math.max(...solution.errors);
  const scale = BAR_HEIGHT / MAX_DISTANCE;
  const bottom = top + BAR_HEIGHT;
  const right = left + gaps.length * CELL;
  const bars = solution.errors.map((error, g) => {
    const height = Math.max(0.5, error * scale);
    const x = left + g * CELL + 3;
    const label = xml(`${gaps[g]} µm: ${error.toFixed(6)}`);
    return (
      `<rect x="${x}" y="${bottom - height}" width="${CELL - 6}" height="${height}" ` +
      `fill="${error === worst ? WORST : BAR}"><title>${label}</title></rect>`
    );
  });
  const ticks = [0, 0.2, 0.4, 0.6, 0.8].map((value) => {
    const y = bottom - value * scale;
    return `<path d="M${left} ${y}H${right}" stroke="${EMPTY}"/>${text(left - 6, y + 4, value.toFixed(1), { anchor: 'end' })}`;
  });
  return [
    '<g aria-label="error of each intervention">',
    text(left, top - 10, 'Jensen-Shannon distance under do(line gap)'),
    ...ticks,
    ...bars,
    ...gaps.map((gap, g) => slanted(left + g * CELL + CELL / 2 + 4, bottom + 8, gap)),
    '</g>',
  ].join('\n');
}

/** Height of slanted labels, near enough for the fonts that browsers take. */
const labelDepth = (labels: readonly string[]): number =>
  14 + 5.4 * Math.max(...labels.map((label) => label.length));

interface TextStyle {
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'end';
}

const text = (x: number, y: number, content: string, style: TextStyle = {}): string =>
  `<text x="${x}" y="${y}"${style.size ? ` font-size="${style.size}"` : ''}${style.weight ? ` font-weight="${style.weight}"` : ''}${style.anchor ? ` text-anchor="${style.anchor}"` : ''}>${xml(content)}</text>`;

const slanted = (x: number, y: number, content: string): string =>
  `<text transform="translate(${x} ${y}) rotate(-55)" text-anchor="end">${xml(content)}</text>`;

const xml = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
