import { escaped } from '../../predict/plots/svg.ts';

/** Text that is HTML already. Everything else is escaped on its way in: see `html`. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

/** A template whose values are escaped, unless they are markup themselves. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.map((text, i) => (i === 0 ? '' : rendered(parts[i - 1])) + text).join(''));
}

function rendered(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(rendered).join('');
  return escaped(String(part));
}

/** SVG of our own making, which escapes what it shows. */
export const picture = (svg: string): Markup => new Markup(`<figure>${svg}</figure>`);

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Part;
  /** Figures stand to the right, under each other. */
  readonly figure?: true;
}

export const table = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Markup => html`<table>
<thead><tr>${columns.map(({ title, figure }) => html`<th class="${figure ? 'figure' : ''}">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
  (row) =>
    html`<tr>${columns.map(({ cell, figure }) => html`<td class="${figure ? 'figure' : ''}">${cell(row)}</td>`)}</tr>
`,
)}</tbody>
</table>`;

/** A whole document that fetches nothing and runs nothing. */
export const document = (title: string, body: Markup): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;

const style = `
:root{--ink:#1d2730;--quiet:#5c6b78;--rule:#dde3e8;--soft:#f5f7f9;--blue:#0b6e99;--orange:#c4451c;--green:#3f7d20}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1040px;padding:32px 30px 48px;color:var(--ink);background:#fff;
 font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
header{border-bottom:3px solid var(--blue);padding-bottom:14px;margin-bottom:22px}
h1{font-size:27px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:18px;margin:34px 0 10px;break-after:avoid}
p{margin:6px 0 12px}
.quiet{color:var(--quiet)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:10px;margin:0 0 8px}
.tile{background:var(--soft);border-radius:8px;padding:11px 14px;border-left:3px solid var(--blue)}
.tile b{display:block;font-size:22px;line-height:1.25;font-weight:650}
.tile span{color:var(--quiet);font-size:13px}
.tile.warn{border-color:var(--orange)}
figure{margin:14px 0;break-inside:avoid}
figure svg{width:100%;height:auto;display:block}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}
.pair figure{margin:6px 0}
table{border-collapse:collapse;width:100%;font-size:13.5px;margin:8px 0 4px}
th{text-align:left;font-weight:600;color:var(--quiet);border-bottom:1.5px solid var(--ink);padding:5px 8px;vertical-align:bottom}
td{padding:5px 8px;border-bottom:1px solid var(--rule);vertical-align:top}
tr{break-inside:avoid}
.figure{text-align:right;white-space:nowrap}
.yes{color:var(--green);font-weight:600}
.no{color:var(--orange);font-weight:600}
.bar{display:block;height:10px;min-width:2px;background:var(--blue);opacity:.55;border-radius:2px;margin-top:5px}
.tag{display:inline-block;border-radius:9px;padding:0 8px;font-size:12px;font-weight:600;background:var(--soft);color:var(--quiet)}
.tag.high{background:#f9e1d8;color:#96300f}
.tag.medium{background:#fbf0d2;color:#785900}
footer{margin-top:34px;padding-top:10px;border-top:1px solid var(--rule);color:var(--quiet);font-size:12.5px}
@media (max-width:640px){body{padding:18px 14px}.pair{grid-template-columns:1fr}table{display:block;overflow-x:auto}}
@page{size:A4;margin:13mm 12mm}
@media print{body{max-width:none;padding:0;font-size:10.5pt}h1{font-size:18pt}h2{font-size:12.5pt;margin-top:18pt}
 table{font-size:9pt}th,td{padding:2.5pt 5pt}.tile{padding:6pt 8pt}.tile b{font-size:14pt}
 *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
