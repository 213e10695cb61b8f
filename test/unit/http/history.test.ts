import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LineState } from '../../../src/core/api.ts';
import type {
  HeatDocument,
  HistoryDocument,
  HistoryEntryDocument,
  RunsDocument,
  ScansDocument,
} from '../../../src/core/api-history.ts';
import { heatGrid } from '../../../src/http/heat-grid.ts';
import { LineMemory } from '../../../src/http/line-memory.ts';
import { thinScans } from '../../../src/http/scan-thinning.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { type HttpInstance, httpInstance } from '../../support/http-instance.ts';
import { MemoryHistory } from '../../support/memory-past.ts';

let instance: HttpInstance;
beforeAll(async () => {
  instance = await httpInstance({ rate_limit: { requests_per_min: 100_000 } }, 300);
});
afterAll(() => instance.server.close());

const ask = async <T>(path: string): Promise<T> => {
  const answer = await instance.server.inject(`/api/v1/lines/coater-1/${path}`);
  expect(answer.statusCode, answer.body.slice(0, 200)).toBe(200);
  return answer.json<T>();
};

describe('the history', () => {
  async function allPages(query: string): Promise<HistoryEntryDocument[]> {
    const entries: HistoryEntryDocument[] = [];
    let cursor = '';
    do {
      const page = await ask<HistoryDocument>(`history?${query}${cursor}`);
      entries.push(...page.entries);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    return entries;
  }

  it.each(['limit=7', 'limit=1', 'limit=50&kinds=observation,dropped'])(
    'comes in pages without a hole and without a repetition: %s',
    async (query) => {
      const whole = await allPages(query.replace(/limit=\d+/, 'limit=2000'));
      expect(whole.length).toBeGreaterThan(200);
      expect(await allPages(query)).toEqual(whole);
      const backwards = await allPages(`${query}&reverse=true`);
      expect(backwards.map(({ time_ms }) => time_ms)).toEqual(whole.map(({ time_ms }) => time_ms).reverse());
      expect(new Set(backwards.map((entry) => JSON.stringify(entry))).size).toBe(whole.length);
    },
  );

  it('keeps to the stretch of time and the kinds asked for', async () => {
    const from = Date.UTC(2026, 4, 11, 6, 10);
    const to = '2026-05-11T06:20:00Z';
    const { entries } = await ask<HistoryDocument>(`history?from=${from}&to=${to}&kinds=run,observation`);
    expect(entries.length).toBeGreaterThan(10);
    for (const { time_ms, kind } of entries) {
      expect(time_ms).toBeGreaterThanOrEqual(from);
      expect(time_ms).toBeLessThanOrEqual(Date.parse(to));
      expect(['run', 'observation']).toContain(kind);
    }
  });

  it.each([
    ['history?from=yesterday', 'query.from'],
    ['history?kinds=everything', 'query.kinds'],
    ['history?cursor=x', 'query.cursor'],
    ['history?limit=0', 'query.limit'],
    ['history/scans?from=5&to=4', 'query.from'],
    ['history/scans?from=2026-01-01T00:00:00Z&to=2026-05-01T00:00:00Z', 'query.from'],
    ['history/heat?rows=1e9', 'query.rows'],
    ['history/runs?points=5', 'query.points'],
  ])('refuses %s', async (path, where) => {
    const answer = await instance.server.inject(`/api/v1/lines/coater-1/${path}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.where).toBe(where);
  });

  it('knows the runs as the live state does', async () => {
    const { runs } = await ask<RunsDocument>('history/runs');
    const state = await ask<LineState>('state');
    const told = (row: LineState['runs'][number]) => ({ ...row, now: null });
    expect(runs.length).toBeGreaterThan(2);
    expect(runs.map(told)).toEqual(state.runs.map(told));
  });

  it('tells all scans where a picture has room for them', async () => {
    const state = await ask<LineState>('state');
    const scans = await ask<ScansDocument>('history/scans?points=5000');
    expect(scans.bucket_ms).toBe(0);
    expect(scans.time_ms).toEqual(state.scans.map(({ time_ms }) => time_ms));
    expect(scans.mean_mg_cm2).toEqual(state.scans.map(({ mean_mg_cm2 }) => mean_mg_cm2));
  });
});

describe('thinned scans', () => {
  const history = new MemoryHistory();
  const line = fakeLine(3);
  for (let i = 0; i < 900; i++) for (const report of line.step()) history.keep(report);
  const scans = history
    .read({ line: 'coater-1', kinds: ['observation'] })
    .flatMap(({ record }) => (record.kind === 'observation' ? [record] : []));
  const window = {
    line: 'coater-1',
    from_ms: scans[0]!.time_ms,
    until_ms: scans.at(-1)!.time_ms + 1,
    points: 100,
  };

  it('lose no scan and no peak, and never mix two runs', () => {
    const thin = thinScans(scans, window);
    const runs = new Set(scans.map(({ run }) => run)).size;
    expect(thin.time_ms.length).toBeLessThanOrEqual(window.points + 2 * runs);
    expect(thin.time_ms.length).toBeGreaterThan(window.points / 2);
    expect(thin.scans.reduce((sum, n) => sum + n, 0)).toBe(scans.length);
    const means = scans.map(({ mean_mg_cm2 }) => mean_mg_cm2);
    expect(Math.max(...thin.high_mg_cm2)).toBeCloseTo(Math.max(...means), 4);
    expect(Math.min(...thin.low_mg_cm2)).toBeCloseTo(Math.min(...means), 4);
    const weighted = thin.mean_mg_cm2.reduce((sum, mean, i) => sum + mean * thin.scans[i]!, 0);
    expect(weighted / scans.length).toBeCloseTo(means.reduce((sum, mean) => sum + mean, 0) / scans.length, 3);
    let at = 0;
    thin.scans.forEach((n, i) => {
      expect(new Set(scans.slice(at, at + n).map(({ run }) => run))).toEqual(new Set([thin.run[i]]));
      at += n;
    });
  });

  it('are none where there was none', () => {
    expect(thinScans([], window)).toMatchObject({ time_ms: [], bucket_ms: 0 });
  });
});

describe('the heat grid', () => {
  const profile = (scan: number, time_ms: number, values: number[]) => ({
    scan,
    time_ms,
    values: Int16Array.from(values),
  });
  const cells = ({ data }: HeatDocument) => {
    const bytes = Buffer.from(data, 'base64');
    return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i));
  };

  it('has the mean of what fell into each cell, and holes where nothing did', () => {
    const rows = [
      profile(1, 0, [10, 20, 30, 40]),
      profile(2, 1_500, [30, 40, -32_768, 60]),
      profile(3, 8_000, [1, 2, 3, 4]),
      profile(4, 99_000, [9, 9, 9, 9]),
    ];
    const grid = heatGrid(rows, { line: 'l', from_ms: 0, until_ms: 12_000, rows: 3, columns: 2 });
    expect(grid).toMatchObject({ step_ms: 4_000, rows: 3, columns: 2 });
    const hole = -32_768;
    // By hand: (10+20+30+40)/4, (30+40+60)/3; nothing; (1+2)/2 and (3+4)/2, rounded up.
    expect(cells(grid)).toEqual([25, 43, hole, hole, 2, 4]);
  });

  it('shows single scans where it is fine enough', async () => {
    const heat = await ask<HeatDocument>('history/heat?columns=800&rows=4000');
    const state = await ask<LineState>('state');
    const wanted = Buffer.from(state.profiles.data, 'base64');
    const last = state.profiles.time_ms.length - 1;
    const row = Math.floor((state.profiles.time_ms[last]! - 1 - heat.from_ms) / heat.step_ms);
    const got = cells(heat).slice(row * 800, (row + 1) * 800);
    // The last row holds the last two or three scans: their mean lies between the smallest and the largest of them.
    const scans = [0, 1, 2, 3].map((back) =>
      Array.from({ length: 800 }, (_, i) => wanted.readInt16LE(((last - back) * 800 + i) * 2)),
    );
    got.forEach((cell, i) => {
      if (cell === -32_768) return;
      const all = scans.map((scan) => scan[i]!);
      expect(cell).toBeGreaterThanOrEqual(Math.min(...all) - 1);
      expect(cell).toBeLessThanOrEqual(Math.max(...all) + 1);
    });
  });
});

describe('a memory restored from the store', () => {
  const limits = { scans: 1_000, gapPoints: 1_000, runs: 100 };

  it('is as it was, and takes nothing twice that the agent tells again', () => {
    const line = fakeLine(5);
    const describe_ = () => line.directory.describe('coater-1')!;
    const history = new MemoryHistory();
    const before = new LineMemory('coater-1', limits, describe_);
    const told = Array.from({ length: 200 }, (_, position) =>
      line.step().map((report, index) => ({ report, id: { position, index } })),
    ).flat();
    for (const { report, id } of told) {
      before.accept(report, id);
      history.keep(report, id);
    }
    const after = new LineMemory('coater-1', limits, describe_);
    after.restore(history.read({ line: 'coater-1' }));
    expect(after.takeBatch()).toBeUndefined();
    for (const { report, id } of told.slice(-400)) after.accept(report, id);
    const parts = ({ scans, runs, dropped, dead_letters, abstractions }: LineState) => ({
      scans,
      runs: runs.map((row) => ({ ...row, now: null })),
      dropped,
      dead_letters,
      abstractions,
    });
    expect(parts(after.state())).toEqual(parts(before.state()));
  });
});
