import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlarmBook, type Sign } from '../../../../src/agent/alarms/book.ts';
import type { AlarmRule } from '../../../../src/agent/alarms/entry.ts';
import type { AlarmAction } from '../../../../src/core/alarm.ts';

const rules = new Map<string, AlarmRule>([
  ['calm', { priority: 'low', on_delay_ms: 100, off_delay_ms: 50 }],
  ['quick', { priority: 'high', on_delay_ms: 0, off_delay_ms: 0 }],
]);

const sign = (alarm: string, present: boolean, detail = ''): Sign => ({
  alarm,
  subject: '',
  present,
  detail,
});
const action = (
  what: AlarmAction['action'],
  time_ms: number,
  more: Partial<AlarmAction> = {},
): AlarmAction => ({
  kind: 'action',
  line: 'a',
  time_ms,
  action: what,
  alarm: 'quick',
  subject: '',
  by: 'Ada',
  ...more,
});

describe('alarm book', () => {
  it('raises once the condition has lasted, and tells since when', () => {
    const book = new AlarmBook('a', rules);
    expect(book.see(0, [sign('calm', true, 'hot')])).toEqual([]);
    expect(book.see(99, [])).toEqual([]);
    expect(book.see(100, [sign('calm', true, 'hotter')])).toEqual([
      {
        kind: 'alarm',
        line: 'a',
        alarm: 'calm',
        subject: '',
        time_ms: 100,
        priority: 'low',
        state: 'UNACK',
        active: true,
        since_ms: 0,
        detail: 'hotter',
      },
    ]);
    expect(book.see(110, [sign('calm', false)])).toEqual([]);
    expect(book.see(160, [])).toMatchObject([{ state: 'RTNUN', active: false, time_ms: 160 }]);
  });

  it('does not hear what chatters faster than its delays', () => {
    const book = new AlarmBook('a', rules);
    for (let time_ms = 0; time_ms < 2_000; time_ms += 60) {
      expect(book.see(time_ms, [sign('calm', (time_ms / 60) % 2 === 0)])).toEqual([]);
    }
    expect(book.state.entries.length).toBeLessThanOrEqual(1);
  });

  it('shelves until the time that was named, in the time of the data', () => {
    const book = new AlarmBook('a', rules);
    book.see(0, [sign('quick', true, 'd')]);
    expect(book.act(action('shelve', 10, { until_ms: 500, comment: 'known' }))).toMatchObject({
      state: 'SHLVD',
      active: true,
      by: 'Ada',
      comment: 'known',
      until_ms: 500,
    });
    expect(book.see(499, [sign('quick', false)])).toMatchObject([{ state: 'SHLVD', active: false }]);
    expect(book.see(499, [sign('quick', true, 'again')])).toMatchObject([{ state: 'SHLVD', active: true }]);
    const [back] = book.see(500, []);
    expect(back).toMatchObject({ state: 'UNACK', active: true, detail: 'again' });
    expect(back).not.toHaveProperty('until_ms');
    expect(() => book.act(action('shelve', 600, { until_ms: 600 }))).toThrow('over already');
    expect(() => book.act(action('acknowledge', 600, { alarm: 'none' }))).toThrow('calm, quick');
  });

  it('tells what comes and goes at one time', () => {
    const book = new AlarmBook('a', rules);
    const told = book.see(0, [
      sign('quick', true),
      sign('quick', false),
      sign('calm', true),
      sign('calm', false),
    ]);
    expect(told.map(({ alarm, state }) => [alarm, state])).toEqual([
      ['quick', 'UNACK'],
      ['quick', 'RTNUN'],
    ]);
  });

  it('forgets who acknowledged what came before', () => {
    const book = new AlarmBook('a', rules);
    book.see(0, [sign('quick', true)]);
    expect(book.act(action('acknowledge', 1))).toMatchObject({ state: 'ACKED', by: 'Ada' });
    expect(book.act(action('acknowledge', 2, { by: 'Bob' }))).toMatchObject({ state: 'ACKED', by: 'Ada' });
    expect(book.see(3, [sign('quick', false)])).toMatchObject([{ state: 'NORM' }]);
    expect(book.list()).toEqual([]);
    const [again] = book.see(4, [sign('quick', true)]);
    expect(again).toMatchObject({ state: 'UNACK' });
    expect(again).not.toHaveProperty('by');
  });

  it('does not wait for a clock that was set back', () => {
    const book = new AlarmBook('a', rules);
    book.see(1_000_000, [sign('calm', true)]);
    book.resetTime(0);
    expect(book.see(99, [])).toEqual([]);
    expect(book.see(100, [])).toMatchObject([{ state: 'UNACK', time_ms: 100 }]);
  });

  it('keeps within bounds, whatever subjects a device invents', () => {
    const book = new AlarmBook('a', rules);
    for (let i = 0; i < 2_000; i++) {
      book.see(i, [{ alarm: 'quick', subject: `gauge ${i}`, present: true, detail: '' }]);
    }
    expect(book.state.entries).toHaveLength(500);
    expect(() => book.act(action('shelve', 3_000, { subject: 'new', until_ms: 4_000 }))).toThrow('too many');
  });

  it('goes on from its state as if nothing had happened', () => {
    const what = fc.oneof(
      fc.record({ alarm: fc.constantFrom('calm', 'quick'), present: fc.boolean() }),
      fc.constantFrom('acknowledge' as const, 'shelve' as const, 'unshelve' as const),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 80 }), what), { maxLength: 40 }), (steps) => {
        let [time_ms, one] = [0, new AlarmBook('a', rules)];
        let other = new AlarmBook('a', rules);
        for (const [delta, step] of steps) {
          time_ms += delta;
          other = new AlarmBook('a', rules, structuredClone(other.state));
          const told = [one, other].map((book) =>
            typeof step === 'string'
              ? book.act(action(step, time_ms, { until_ms: time_ms + 70 }))
              : book.see(time_ms, [sign(step.alarm, step.present)]),
          );
          expect(told[1]).toEqual(told[0]);
          expect(other.list()).toEqual(one.list());
        }
      }),
      { numRuns: 200 },
    );
  });
});
