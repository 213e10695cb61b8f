import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opcUaTag } from '../../../../src/config/sources.ts';
import { groupValues, type TagValue } from '../../../../src/sources/opcua/values.ts';

const t0 = Date.UTC(2020, 10, 4, 9, 0);
const good = 0;
const tag = (settings: object = {}) => opcUaTag.parse({ node: 'ns=1;s=X', ...settings });
const tags = { gap: tag({ scale: 0.001, offset: 1 }), speed: tag(), state: tag() };

const value = (name: string, raw: unknown, source_ms: number | undefined, status = good): TagValue => ({
  name,
  value: raw,
  status,
  source_ms,
});

describe('values of one notification', () => {
  test('are scaled and grouped by source time', () => {
    const { samples } = groupValues('a', tags, [
      value('speed', 2, t0 + 1000),
      value('gap', 150, t0),
      value('speed', 1.5, t0),
      value('state', true, t0 + 1000),
    ]);
    expect(samples).toEqual([
      { kind: 'machine', line: 'a', time_ms: t0, values: { gap: 1.15, speed: 1.5 } },
      { kind: 'machine', line: 'a', time_ms: t0 + 1000, values: { speed: 2, state: 1 } },
    ]);
  });

  test('give the same samples in any order', () => {
    const all = ['gap', 'speed', 'state'].flatMap((name, i) =>
      [0, 1000, 2000].map((later) =>
        value(name, i + later, t0 + later, later === 1000 && i === 1 ? 0x80000000 : 0),
      ),
    );
    const expected = JSON.stringify(groupValues('a', tags, all).samples);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(JSON.stringify(groupValues('a', tags, shuffled).samples)).toBe(expected);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['bad', 0x80350000],
    ['uncertain', 0x40000000],
  ])('of %s status are named, not used', (_, status) => {
    const { samples } = groupValues('a', tags, [value('gap', 150, t0, status >>> 0), value('speed', 1, t0)]);
    expect(samples).toEqual([
      { kind: 'machine', line: 'a', time_ms: t0, values: { speed: 1 }, bad: ['gap'] },
    ]);
  });

  test('with the overflow bit are used, and the overflow told', () => {
    const { samples, overflowed } = groupValues('a', tags, [
      value('speed', 1, t0, 0x0480),
      value('gap', 1, t0, 0x0480),
      value('state', 1, t0, 0x0400),
    ]);
    expect(overflowed).toEqual(['gap', 'speed']);
    expect(Object.keys(samples[0]?.values ?? {})).toEqual(['gap', 'speed', 'state']);
  });

  test('that are no numbers, or have no time, are refused each by its reason', () => {
    const { samples, refused } = groupValues('a', tags, [
      value('gap', Number.NaN, t0),
      value('speed', 'fast', t0),
      value('state', 1, undefined),
      value('state', 1, Date.UTC(1601, 0, 1)),
      value('elsewhere', 1, t0),
    ]);
    expect(samples).toEqual([]);
    expect(refused.map(({ name, reason }) => [name, reason])).toEqual([
      ['gap', 'not-a-number'],
      ['speed', 'not-a-number'],
      ['state', 'invalid-time'],
      ['state', 'invalid-time'],
    ]);
  });

  test('of 64 bits are read from their two words', () => {
    const { samples } = groupValues('a', tags, [
      value('speed', [1, 2], t0),
      value('state', [-1, 0xffffffff], t0),
    ]);
    expect(samples[0]?.values).toEqual({ speed: 2 ** 32 + 2, state: -1 });
  });
});
