import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlarmEvent, normal, type Standing, transition } from '../../../../src/agent/alarms/isa.ts';
import type { AlarmState } from '../../../../src/core/alarm.ts';

/**
 * The arrows of the alarm state transition diagram of ANSI/ISA-18.2-2016 (figure 3): state, event, next state. A
 * shelf remembers the condition; what has no arrow stays.
 */
const ARROWS: readonly (readonly [AlarmState, AlarmEvent, AlarmState])[] = [
  ['NORM', 'raise', 'UNACK'],
  ['UNACK', 'acknowledge', 'ACKED'],
  ['UNACK', 'clear', 'RTNUN'],
  ['ACKED', 'clear', 'NORM'],
  ['RTNUN', 'acknowledge', 'NORM'],
  ['RTNUN', 'raise', 'UNACK'],
  ['NORM', 'shelve', 'SHLVD'],
  ['UNACK', 'shelve', 'SHLVD'],
  ['ACKED', 'shelve', 'SHLVD'],
  ['RTNUN', 'shelve', 'SHLVD'],
];
const EVENTS: readonly AlarmEvent[] = ['raise', 'clear', 'acknowledge', 'shelve', 'unshelve'];

/** Every standing that can be: outside the shelf the state tells whether the condition is there. */
const standings: readonly Standing[] = [
  normal,
  { state: 'UNACK', active: true },
  { state: 'ACKED', active: true },
  { state: 'RTNUN', active: false },
  { state: 'SHLVD', active: true },
  { state: 'SHLVD', active: false },
];

describe('alarm states', () => {
  it('follow every arrow of the standard and no other', () => {
    for (const standing of standings) {
      for (const event of EVENTS) {
        const arrow = ARROWS.find(([from, by]) => from === standing.state && by === event);
        const unshelved = standing.active ? 'UNACK' : 'NORM';
        const next =
          arrow?.[2] ?? (standing.state === 'SHLVD' && event === 'unshelve' ? unshelved : standing.state);
        expect([standing, event, transition(standing, event).state]).toEqual([standing, event, next]);
      }
    }
  });

  it('stay among those of the standard, and know the condition, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 }), (events) => {
        let standing = normal;
        let condition = false;
        for (const event of events) {
          standing = transition(standing, event);
          if (event === 'raise' || event === 'clear') condition = event === 'raise';
          expect(standings).toContainEqual(standing);
          expect(standing.active).toBe(condition);
        }
      }),
      { numRuns: 300 },
    );
  });
});
