import { describe, expect, it } from 'vitest';
import { defaultPipelineConfig } from '../../../../src/config/pipeline.ts';
import type { Scan } from '../../../../src/core/messages.ts';
import type { PipelineEvent } from '../../../../src/pipeline/events.ts';
import { scanOrderStage } from '../../../../src/pipeline/order/scans.ts';
import { feed, ofKind } from '../support/stage.ts';

const stage = scanOrderStage(defaultPipelineConfig().order, 'a');
const scan = (number: number, second = number * 8, gauge = 'g'): Scan => ({
  kind: 'scan',
  line: 'a',
  gauge,
  scan: number,
  time_ms: second * 1000,
  duration_ms: 8000,
  startedAt: 'operator',
  loading_mg_cm2: new Float64Array(2),
});
const end: PipelineEvent = { kind: 'end' };
const numbers = (events: PipelineEvent[]) => ofKind(events, 'ordered-scan').map((o) => o.scan.scan);

describe('order of scans', () => {
  it('lets the next number pass at once, after the first has waited', () => {
    const first = [scan(1), scan(2), scan(3), scan(4)];
    expect(numbers(feed(stage, first))).toEqual([1, 2, 3, 4]);
    expect(numbers(feed(stage, first.slice(0, 2)))).toEqual([]);
    expect(numbers(feed(stage, [...first, scan(5)]))).toEqual([1, 2, 3, 4, 5]);
  });

  it('waits for a missing scan as long as it may come, then calls it missing', () => {
    const start = [1, 2, 3, 4].map((n) => scan(n));
    expect(numbers(feed(stage, [...start, scan(6), scan(5)]))).toEqual([1, 2, 3, 4, 5, 6]);
    const gone = feed(stage, [...start, scan(7), scan(8), scan(9), scan(10)]);
    expect(numbers(gone)).toEqual([1, 2, 3, 4, 7, 8, 9, 10]);
    expect(ofKind(gone, 'outage')).toMatchObject([
      {
        reason: 'missing-scans',
        time_ms: 32_000,
        until_ms: 48_000,
        detail: expect.stringContaining('2 scans'),
      },
    ]);
    expect(ofKind(feed(stage, [...start, scan(6), end]), 'outage')).toHaveLength(1);
  });

  it('tells duplicates from late scans', () => {
    const out = feed(
      stage,
      [1, 2, 3, 4, 6, 7, 8, 9, 9, 3, 5].map((n) => scan(n)),
    );
    expect(ofKind(out, 'dropped').map((d) => [d.scan, d.reason])).toEqual([
      [9, 'duplicate'],
      [3, 'duplicate'],
      [5, 'late'],
    ]);
  });

  it('takes a gauge that counts anew for restarted, not for duplicated', () => {
    const before = [1, 2, 3, 4].map((n) => scan(n));
    const after = [0, 1, 2, 3, 4].map((n) => scan(n, 200 + n * 8));
    const out = feed(stage, [...before, ...after, end]);
    expect(numbers(out)).toEqual([1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(ofKind(out, 'outage')).toMatchObject([{ reason: 'restarted' }]);
    expect(ofKind(out, 'dropped')).toEqual([]);
  });

  it('keeps gauges apart', () => {
    const both = [1, 2, 3, 4].flatMap((n) => [scan(n), scan(n + 70, n * 8, 'h')]);
    expect(numbers(feed(stage, [...both, end])).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 71, 72, 73, 74,
    ]);
  });
});
