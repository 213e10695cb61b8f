import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { collectRun, collectShift } from '../../../src/commands/report/collect.ts';
import { reportDocument } from '../../../src/commands/report/document.ts';
import { capabilitiesOf, summarise } from '../../../src/commands/report/figures.ts';
import { clockText, periodOf, timeTicks } from '../../../src/commands/report/period.ts';
import { register } from '../../../src/commands/report.ts';
import type { AlarmReport } from '../../../src/core/alarm.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { HistoryEntry, HistoryReader, HistoryRecord } from '../../../src/core/history.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Observation } from '../../../src/core/observation.ts';
import type { RunForecast } from '../../../src/core/report.ts';
import { openStore } from '../../../src/store/store.ts';
import { fakeLine } from '../../support/fake-line.ts';

const line = 'coater-1';
const begin_ms = Date.UTC(2026, 4, 11, 6, 0);

/** A history in memory, in order of event time. */
function historyOf(records: readonly HistoryRecord[]): HistoryReader {
  const timeOf = (record: HistoryRecord) =>
    record.kind === 'run' ? (record.run.end_ms ?? record.run.start_ms) : record.time_ms;
  const entries: HistoryEntry[] = records
    .map((record) => ({ time_ms: timeOf(record), record }))
    .sort((a, b) => a.time_ms - b.time_ms);
  return {
    read({ kinds, from_ms = -Infinity, to_ms = Infinity, reverse, limit = Infinity }) {
      const found = entries.filter(
        ({ time_ms, record }) =>
          time_ms >= from_ms && time_ms <= to_ms && (!kinds || kinds.includes(record.kind)),
      );
      return (reverse ? found.reverse() : found).slice(0, limit);
    },
  };
}

const alarm = (minutes: number, replaced: Partial<AlarmReport> = {}): AlarmReport => ({
  kind: 'alarm',
  line,
  alarm: 'prediction-drift',
  subject: '182',
  time_ms: begin_ms + 60_000 * minutes,
  priority: 'high',
  state: 'UNACK',
  active: true,
  since_ms: begin_ms + 60_000 * 30,
  detail: 'runs at 182 µm are 1.2 mg/cm² heavier than predicted',
  ...replaced,
});

/** Eight hours of a line, with a forecast for each run. */
function shiftRecords(): HistoryRecord[] {
  const source = fakeLine(11, line, begin_ms);
  const records: HistoryRecord[] = [];
  const forecast = new Set<number>();
  for (let step = 0; step < 3_600; step++) {
    for (const report of source.step()) {
      if (report.kind === 'prediction' && report.current && !forecast.has(report.current.run)) {
        const { run, before } = report.current;
        forecast.add(run);
        const { time_ms, version } = report;
        records.push({ kind: 'forecast', line, time_ms, run, prediction: before, version });
      }
      if (
        report.kind === 'observation' ||
        report.kind === 'dropped' ||
        report.kind === 'run' ||
        report.kind === 'abstraction' ||
        report.kind === 'dead-letter'
      ) {
        records.push(report);
      }
    }
  }
  return records;
}

const outage = { kind: 'outage', line, source: 'mqtt', time_ms: begin_ms + 7_200_000 } as const;
const extra: HistoryRecord[] = [
  alarm(30),
  alarm(41, { state: 'ACKED', by: 'anna', comment: '<script>alert("new batch & old gauge")</script>' }),
  alarm(55, { state: 'NORM', active: false }),
  alarm(200, { priority: 'low', subject: '', alarm: 'stale-data', since_ms: begin_ms + 12_000_000 }),
  { ...outage, reason: 'disconnected', detail: 'the broker closed the connection' },
  { ...outage, until_ms: outage.time_ms + 420_000, reason: 'disconnected', detail: 'connected again' },
];
const records = [...shiftRecords(), ...extra];
const history = historyOf(records);
const day = periodOf('2026-05-11', undefined, '+00:00');

describe('a period', () => {
  test('is a day by the clock on the wall, or hours that may reach into the next', () => {
    expect(periodOf('2026-05-11', undefined, '+02:00')).toEqual({
      from_ms: Date.UTC(2026, 4, 10, 22),
      to_ms: Date.UTC(2026, 4, 11, 22) - 1,
      offset_ms: 7_200_000,
    });
    const night = periodOf('2026-05-11', '22:00-06:00', '+00:00');
    expect([night.from_ms, night.to_ms]).toEqual([Date.UTC(2026, 4, 11, 22), Date.UTC(2026, 4, 12, 6) - 1]);
    expect(clockText(night.from_ms, { offset_ms: -3_600_000 })).toBe('21:00:00');
  });

  test.each([
    ['2026-02-31', undefined, '+00:00', '--day'],
    ['11.5.2026', undefined, '+00:00', '--day'],
    ['2026-05-11', '6-14', '+00:00', '--hours'],
    ['2026-05-11', undefined, 'CEST', '--offset'],
  ])('%s %s %s: %s is named', (text, hours, offset, option) => {
    expect(() => periodOf(text, hours, offset)).toThrow(option);
  });

  test('has round times of day as ticks', () => {
    const ticks = timeTicks({ from_ms: begin_ms + 1, to_ms: begin_ms + 8 * 3_600_000, offset_ms: 5_400_000 });
    expect(ticks.map(({ text }) => text)).toEqual([
      '08:00',
      '09:00',
      '10:00',
      '11:00',
      '12:00',
      '13:00',
      '14:00',
      '15:00',
    ]);
  });
});

describe('a shift', () => {
  const shift = collectShift(history, line, day);

  test('holds every run with its scans, its forecast and the agent’s own figures of it', () => {
    const observations = records.filter((record): record is Observation => record.kind === 'observation');
    expect(shift.runs.flatMap(({ scans }) => scans).length).toBe(observations.length);
    const forecasts = records.filter((record): record is RunForecast => record.kind === 'forecast');
    expect(shift.runs.flatMap((run) => run.forecast ?? [])).toEqual(forecasts);
    const first = shift.runs[0]!;
    const means = first.scans.map(({ mean_mg_cm2 }) => mean_mg_cm2).sort((a, b) => a - b);
    const middle =
      (means[Math.floor((means.length - 1) / 2)]! + means[Math.ceil((means.length - 1) / 2)]!) / 2;
    expect(first.measured!.level_mg_cm2).toBeCloseTo(middle, 12);
  });

  test('an alarm is one row from its coming to its going, an outage one from its begin to its end', () => {
    expect(shift.alarms.map(({ first, last, cleared_ms }) => [first.alarm, last.by, cleared_ms])).toEqual([
      ['prediction-drift', 'anna', begin_ms + 55 * 60_000],
      ['stale-data', undefined, undefined],
    ]);
    expect(shift.outages.map(({ until_ms }) => until_ms)).toEqual([outage.time_ms + 420_000]);
    expect(summarise(shift).outage_ms).toBe(420_000);
  });

  test('coverage and errors are those of the runs', () => {
    const summary = summarise(shift);
    const judged = shift.runs.filter((run) => run.forecast && run.measured);
    const inside = judged.filter(({ forecast, measured }) => {
      const [low, high] = forecast!.prediction.interval90_mg_cm2;
      return measured!.level_mg_cm2 >= low && measured!.level_mg_cm2 <= high;
    });
    expect(summary.coverage90).toBe(inside.length / judged.length);
    const squares = judged.map(
      ({ forecast, measured }) => (measured!.level_mg_cm2 - forecast!.prediction.mean_mg_cm2) ** 2,
    );
    const rmse = Math.sqrt(squares.reduce((a, b) => a + b, 0) / judged.length);
    expect(summary.rmse_mg_cm2).toBeCloseTo(rmse, 12);
  });

  test('the document needs nothing from outside and lets no text become markup', () => {
    const page = reportDocument(shift, {
      title: `${line}: <b>& 'day'`,
      target: { target_mg_cm2: 20, tolerance_mg_cm2: 1 },
      version: '0.1.0',
    });
    if (process.env['REPORT_FILE']) writeFileSync(process.env['REPORT_FILE'], page);
    expect(page).toContain('<title>coater-1: &lt;b&gt;&amp; &#39;day&#39;</title>');
    expect(page).toContain('&lt;script&gt;alert(&quot;new batch &amp; old gauge&quot;)');
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(|@import/i);
    const addresses = [...page.matchAll(/https?:\/\/[^"' ]+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    for (const { run } of shift.runs) expect(page).toContain(`<td class="figure">${run}</td>`);
  });

  test('nothing at all is said, with what there is', () => {
    const nothing = periodOf('2026-06-01', undefined, '+00:00');
    expect(() => collectShift(history, line, nothing)).toThrow(/from 2026-05-11T06:\d\d to 2026-05-11T1/);
    expect(() => collectShift(historyOf([]), line, day)).toThrow('it is empty');
  });
});

describe('one run', () => {
  test('reaches from its start at the head to its last scan at the gauge', () => {
    const { runs, period } = collectRun(history, line, 3, 0);
    expect(runs.map(({ run }) => run)).toEqual([3]);
    const [run] = runs;
    expect(period.from_ms).toBe(run!.start_ms);
    expect(period.to_ms).toBe(run!.scans.at(-1)!.time_ms);
    expect(run!.scans.length).toBeGreaterThan(20);
    const page = reportDocument(collectRun(history, line, 3, 0), {
      title: 'run 3',
      target: { target_mg_cm2: undefined, tolerance_mg_cm2: undefined },
      version: '',
    });
    expect(page).toContain('Lanes, operator side first');
    expect(page).not.toContain('Capability');
  });

  test('that does not exist is said with those that do', () => {
    expect(() => collectRun(history, line, 4711, 0)).toThrow(/no run 4711.*allowed: 1 to \d+/);
  });
});

test('the command reads the store of an agent and writes one file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-report-'));
  try {
    const store = await openStore(join(folder, 'state', 'store'), { log: silentLogger, snapshotsKept: 2 });
    const stored = store.history();
    for (const [index, { time_ms, record }] of [...history.read({ line })].entries()) {
      stored.append({ id: { position: index, index: 0 }, time_ms, record });
    }
    await store.close();
    const config = join(folder, 'config.yaml');
    const lab = fileURLToPath(new URL('../../../config/lab/lrcs-cunha-2020.csv', import.meta.url));
    writeFileSync(
      config,
      [
        `state: ${join(folder, 'state')}`,
        'lines:',
        `  - name: ${line}`,
        `    lab: { file: ${lab} }`,
        '    target_mg_cm2: 20',
        '    tolerance_mg_cm2: 1',
        '    sources: [{ type: mqtt }]',
      ].join('\n'),
    );
    let printed = '';
    const output = { write: (text: string) => (printed += text) };
    const context = {
      out: output,
      err: output,
      environment: {},
      clock: systemClock,
      log: silentLogger,
      logAt: () => silentLogger,
      stop: new AbortController().signal,
    };
    const program = new Command('gapwise').exitOverride();
    register(program, context);
    const file = join(folder, 'shift.html');
    const args = ['report', '--config', config, '--day', '2026-05-11', '--hours', '06:00-10:00'];
    await program.parseAsync([...args, '--out', file], { from: 'user' });
    const expected = collectShift(history, line, periodOf('2026-05-11', '06:00-10:00', '+00:00'));
    expect(printed).toContain(`${expected.runs.length} runs, ${summarise(expected).scans} scans`);
    const target = { target_mg_cm2: 20, tolerance_mg_cm2: 1 };
    const title = `${line}: 2026-05-11`;
    expect(readFileSync(file, 'utf8')).toBe(reportDocument(expected, { title, target, version: '' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('capability indices are those of ISO 22514-2', () => {
  const run = (gap_um: number, means: readonly number[]) => ({
    run: 1,
    gap_um,
    start_ms: 0,
    end_ms: 0,
    forecast: undefined,
    measured: undefined,
    scans: [
      ...means.map((mean_mg_cm2) => ({ mean_mg_cm2, aggregated: false }) as Observation),
      // The mean of a whole run: its lack of scatter is no capability.
      ...[30, 30, 30].map((mean_mg_cm2) => ({ mean_mg_cm2, aggregated: true }) as Observation),
    ],
  });
  // Two runs of sd 1 about 20 and 22, against 21 ± 3: by hand.
  const [row, other] = capabilitiesOf(
    [run(150, [19, 20, 21]), run(150.2, [21, 22, 23]), run(99, [5])],
    21,
    3,
  ).reverse();
  expect(row).toMatchObject({ gap_um: 150, runs: 2, scans: 6, mean_mg_cm2: 21 });
  expect(row!.cp).toBeCloseTo(6 / 6, 12);
  expect(row!.cpk).toBeCloseTo(3 / 3, 12);
  expect(row!.pp).toBeCloseTo(6 / (6 * Math.sqrt(10 / 5)), 12);
  expect(other!.cp).toBeNaN();
});
