import type { Capability } from '../../core/capability.ts';
import type { Interval } from '../../core/prediction.ts';
import type { AbstractionReport } from '../../core/report.ts';
import type { Episode, Shift, Tally } from './collect.ts';
import { capabilitiesOf, judge, type Summary, summarise } from './figures.ts';
import { type Column, document, html, type Markup, picture, table } from './html.ts';
import { clockText, dayText, type Period } from './period.ts';
import {
  agreementPlot,
  comparable,
  gapPlot,
  lanePlot,
  loadingPlot,
  residualPlot,
  share,
  shownPeriod,
  type Target,
} from './plots.ts';

/** What the document says of itself. */
export interface Heading {
  readonly title: string;
  readonly target: Target;
  /** Of the agent that wrote it. */
  readonly version: string;
}

/** A whole report as one HTML file that needs nothing else. Sections without anything to tell say so in a line. */
export function reportDocument(shift: Shift, { title, target, version }: Heading): string {
  const summary = summarise(shift);
  const { period } = shift;
  const shown = { ...shift, period: shownPeriod(shift) };
  return document(
    title,
    html`<header><h1>${title}</h1>
<div class="quiet">${spanText(period)} · times by the wall clock, UTC${offsetText(period)}</div></header>
${tiles(summary, shift)}
<h2>Loading against prediction</h2>
${shift.runs.some(({ scans }) => scans.length > 0) ? picture(loadingPlot(shown, target)) : none('No scan was accepted.')}
${shift.runs.length === 1 && shift.runs[0]!.scans.length > 1 ? picture(lanePlot(shift.runs[0]!, shown)) : undefined}
${shift.runs.length > 1 ? picture(gapPlot(shown)) : undefined}
<h2>Runs</h2>
${runTable(shift)}
${judgement(summary)}
${capabilitySection(shift, target)}
<h2>Scans not used</h2>
${talliesTable(shift.dropped, 'Every scan was used.')}
${shift.deadLetters.length > 0 ? html`<h2>Messages not understood</h2>${talliesTable(shift.deadLetters, '')}` : undefined}
<h2>Alarms</h2>
${alarmTable(shift)}
<h2>Holes in the data</h2>
${outageTable(shift, summary)}
<h2>Versions of the abstraction</h2>
${versionTable(shift)}
<footer>Made by gapwise ${version} from the agent's own history. Predictions are those made before a run's first scan.
Advice and predictions are no orders to a machine: gapwise never writes to one.</footer>`,
  );
}

function tiles(summary: Summary, { alarms, runs }: Shift): Markup {
  const tile = (figure: string, what: string, warn = false) =>
    html`<div class="tile${warn ? ' warn' : ''}"><b>${figure}</b><span>${what}</span></div>`;
  const { judged, scans, dropped, coverage90, rmse_mg_cm2, bias_mg_cm2, outage_ms } = summary;
  const inside = judged.filter(({ inside90 }) => inside90).length;
  const high = alarms.filter(({ first }) => first.priority === 'high').length;
  return html`<div class="tiles">
${tile(String(runs.length), runs.length === 1 ? 'run' : 'runs')}
${tile(String(scans), `scans used, ${dropped} not`)}
${judged.length > 0 ? tile(`${inside} of ${judged.length}`, `inside 90 % (${percent(coverage90)})`, judged.length > 4 && coverage90 < 0.7) : undefined}
${judged.length > 0 ? tile(fixed(rmse_mg_cm2), 'RMSE of forecasts, mg/cm²') : undefined}
${judged.length > 0 ? tile(signed(bias_mg_cm2), 'bias, mg/cm²') : undefined}
${tile(String(alarms.length), high > 0 ? `alarms, ${high} of high priority` : 'alarms', high > 0)}
${tile(duration(outage_ms), 'without data', outage_ms > 0)}
</div>`;
}

function runTable({ runs, period }: Shift): Markup {
  if (runs.length === 0) return none('The line made no run.');
  return table(
    [
      { title: 'Run', cell: ({ run }) => run, figure: true },
      { title: 'Coated', cell: ({ start_ms, end_ms }) => between(start_ms, end_ms, period) },
      { title: 'Gap µm', cell: ({ gap_um }) => fixed(gap_um, 1), figure: true },
      { title: 'Scans', cell: ({ scans }) => scans.length, figure: true },
      {
        title: 'Predicted mg/cm²',
        cell: ({ forecast }) => (forecast ? fixed(forecast.prediction.mean_mg_cm2) : '–'),
        figure: true,
      },
      {
        title: '90 % interval',
        cell: ({ forecast }) => (forecast ? intervalText(forecast.prediction.interval90_mg_cm2) : '–'),
        figure: true,
      },
      {
        title: 'Measured mg/cm²',
        cell: ({ measured }) => (measured ? fixed(measured.level_mg_cm2) : '–'),
        figure: true,
      },
      {
        title: 'Spread',
        cell: ({ measured }) => (measured ? fixed(measured.spread_mg_cm2) : '–'),
        figure: true,
      },
      {
        title: 'Difference',
        cell: (run) => {
          const judged = judge(run);
          if (!judged) return '–';
          return html`<span class="${judged.inside90 ? 'yes' : 'no'}">${signed(judged.residual_mg_cm2)} ${judged.inside90 ? '✓' : '✗'}</span>`;
        },
        figure: true,
      },
    ],
    runs,
  );
}

function judgement(summary: Summary): Markup | undefined {
  if (!comparable(summary)) return undefined;
  const { judged, coverage50, coverage90 } = summary;
  return html`<h2>Were the intervals honest?</h2>
<p>Of ${judged.length} runs, ${percent(coverage50)} lie inside the 50 % interval that was given before their first scan,
${percent(coverage90)} inside the 90 % interval.</p>
<div class="pair">${picture(residualPlot(judged))}${picture(agreementPlot(judged))}</div>`;
}

function capabilitySection({ runs }: Shift, { target_mg_cm2, tolerance_mg_cm2 }: Target): Markup | undefined {
  if (target_mg_cm2 === undefined || tolerance_mg_cm2 === undefined) return undefined;
  const rows = capabilitiesOf(runs, target_mg_cm2, tolerance_mg_cm2);
  const figure = (title: string, cell: (row: Capability) => string | number): Column<Capability> => ({
    title,
    cell,
    figure: true,
  });
  return html`<h2>Capability</h2>
<p>Against ${fixed(target_mg_cm2)} ± ${fixed(tolerance_mg_cm2)} mg/cm², gap by gap (ISO 22514-2). Cp and Cpk take the
spread of scans within runs, Pp and Ppk that of all scans.</p>
${
  rows.length === 0
    ? none('No scan was accepted.')
    : table(
        [
          figure('Gap µm', ({ gap_um }) => gap_um),
          figure('Runs', (row) => row.runs),
          figure('Scans', ({ scans }) => scans),
          figure('Mean mg/cm²', ({ mean_mg_cm2 }) => fixed(mean_mg_cm2)),
          figure('Cp', ({ cp }) => fixed(cp)),
          figure('Cpk', ({ cpk }) => fixed(cpk)),
          figure('Pp', ({ pp }) => fixed(pp)),
          figure('Ppk', ({ ppk }) => fixed(ppk)),
        ],
        rows,
      )
}`;
}

const talliesTable = (tallies: readonly Tally[], nothing: string): Markup =>
  tallies.length === 0
    ? none(nothing)
    : table(
        [
          { title: 'Reason', cell: ({ reason }) => reason },
          { title: 'Count', cell: ({ count }) => count, figure: true },
          {
            title: '',
            cell: (tally) =>
              html`<span class="bar" style="width:${Math.round(300 * share(tally, tallies))}px"></span>`,
          },
        ],
        tallies,
      );

function alarmTable({ alarms, period }: Shift): Markup {
  if (alarms.length === 0) return none('None.');
  return table<Episode>(
    [
      { title: 'Came', cell: ({ first }) => clockText(first.since_ms, period) },
      {
        title: 'Gone',
        cell: ({ cleared_ms }) => (cleared_ms ? clockText(cleared_ms, period) : 'still there'),
      },
      {
        title: 'Priority',
        cell: ({ first }) => html`<span class="tag ${first.priority}">${first.priority}</span>`,
      },
      {
        title: 'Alarm',
        cell: ({ first }) => (first.subject === '' ? first.alarm : `${first.alarm} (${first.subject})`),
      },
      { title: 'What happened', cell: ({ first }) => first.detail },
      {
        title: 'Noted by',
        cell: ({ last }) => [last.by ?? '–', last.comment === undefined ? '' : `: ${last.comment}`],
      },
    ],
    alarms,
  );
}

function outageTable({ outages, period }: Shift, { outage_ms }: Summary): Markup {
  if (outages.length === 0) return none('None.');
  return html`${table(
    [
      { title: 'From', cell: ({ time_ms }) => clockText(time_ms, period) },
      { title: 'Until', cell: ({ until_ms }) => (until_ms ? clockText(until_ms, period) : '–') },
      {
        title: 'Length',
        cell: ({ time_ms, until_ms }) => (until_ms ? duration(until_ms - time_ms) : '–'),
        figure: true,
      },
      { title: 'Source', cell: ({ source }) => source },
      { title: 'Reason', cell: ({ reason }) => reason },
      { title: 'Detail', cell: ({ detail }) => detail },
    ],
    outages,
  )}<p class="quiet">${duration(outage_ms)} in all, overlaps counted once.</p>`;
}

function versionTable({ versions, period }: Shift): Markup {
  if (versions.length === 0) return none('No new version.');
  const maps = ({ lineGaps_um, labGaps_um, alphaGap }: AbstractionReport) =>
    lineGaps_um
      .map((gap, i) => `${Number(gap.toPrecision(4))}→${labGaps_um[alphaGap[i] ?? -1] ?? '?'}`)
      .join('  ');
  return table(
    [
      { title: 'Version', cell: ({ version }) => version, figure: true },
      { title: 'At', cell: ({ time_ms }) => clockText(time_ms, period) },
      { title: 'Error', cell: ({ error }) => fixed(error, 4), figure: true },
      { title: 'Bound', cell: ({ lowerBound }) => fixed(lowerBound, 4), figure: true },
      { title: 'Equally good', cell: ({ ties }) => ties.toLocaleString('en'), figure: true },
      { title: 'Line gap → lab gap (µm)', cell: maps },
      { title: 'Why', cell: ({ reason }) => reason },
    ],
    versions,
  );
}

const none = (text: string): Markup => html`<p class="quiet">${text}</p>`;

const fixed = (value: number, digits = 2): string =>
  Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : '–';
const signed = (value: number): string =>
  Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}` : '–';
const percent = (value: number): string => `${Math.round(100 * value)} %`;
const intervalText = ([low, high]: Interval): string => `${fixed(low)} … ${fixed(high)}`;

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const between = (start_ms: number | undefined, end_ms: number | undefined, period: Period): string =>
  [start_ms, end_ms]
    .map((time) => (time === undefined ? '…' : clockText(time, period).slice(0, 5)))
    .join('–');

function spanText(period: Period): string {
  const [first, last] = [dayText(period.from_ms, period), dayText(period.to_ms, period)];
  const [from, to] = [clockText(period.from_ms, period), clockText(period.to_ms, period)];
  return first === last ? `${first}, ${from} to ${to}` : `${first} ${from} to ${last} ${to}`;
}

function offsetText({ offset_ms }: Period): string {
  const minutes = Math.round(Math.abs(offset_ms) / 60_000);
  const two = (part: number) => String(part).padStart(2, '0');
  return offset_ms === 0
    ? ''
    : `${offset_ms < 0 ? '−' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
