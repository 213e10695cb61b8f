import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdviceDocument,
  type LineState,
  lineStateSchema,
  type NextGapDocument,
  type PredictDocument,
} from '../../src/core/api.ts';
import type { HistoryDocument, RunsDocument, ScansDocument } from '../../src/core/api-history.ts';
import { en, type MessageKey } from '../../src/page/messages/en.ts';
import { formatDifference, formatGap, formatLoading } from '../../src/page/model/format.ts';
import { scoreRuns } from '../../src/page/model/scores.ts';
import { hasChromium, launchChromium } from './browser.ts';
import { operatorToken, type RealLine, startRealLine } from './real-line.ts';

const output = 'test/output/agent';
const sizes = { panel: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const views = ['line', 'predict', 'quality', 'abstraction', 'alarms', 'history'] as const;
const loading = (mg_cm2: number) => formatLoading(mg_cm2, 'mg/cm²');

/** What sticks out of its card to the right, outside boxes that scroll. */
const sticksOut = `[...document.querySelectorAll('.card, .tile, .line-view')].flatMap((card) =>
  [...card.querySelectorAll('*')]
    .filter((part) => !part.closest('.table, .visually-hidden, .plot, .heat'))
    .filter((part) => part.getBoundingClientRect().right > card.getBoundingClientRect().right + 0.5)
    .map((part) => part.tagName + '.' + part.getAttribute('class') + ': ' + part.textContent))`;
/** Boxes that have to be scrolled sideways. */
const cutOff = `[...document.querySelectorAll('.table')]
  .filter((box) => box.scrollWidth > box.clientWidth)
  .map((box) => box.getAttribute('aria-label'))`;

describe.skipIf(!hasChromium)(
  `the page of a real agent${hasChromium ? '' : ' [skipped: no chromium]'}`,
  () => {
    let line: RealLine;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    beforeAll(async () => {
      mkdirSync(output, { recursive: true });
      line = await startRealLine(7);
      await line.runTo(0.7);
      browser = await launchChromium();
      page = await browser.newPage({ viewport: sizes.panel, timezoneId: 'UTC', locale: 'en-GB' });
      page.on('pageerror', (error) => complaints.push(error.message));
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await line?.stop();
    });

    const api = async <T>(path: string): Promise<T> =>
      (await (await fetch(new URL(`api/v1/lines/coater-1/${path}`, line.server.url))).json()) as T;
    const text = async (name: string) =>
      ((await page.locator(`[data-test=${name}]`).first().textContent()) ?? '').trim();
    const says = (name: string, wanted: string, timeout = 5_000) =>
      expect.poll(() => text(name), { timeout }).toBe(wanted);
    async function show(view: (typeof views)[number]) {
      await page.goto(`${line.server.url}#${view}`);
      await page.locator(`main .${view}-view`).waitFor();
      if (view === 'predict') await page.locator('[data-test=advice]').waitFor();
      if (view === 'line') await page.locator('[data-test=heat]:not([width="300"])').waitFor();
      if (view === 'history') await expect.poll(() => text('past-count')).toMatch(/^\d+ scans/);
    }

    it('shows the figures of the API on every view', async () => {
      await show('line');
      const state = await api<LineState>('state');
      const scan = state.scans.at(-1)!;
      const run = state.runs.find((row) => row.run === scan.run)!;
      expect(lineStateSchema.safeParse(state).error).toBeUndefined();
      expect(state.runs.filter(({ measured }) => measured).length).toBeGreaterThanOrEqual(2);
      await says('loading', loading(scan.mean_mg_cm2));
      expect(await text('gap')).toBe(formatGap(state.gap_now!.gap_um));
      expect(await text('predicted')).toBe(`predicted ${loading(run.predicted!.mean_mg_cm2)}`);
      expect(await text('measured')).toBe(`measured ${loading(run.measured!.level_mg_cm2)}`);
      expect(await text('version')).toBe(state.curve!.version);

      await show('abstraction');
      const newest = state.abstractions.at(-1)!;
      const mapped = (name: string) => page.locator(`[data-test=${name}] td.is-mapped`).allTextContents();
      expect((await mapped('alpha-gap')).sort()).toEqual(
        newest.alphaGap
          .map((lab, i) => `${Math.round(newest.lineGaps_um[i]!)} → ${Math.round(newest.labGaps_um[lab]!)}`)
          .sort(),
      );
      const errors = await page.locator('[data-test=errors] dd').allTextContents();
      expect(errors.map((error) => error.trim())).toEqual(newest.errors.map((error) => error.toFixed(3)));

      await show('quality');
      const scores = scoreRuns(state.runs);
      const rows = await page
        .locator('[data-test=runs] tbody tr')
        .evaluateAll((found) =>
          found.map((row) => [...row.querySelectorAll('td')].slice(0, 6).map((cell) => cell.textContent)),
        );
      expect(rows).toEqual(
        scores.runs
          .map((scored) => [
            `${scored.row.run}`,
            formatGap(scored.row.gap_um),
            `${scored.row.measured!.scans}`,
            loading(scored.predicted_mg_cm2),
            loading(scored.measured_mg_cm2),
            formatDifference(scored.residual_mg_cm2, 'mg/cm²'),
          ])
          .reverse(),
      );
      for (const { reason, count } of state.dropped)
        expect(await text('dropped')).toMatch(
          new RegExp(`${en[`dropped.${reason}` as MessageKey]}\\s*${count}`),
        );

      await show('history');
      const past = await api<ScansDocument>('history/scans?points=10000');
      const { runs } = await api<RunsDocument>('history/runs');
      expect(past.time_ms).toEqual(state.scans.map(({ time_ms }) => time_ms));
      expect(past.mean_mg_cm2).toEqual(state.scans.map(({ mean_mg_cm2 }) => mean_mg_cm2));
      expect(await text('past-count')).toBe(`${past.time_ms.length} scans, ${runs.length} runs`);
    });

    it('predicts with the slider and advises a gap, as the API does and near the truth', async () => {
      await show('predict');
      const field = page.locator('[data-test=gap-field]');
      await field.fill('129');
      await page.locator('[data-test=gap-slider]').focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => field.inputValue()).toBe('130');
      const [prediction] = (await api<PredictDocument>('predict?gap=130')).predictions;
      await says('prediction', loading(prediction!.mean_mg_cm2));
      // Four of its standard deviations: a page that asked about another gap or line would be far outside.
      expect(Math.abs(prediction!.mean_mg_cm2 - line.levelAt(130))).toBeLessThan(4 * prediction!.sd);

      await page.locator('[data-test=wanted-field]').fill('22.5');
      await page.locator('[data-test=tolerance-field]').fill('0.8');
      const advice = await api<AdviceDocument>('advise?loading=22.5&tolerance=0.8');
      await says('advice', formatGap(advice.gap_um));
      await expect.poll(() => text('in-tolerance')).toContain(`${Math.round(advice.inTolerance! * 100)} %`);

      const next = await api<NextGapDocument>(`next?at=${advice.gap_um}`);
      expect(next.sd_after_mg_cm2).toBeLessThan(next.sd_now_mg_cm2);
      await expect.poll(() => text('next-gap')).toContain(`at ${next.gap_um} µm would`);
      expect(await text('next-gap')).toContain(
        `from ${loading(next.sd_now_mg_cm2)} to ${loading(next.sd_after_mg_cm2)}`,
      );
    });

    it('has an alarm acknowledged by an operator, which the agent keeps', async () => {
      await show('line');
      expect(await text('banner')).toContain(en['alarm.loading-out-of-tolerance']);
      await page.getByRole('link', { name: 'Show alarms' }).click();
      const row = page.locator('[data-test=alarm-loading-out-of-tolerance]');
      await row.getByRole('button', { name: /^Acknowledge/ }).click();
      await page.locator('[data-test=token]').fill(operatorToken);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /Sign out/ }).waitFor();
      await row.getByLabel('Why').fill('trial gaps');
      await row.getByRole('button', { name: /^Acknowledge/ }).click();
      const acted = async () => {
        const { entries } = await api<HistoryDocument>('history?kinds=alarm');
        return entries.flatMap((entry) => (entry.kind === 'alarm' ? [entry.alarm] : []));
      };
      await expect
        .poll(async () => (await acted()).find(({ by }) => by === 'Ada'))
        .toMatchObject({ alarm: 'loading-out-of-tolerance', comment: 'trial gaps' });
      const waiting = page.locator('[data-state=UNACK][data-test=alarm-loading-out-of-tolerance]');
      await expect.poll(() => waiting.count()).toBe(0);
    });

    for (const colorScheme of ['light', 'dark'] as const)
      for (const [name, viewport] of Object.entries(sizes))
        it(`keeps everything within its card: ${name}, ${colorScheme}`, async () => {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          for (const view of views) {
            await show(view);
            await page.screenshot({ path: `${output}/${view}-${name}-${colorScheme}.png`, fullPage: true });
            expect(await page.evaluate(sticksOut), view).toEqual([]);
            if (name === 'panel') expect(await page.evaluate(cutOff), view).toEqual([]);
          }
          await page.setViewportSize(sizes.panel);
          await page.emulateMedia({ colorScheme: 'light' });
        });

    it('would notice what does not keep within its card', async () => {
      await show('quality');
      await page.evaluate(`document.querySelector('.bars i').style.cssText = 'width: 140%; flex: none'`);
      expect(await page.evaluate(sticksOut)).not.toEqual([]);
      await page.evaluate(`document.querySelector('[data-test=runs]').style.width = '200%'`);
      expect(await page.evaluate(cutOff)).not.toEqual([]);
      await page.reload();
    });

    it('comes back by itself when the agent does, with its past, and follows the next run', async () => {
      await show('line');
      const before = await api<LineState>('state');
      await line.stopAgent();
      await says('verdict', 'No connection to the agent. Trying again.');
      await line.startAgent();
      const restored = await api<LineState>('state');
      expect(restored.scans).toEqual(before.scans);
      expect(restored.runs.map(({ run, predicted, measured }) => ({ run, predicted, measured }))).toEqual(
        before.runs.map(({ run, predicted, measured }) => ({ run, predicted, measured })),
      );
      expect(restored.dropped).toEqual(before.dropped);
      await says('loading', loading(restored.scans.at(-1)!.mean_mg_cm2), 15_000);
      await line.runTo(1);
      const state = await api<LineState>('state');
      expect(state.scans.length).toBeGreaterThan(before.scans.length);
      await says('loading', loading(state.scans.at(-1)!.mean_mg_cm2), 15_000);
      await says('version', state.curve!.version);
      expect(await text('verdict')).not.toContain('No connection');
      expect(complaints).toEqual([]);
    });
  },
);
