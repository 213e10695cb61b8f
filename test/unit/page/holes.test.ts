import { describe, expect, it } from 'vitest';
import type { Outage } from '../../../src/core/messages.ts';
import { withLocalTimes } from '../../../src/page/model/format.ts';
import { holes } from '../../../src/page/model/holes.ts';

const outage = (time_ms: number, detail: string, until_ms?: number): Outage => ({
  kind: 'outage',
  line: 'a',
  source: 'pipeline',
  time_ms,
  reason: 'bad-quality',
  detail,
  ...(until_ms !== undefined && { until_ms }),
});

describe('holes in the data', () => {
  it('are one for all tags that went and came back together', () => {
    const found = holes([
      outage(1_000, 'bar is bad'),
      outage(1_000, 'speed is bad'),
      outage(1_000, 'bar is there again', 3_000),
      outage(1_000, 'speed is there again', 4_000),
    ]);
    expect(found).toEqual([
      {
        source: 'pipeline',
        reason: 'bad-quality',
        from_ms: 1_000,
        until_ms: 4_000,
        details: ['bar is bad', 'speed is bad'],
      },
    ]);
  });

  it('stay apart where they began at different times or for other reasons, newest first', () => {
    const other: Outage = { ...outage(2_000, 'gone'), reason: 'disconnected' };
    const found = holes([outage(1_000, 'bar'), other, outage(2_000, 'bar')]);
    expect(found.map(({ from_ms, reason }) => `${from_ms} ${reason}`)).toEqual([
      '2000 disconnected',
      '2000 bad-quality',
      '1000 bad-quality',
    ]);
    expect(found.every(({ until_ms }) => until_ms === undefined)).toBe(true);
  });

  it('keep what a closing report alone says', () => {
    expect(holes([outage(1_000, 'scans 7 to 9', 2_000)])[0]).toMatchObject({
      until_ms: 2_000,
      details: ['scans 7 to 9'],
    });
  });
});

it('times within a sentence are those of the clock on the page', () => {
  const iso = '2024-03-04T07:18:23.474Z';
  const local = new Date(iso).toLocaleTimeString('en-GB');
  expect(withLocalTimes(`from ${iso} to ${iso}, in run 14`)).toBe(`from ${local} to ${local}, in run 14`);
});
