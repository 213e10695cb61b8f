import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AdviceDocument, LineState, PredictDocument } from '../../src/core/api.ts';
import type { AlarmsDocument } from '../../src/core/api-alarms.ts';
import type { RunsDocument, ScansDocument } from '../../src/core/api-history.ts';
import { en, type MessageKey } from '../../src/page/messages/en.ts';
import { fill } from '../../src/page/messages/text.ts';
import { capabilitiesOf } from '../../src/page/model/capability.ts';
import { formatGap, formatLoading } from '../../src/page/model/format.ts';
import { scoreRuns } from '../../src/page/model/scores.ts';
import { hasChromium, launchChromium } from './browser.ts';
import { type FakeServer, startFakeServer } from './fake-server.ts';

const output = 'test/output/page';
const sizes = { panel: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const views = ['line', 'predict', 'quality', 'abstraction', 'alarms', 'history'] as const;
const token = 'a-token-for-the-browser-tests';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const loading = (mg_cm2: number) => formatLoading(mg_cm2, 'mg/cm²');

describe.skipIf(!hasChromium)(`the page in Chromium${hasChromium ? '' : ' [skipped: no chromium]'}`, () => {
  let browser: Browser;
  let fake: FakeServer;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(output, { recursive: true });
    fake = await startFakeServer(7, { http: { operators: [{ name: 'Ada', token }] } });
    fake.scans(620);
    raise('prediction-drift', 'medium');
    raise('no-scans', 'high');
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await fake?.server.stop();
  });
  beforeEach(async () => {
    await open(sizes.panel, 'light');
  });
  afterEach(async () => {
    await context.close();
  });

  function raise(alarm: string, priority: 'high' | 'medium' | 'low') {
    const detail = 'the last 6 runs lie 0.84 mg/cm² above their predictions on average';
    fake.desk.raise({ line: 'coater-1', alarm, subject: '', time_ms: fake.now_ms(), priority, detail });
  }
  async function open(viewport: { width: number; height: number }, colorScheme: 'light' | 'dark') {
    await context?.close();
    context = await browser.newContext({ viewport, colorScheme, timezoneId: 'UTC', locale: 'en-GB' });
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  }
  async function show(view: (typeof views)[number]) {
    await page.goto(`${fake.server.url}#${view}`);
    await page.locator(`main .${view}-view`).waitFor();
    if (view === 'predict') {
      await page.locator('[data-test=prediction]').waitFor();
      await page.locator('[data-test=advice]').waitFor();
    }
    if (view === 'line') await page.locator('[data-test=heat]:not([width="300"])').waitFor();
    if (view === 'history') await expect.poll(() => text('past-count')).toMatch(/^\d+ scans/);
  }
  const api = async <T>(path: string): Promise<T> => {
    const answer = await fetch(new URL(`api/v1/lines/coater-1/${path}`, fake.server.url));
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  };
  const text = async (name: string) =>
    ((await page.locator(`[data-test=${name}]`).first().textContent()) ?? '').trim();
  /** Waits until a part of the page says what it should; times out with what it says instead. */
  const says = async (name: string, wanted: string | RegExp) => {
    await expect.poll(() => text(name), { timeout: 5_000 }).toMatch(wanted);
  };

  it('weighs no more than 300 kB, compressed', () => {
    const bytes = readdirSync('dist/page', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0);
    console.log(`page: ${(bytes / 1000).toFixed(1)} kB compressed`);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(300_000);
  });

  it('shows the figures of the API at a glance', async () => {
    await show('line');
    const state = await api<LineState>('state');
    const scan = state.scans.at(-1)!;
    const run = state.runs.find((row) => row.run === scan.run)!;
    expect(await text('gap')).toBe(formatGap(state.gap_now!.gap_um));
    expect(await text('loading')).toBe(loading(scan.mean_mg_cm2));
    expect(await text('predicted')).toBe(`predicted ${loading(run.predicted!.mean_mg_cm2)}`);
    expect(await text('predicted-low')).toBe(loading(run.predicted!.interval90_mg_cm2[0]));
    expect(await text('predicted-high')).toBe(loading(run.predicted!.interval90_mg_cm2[1]));
    expect(await text('measured')).toBe(`measured ${loading(run.measured!.level_mg_cm2)}`);
    expect(await text('version')).toBe(state.curve!.version);
    expect(complaints).toEqual([]);
  });

  it('paints the heat map: bare foil at the edges, colour between, and reads out a location', async () => {
    await show('line');
    const heat = page.locator('[data-test=heat]');
    const pixel = async (x: number, y: number) =>
      (await page.evaluate(`{
        const canvas = document.querySelector('[data-test=heat]');
        const at = [Math.floor(canvas.width * ${x}), Math.floor(canvas.height * ${y})];
        [...canvas.getContext('2d').getImageData(...at, 1, 1).data].join();
      }`)) as string;
    const bare = await pixel(0.99, 0.01);
    expect(await pixel(0.99, 0.99)).toBe(bare);
    const coated = await pixel(0.99, 0.4);
    expect(coated).not.toBe(bare);
    expect(coated).toMatch(/,255$/);

    const box = (await heat.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.995, box.y + box.height * 0.4);
    const readout = (await page.locator('.heat-readout').textContent()) ?? '';
    const [, time, location, shown] = readout.match(/([\d:]+) · location (\d+) · ([\d.]+) mg/)!;
    const state = await api<LineState>('state');
    const data = Buffer.from(state.profiles.data, 'base64');
    const { columns, resolution_mg_cm2 } = state.profiles;
    const row = state.profiles.time_ms.findIndex((ms) => new Date(ms).toISOString().includes(`T${time}`));
    const step = data.readInt16LE((row * columns + Number(location) - 1) * 2);
    expect(shown).toBe(loading(step * resolution_mg_cm2));
  });

  it('shows what differs across the web, whatever the level of the run', async () => {
    await show('line');
    await page.getByLabel('Difference', { exact: true }).check();
    await says('scale-low', '−');
    expect(await text('scale-high')).toBe(
      `${(await text('scale-low')).replace('−', '+')} mg/cm² from each scan’s mean`,
    );
    await page.screenshot({ path: `${output}/difference-panel-light.png` });
  });

  it('answers what a gap would give, typed or with the slider', async () => {
    await show('predict');
    const field = page.locator('[data-test=gap-field]');
    await field.fill('133,5');
    const typed = (await api<PredictDocument>('predict?gap=133.5')).predictions[0]!;
    await says('prediction', loading(typed.mean_mg_cm2));
    await says('prediction-90', `90 %: ${loading(typed.interval90[0])} to ${loading(typed.interval90[1])}`);

    await page.getByText('What this rests on').click();
    expect(await page.locator('[data-test=lab-bins] dd').allTextContents()).toEqual(
      typed.labBins!.map((share) => `${Math.round(share * 100)} %`),
    );
    expect(await page.locator('[data-test=carried-by] dd').allTextContents()).toEqual(
      typed.carriedBy!.map(({ weight }) => weight.toFixed(2)),
    );

    await page.locator('[data-test=gap-slider]').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => field.inputValue()).toMatch(/^13[45]$/);
    const gap = await field.inputValue();
    const slid = (await api<PredictDocument>(`predict?gap=${gap}`)).predictions[0]!;
    await says('prediction', loading(slid.mean_mg_cm2));

    await field.fill('-3');
    await page.getByText('Enter a number from 10 to 1000.').waitFor();
    expect((await api<LineState>('state')).limits.gap_um).toEqual([10, 1000]);
  });

  it('advises the gap for a wanted loading, also in g/m²', async () => {
    await show('predict');
    await page.locator('[data-test=wanted-field]').fill('22.5');
    await page.locator('[data-test=tolerance-field]').fill('0.8');
    const advice = await api<AdviceDocument>('advise?loading=22.5&tolerance=0.8');
    await says('advice', formatGap(advice.gap_um));
    await says('in-tolerance', `${Math.round(advice.inTolerance! * 100)} %`);

    await page.getByLabel('Unit').selectOption('g/m²');
    await expect.poll(() => page.locator('[data-test=wanted-field]').inputValue()).toBe('225');
    await page.locator('[data-test=wanted-field]').fill('210');
    const other = await api<AdviceDocument>('advise?loading=21&tolerance=0.8');
    await says('advice', formatGap(other.gap_um));
    await page.locator('[data-test=wanted-field]').fill('900');
    await page.getByText('no gap gives so heavy a coating').waitFor();
  });

  it('shows both maps, the error of each intervention, and the ties', async () => {
    await show('abstraction');
    const report = (await api<LineState>('state')).abstractions.at(-1)!;
    const pairs = (name: string) => page.locator(`[data-test=${name}] td.is-mapped`).allTextContents();
    const gaps = report.alphaGap.map((lab, i) => `${report.lineGaps_um[i]} → ${report.labGaps_um[lab]}`);
    expect((await pairs('alpha-gap')).sort()).toEqual(gaps.sort());
    expect(await pairs('alpha-loading')).toHaveLength(Object.keys(report.alphaLoading).length);
    const errors = (await page.locator('[data-test=errors] dd').allTextContents()).map((line) => line.trim());
    expect(errors).toEqual(report.errors.map((error) => error.toFixed(3)));
    await page.getByText('10 pairs of maps reach the same error').waitFor();
  });

  it('tells how far the predictions can be trusted and what was left out', async () => {
    await show('quality');
    const state = await api<LineState>('state');
    const scores = scoreRuns(state.runs);
    expect(scores.runs.length).toBeGreaterThan(5);
    expect(await text('coverage')).toContain(`${scores.inside90} of ${scores.runs.length} runs`);
    expect(await page.locator('[data-test=runs] tbody tr').count()).toBe(scores.runs.length);
    for (const { reason, count } of state.dropped)
      expect(await text('dropped')).toMatch(
        new RegExp(`${en[`dropped.${reason}` as MessageKey]}\\s*${count}`),
      );
    for (const { reason, count } of state.dead_letters)
      expect(await text('letter')).toMatch(new RegExp(`${en[`letter.${reason}` as MessageKey]}\\s*${count}`));

    const wanted = capabilitiesOf(state.runs, state.goal).map(
      ({ gap_um, runs, mean_mg_cm2, cp, cpk, pp, ppk }) => [
        gap_um.toFixed(0),
        `${runs}`,
        loading(mean_mg_cm2),
        ...[cp, cpk, pp, ppk].map((index) => index.toFixed(2).replace('-', '−')),
      ],
    );
    expect(wanted.length).toBeGreaterThan(4);
    const cells = await page
      .locator('[data-test=capability] tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
      );
    expect(cells).toEqual(wanted);
    expect(await page.locator('.control-chart').count()).toBe(3);
  });

  it('prefills target and tolerance of the line, and says when nothing is being coated', async () => {
    await show('predict');
    const { goal, runs } = await api<LineState>('state');
    expect(await page.locator('[data-test=wanted-field]').inputValue()).toBe(`${goal.target_mg_cm2}`);
    expect(await page.locator('[data-test=tolerance-field]').inputValue()).toBe(`${goal.tolerance_mg_cm2}`);
    expect(runs.at(-1)!.end_ms).toBeNull();
    await says('loading-title', 'Mass loading');

    const own = await startFakeServer(7);
    const bare_ms = async () => {
      const url = new URL('api/v1/lines/coater-1/state', own.server.url);
      const { scans, profiles } = (await (await fetch(url)).json()) as LineState;
      return (profiles.time_ms.at(-1) ?? 0) - (scans.at(-1)?.time_ms ?? Number.POSITIVE_INFINITY);
    };
    for (let steps = 0; steps < 200 && (await bare_ms()) <= 60_000; steps++) own.scans(1);
    expect(await bare_ms()).toBeGreaterThan(60_000);
    await page.goto(own.server.url);
    await says('loading-title', 'Last coated');
    await own.server.stop();
  });

  it('takes an alarm from the banner to an operator who has signed in', async () => {
    await show('line');
    await says(
      'banner',
      fill(en['alarms.banner'], { count: 2, name: en['alarm.no-scans'], detail: '' }).trim(),
    );
    await page.getByRole('link', { name: 'Show alarms' }).click();
    await page.locator('main .alarms-view').waitFor();
    const row = page.locator('[data-test=alarm-no-scans]');
    expect(await row.getAttribute('data-state')).toBe('UNACK');

    await row.getByRole('button', { name: /^Acknowledge/ }).click();
    await page.locator('[data-test=token]').fill('not the token of anybody');
    await page.keyboard.press('Enter');
    await page.getByText('Not signed in: this token is not known').waitFor();
    await page.locator('[data-test=token]').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /Sign out/ }).waitFor();
    complaints = complaints.filter((complaint) => !complaint.includes('401'));

    await row.getByLabel('Why').fill('gauge is being cleaned');
    await row.getByRole('button', { name: /^Acknowledge/ }).click();
    await expect.poll(() => row.getAttribute('data-state')).toBe('ACKED');
    const drift = page.locator('[data-test=alarm-prediction-drift]');
    await drift.getByLabel('For').selectOption('15');
    await drift.getByRole('button', { name: /^Shelve/ }).click();
    await expect.poll(() => drift.getAttribute('data-state')).toBe('SHLVD');
    const { alarms } = await api<AlarmsDocument>('alarms');
    expect(alarms).toMatchObject([
      { alarm: 'prediction-drift', state: 'SHLVD', by: 'Ada' },
      { alarm: 'no-scans', state: 'ACKED', by: 'Ada', comment: 'gauge is being cleaned' },
    ]);
    expect(alarms[0]!.until_ms).toBe(alarms[0]!.time_ms + 15 * 60_000);
    await page.getByRole('link', { name: 'Line', exact: true }).click();
    expect(await page.locator('[data-test=banner]').count()).toBe(0);

    const kept = JSON.stringify(await context.storageState());
    expect(kept).not.toContain(token);
    await page.reload();
    await page.getByRole('button', { name: /Sign out/ }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage })')).not.toContain(token);
    raise('prediction-drift', 'medium');
    raise('no-scans', 'high');
  });

  it('shows the line of a locked agent to those alone who sign in', async () => {
    const locked = await startFakeServer(5, { http: { readers: [{ name: 'Wall panel', token }] } });
    locked.scans(120);
    await page.goto(locked.server.url);
    await page.getByText('This agent shows its lines to those who sign in.').waitFor();
    expect(await page.locator('.glance').count()).toBe(0);
    await page.locator('[data-test=token]').fill(token);
    await page.keyboard.press('Enter');
    await page.locator('main .line-view').waitFor();
    locked.scans(3);
    const answer = await fetch(new URL('api/v1/lines/coater-1/state', locked.server.url), {
      headers: { authorization: `Bearer ${token}` },
    });
    const state = (await answer.json()) as LineState;
    await says('loading', loading(state.scans.at(-1)!.mean_mg_cm2));
    await locked.server.stop();
  });

  it('pans and zooms through the past, and shows what the API has of it', async () => {
    await show('history');
    const shown = async () => {
      const [from, to] = ((await text('window')) ?? '')
        .split(' – ')
        .map((time) => Date.parse(`${time} 2026 UTC`.replace(',', '')));
      return { from: from!, to: to! };
    };
    const agrees = async () => {
      const { from, to } = await shown();
      const scans = await api<ScansDocument>(`history/scans?from=${from}&to=${to}&points=10000`);
      const runs = await api<RunsDocument>(`history/runs?from=${from}&to=${to}`);
      const count = scans.scans.reduce((sum, n) => sum + n, 0);
      await says('past-count', `${count} scans, ${runs.runs.length} runs`);
      const rows = await page.locator('[data-test=past-runs] tbody tr td:first-child').allTextContents();
      expect(rows).toEqual(runs.runs.map(({ run }) => `${run}`).reverse());
      return count;
    };
    const all = await agrees();
    expect(all).toBeGreaterThan(300);
    await page.locator('[data-test=pan-zoom]').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    const zoomed = await shown();
    expect(zoomed.to - zoomed.from).toBeLessThan((4 * 3_600_000) / 4);
    const few = await agrees();
    expect(few).toBeLessThan(all);

    const box = (await page.locator('[data-test=past-heat]').boundingBox())!;
    await page.mouse.move(box.x + 600, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 50, { steps: 5 });
    await page.mouse.up();
    const dragged = await shown();
    expect(dragged.from).toBeGreaterThan(zoomed.from);
    await agrees();
    await page.getByRole('button', { name: 'Latest' }).click();
    expect(await agrees()).toBe(all);
  });

  it('remembers the past over a restart of the agent', async () => {
    const state = await api<LineState>('state');
    const again = await startFakeServer(7, { history: fake.history });
    await page.goto(`${again.server.url}#history`);
    const newest = state.runs.at(-1)!;
    await expect
      .poll(() => page.locator('[data-test=past-runs] tbody tr td:first-child').first().textContent())
      .toBe(`${newest.run}`);
    await page.goto(`${again.server.url}#line`);
    await says('loading', loading(state.scans.at(-1)!.mean_mg_cm2));
    await again.server.stop();
  });

  it('follows the line live, however fast it runs', async () => {
    await show('line');
    fake.scans(3);
    const scan = (await api<LineState>('state')).scans.at(-1)!;
    await says('loading', loading(scan.mean_mg_cm2));

    // About what 500 times the real speed brings: 60 scans a second, for three seconds.
    await page.evaluate(
      'window.frames_ = 0; (function count() { window.frames_++; requestAnimationFrame(count) })()',
    );
    const started = performance.now();
    await new Promise<void>((resolve) => {
      let sent = 0;
      const timer = setInterval(() => {
        fake.scans(3);
        sent += 3;
        if (sent < 180) return;
        clearInterval(timer);
        resolve();
      }, 50);
    });
    const seconds = (performance.now() - started) / 1000;
    const frames = (await page.evaluate('window.frames_')) as number;
    console.log(`${(180 / seconds).toFixed(0)} scans/s: ${(frames / seconds).toFixed(0)} frames/s`);
    const state = await api<LineState>('state');
    await says('loading', loading(state.scans.at(-1)!.mean_mg_cm2));
    await says('version', state.curve!.version);
    expect(complaints).toEqual([]);
  });

  it('says that the agent is gone and comes back by itself', async () => {
    const own = await startFakeServer(11);
    const port = Number(new URL(own.server.url).port);
    own.scans(60);
    await page.goto(own.server.url);
    await page.locator('main .line-view').waitFor();
    await own.server.stop();
    await says('verdict', 'No connection to the agent');

    const again = await startFakeServer(12, { port });
    again.scans(90);
    const answer = await fetch(new URL('api/v1/lines/coater-1/state', again.server.url));
    const state = (await answer.json()) as LineState;
    await expect
      .poll(() => text('loading'), { timeout: 15_000 })
      .toBe(loading(state.scans.at(-1)!.mean_mg_cm2));
    await says('verdict', /^(?!No connection)/);
    await again.server.stop();
  });

  it('keeps the chosen theme and unit over a reload', async () => {
    await show('line');
    await page.getByLabel('Theme').selectOption('dark');
    await page.getByLabel('Unit').selectOption('g/m²');
    await page.reload();
    await page.locator('main .line-view').waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await text('scale-high')).toContain('g/m²');
  });

  it('can be used by keyboard alone', async () => {
    await show('line');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.getByRole('link', { name: 'Predict' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('main .predict-view').waitFor();
  });

  for (const theme of ['light', 'dark'] as const)
    for (const [name, viewport] of Object.entries(sizes))
      it(`looks right and axe finds nothing: ${name}, ${theme}`, async () => {
        await open(viewport, theme);
        for (const view of views) {
          await show(view);
          const path = `${output}/${view}-${name}-${theme}.png`;
          await page.screenshot({ path, fullPage: name === 'phone' });
          await page.evaluate(axe);
          const found = (await page.evaluate(
            `axe.run().then(({ violations }) => violations.map((v) => v.impact + ' ' + v.id + ': ' + v.nodes.map((n) => n.target).join(' | ')))`,
          )) as string[];
          expect(found, view).toEqual([]);
          const width = await page.evaluate('document.documentElement.scrollWidth');
          expect(width, `${view} is as wide as the screen`).toBe(viewport.width);
        }
        expect(complaints).toEqual([]);
      });
});
