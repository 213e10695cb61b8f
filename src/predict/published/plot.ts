import type { PublishedRow } from '../published.ts';

const ROW = 30;
const TOP = 118;
const LABELS = 420;
const PLOT = 360;
const FIGURES = 210;
const WIDTH = LABELS + PLOT + FIGURES;
// Colours that stay apart for colour-blind readers and in grey print (Okabe and Ito 2008).
const INK = '#1b1b1b';
const QUIET = '#5b6570';
const RULE = '#dfe3e8';
const HONEST = '#0072b2';
const LEAKING = '#e69f00';

/**
 * The table of the published suite as a chart, an SVG document: a bar for each row's error (bins²), coloured by
 * whether the held-out gap leaked into the training, a mark where random rows would score, and the figures.
 */
export function publishedPlot(rows: readonly PublishedRow[]): string {
  const most = Math.max(
    ...rows.flatMap(({ mse, null: nothing }) => [mse, Number.isFinite(nothing) ? nothing : 0]),
  );
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => most / size <= 8) ?? most / 8;
  const end = Math.max(1, Math.ceil(most / step)) * step;
  const x = (value: number) => Math.round((LABELS + (value / end) * PLOT) * 10) / 10;
  const bottom = TOP + rows.length * ROW;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  const height = bottom + 56;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
      `role="img" aria-label="published suite" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(32, 36, 'Predicting a held-out lab gap', 'font-size="20" font-weight="600"'),
    ...legend(),
    text(LABELS + PLOT + 70, TOP - 12, 'bins²', `${END} fill="${QUIET}"`),
    text(LABELS + PLOT + 185, TOP - 12, '(mg/cm²)²', `${END} fill="${QUIET}"`),
    ...ticks.map(
      (value) =>
        `<path d="M${x(value)} ${TOP}V${bottom}" stroke="${RULE}"/>` +
        text(x(value), bottom + 18, String(Number(value.toFixed(2))), `text-anchor="middle" fill="${QUIET}"`),
    ),
    ...rows.map((row, i) => bar(row, TOP + i * ROW, x)),
    text(LABELS, bottom + 42, 'mean squared error over the held-out gaps (bins²)', `fill="${QUIET}"`),
    '</svg>',
    '',
  ].join('\n');
}

const END = 'text-anchor="end"';

function bar(row: PublishedRow, top: number, x: (value: number) => number): string {
  const middle = top + ROW / 2;
  const words = `${row.method}: ${row.mse.toFixed(3)} ± ${row.sd.toFixed(3)}`;
  const mark = Number.isFinite(row.null)
    ? `<path d="M${x(row.null)} ${top + 3}v${ROW - 6}" stroke="${INK}" stroke-width="2.5"><title>random rows: ${row.null.toFixed(3)}</title></path>`
    : '';
  return [
    text(LABELS - 12, middle - 1, row.method, END),
    text(
      LABELS - 12,
      middle + 11,
      `${row.training} → ${row.target}`,
      `${END} font-size="10" fill="${QUIET}"`,
    ),
    `<rect x="${LABELS}" y="${top + 6}" width="${Math.max(1, x(row.mse) - LABELS)}" height="${ROW - 12}" rx="2" ` +
      `fill="${row.leaks ? LEAKING : HONEST}"><title>${xml(words)}</title></rect>`,
    mark,
    text(LABELS + PLOT + 70, middle + 5, row.mse.toFixed(3), END),
    text(LABELS + PLOT + 185, middle + 5, row.mse_mg2_cm4.toFixed(2), END),
  ].join('\n');
}

const legend = (): string[] => [
  `<rect x="32" y="56" width="14" height="14" rx="2" fill="${HONEST}"/>`,
  text(52, 68, 'learned without the held-out gap'),
  `<rect x="278" y="56" width="14" height="14" rx="2" fill="${LEAKING}"/>`,
  text(298, 68, "the held-out gap's own lab data had a part"),
  `<path d="M602 55v16" stroke="${INK}" stroke-width="2.5"/>`,
  text(612, 68, 'moved rows replaced by random lab rows'),
];

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${xml(content)}</text>`;

const xml = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
