import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { httpSchema } from '../../../src/config/http.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { MemoryHistory } from '../../support/memory-past.ts';
import { benchmark, type Part } from '../harness.ts';

const executablePath = '/usr/bin/chromium';
const pageFolder = resolve('dist/page');
/** A day at one scan in 8 s. */
const DAY_SCANS = 10_800;
const LOADS = 5;
const UPDATES = 20;

await benchmark('page', async (part) => {
  if (!existsSync(executablePath)) return part.note('not measured: there is no Chromium here');
  if (!existsSync(join(pageFolder, 'index.html'))) return part.note('not measured: the page is not built');
  const bytes = readdirSync(pageFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0);
  part.figure('the page, compressed', [bytes / 1000], 'kB', { atMost: 300 });

  const line = fakeLine(7);
  const history = new MemoryHistory();
  const server = createHttpServer(httpSchema.parse({ port: 0, rate_limit: { requests_per_min: 100_000 } }), {
    clock: systemClock,
    log: silentLogger,
    lines: line.directory,
    advisor: line.advisor,
    history,
    pageFolder,
  });
  const step = () => {
    for (const report of line.step()) {
      history.keep(report);
      server.accept(report);
    }
  };
  await server.start();
  for (let i = 0; i < DAY_SCANS; i++) step();
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--enable-precise-memory-info'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await loading(part, page, server.url);
    await updates(part, page, step);
    await panning(part, page, server.url);
    part.figure('the server with a day of one line, resident', [process.memoryUsage().rss / 2 ** 20], 'MiB');
    part.note(`${DAY_SCANS} scans of 800 locations; the agent itself is not in this process`);
  } finally {
    await browser.close();
    await server.stop();
  }
});

/** From the address being opened to the first paint with content, and to the heat map standing there. */
async function loading(part: Part, page: Page, url: string): Promise<void> {
  const first: number[] = [];
  const meaningful: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    await page.goto('about:blank');
    await page.goto(url);
    await page.locator('[data-test=heat]:not([width="300"])').waitFor();
    meaningful.push((await page.evaluate('performance.now()')) as number);
    const entry = 'performance.getEntriesByName("first-contentful-paint")[0].startTime';
    first.push((await page.evaluate(entry)) as number);
  }
  part.figure('first paint with content', first, 'ms', { atMost: 1_000 });
  part.figure('until the heat map stands, loopback', meaningful, 'ms', { atMost: 1_000 });
}

/** From a scan's report reaching the server to its figures standing on the page; news are gathered for 100 ms. */
async function updates(part: Part, page: Page, step: () => void): Promise<void> {
  await page.evaluate(`
    window.changed = [];
    new MutationObserver(() => requestAnimationFrame(() => changed.push(performance.timeOrigin + performance.now())))
      .observe(document.querySelector('[data-test=version]'), { characterData: true, childList: true, subtree: true })`);
  const taken: number[] = [];
  for (let tries = 0; taken.length < UPDATES && tries < 10 * UPDATES; tries++) {
    // What an earlier scan changes must not be taken for this one's.
    await page.waitForTimeout(300);
    const seen = (await page.evaluate('changed.length')) as number;
    const sent = performance.timeOrigin + performance.now();
    step();
    // A scan of bare foil changes no figure.
    if (!(await comesTrue(page, `changed.length > ${seen}`, 700))) continue;
    taken.push(((await page.evaluate(`changed[${seen}]`)) as number) - sent);
  }
  part.figure('a scan until it stands on the page', taken, 'ms', { atMost: 200 });
}

/** Looks every 20 ms; the page's own policy forbids what would do so inside it. */
async function comesTrue(page: Page, condition: string, limit_ms: number): Promise<boolean> {
  const end = performance.now() + limit_ms;
  while (performance.now() < end) {
    if (await page.evaluate(condition)) return true;
    await page.waitForTimeout(20);
  }
  return false;
}

/** A day under a finger: frames while it is dragged to and fro and zoomed, and the memory that it takes. */
async function panning(part: Part, page: Page, url: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await page.goto('about:blank');
  await page.goto(`${url}#history`);
  await page.getByLabel('24 h').check({ force: true });
  const loaded = `/^\\d{4,} scans/.test(document.querySelector('[data-test=past-count]').textContent)`;
  if (!(await comesTrue(page, loaded, 20_000))) throw new Error('the day was not loaded');
  const box = (await page.locator('[data-test=past-heat]').boundingBox())!;
  const frames = () =>
    page.evaluate(`
      window.frames_ = []; window.recording = true; let last = performance.now();
      (function next(now) {
        if (now > last) frames_.push(now - last), (last = now);
        if (recording) requestAnimationFrame(next);
      })(last)`);
  const recorded = async () => (await page.evaluate('recording = false, frames_')) as number[];

  await frames();
  await page.mouse.move(box.x + 900, box.y + 60);
  await page.mouse.down();
  for (let sweep = 0; sweep < 6; sweep++)
    await page.mouse.move(box.x + (sweep % 2 === 0 ? 1_100 : 300), box.y + 60, { steps: 60 });
  await page.mouse.up();
  report(part, 'dragging a day', await recorded());

  await page.locator('[data-test=pan-zoom]').focus();
  await frames();
  for (let i = 0; i < 24; i++) {
    await page.keyboard.press(i % 12 < 6 ? '+' : '-');
    await page.waitForTimeout(40);
  }
  report(part, 'zooming from a day to two hours and back', await recorded());
  part.figure('memory of the page with a day, JavaScript heap', [await heap_mib(session)], 'MiB', {
    atMost: 200,
  });
}

function report(part: Part, what: string, frames: readonly number[]): void {
  const sorted = [...frames].sort((a, b) => a - b);
  part.figure(`${what}: time of a frame`, frames, 'ms', { atMost: 34 });
  const late = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
  part.figure(`${what}: 95 % of the frames within`, [late], 'ms', { atMost: 50 });
}

async function heap_mib(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 2 ** 20;
}
