import type { AlarmState } from '../../core/alarm.ts';

/** What can befall an alarm. */
export type AlarmEvent =
  /** The condition came. */
  | 'raise'
  /** The condition went. */
  | 'clear'
  | 'acknowledge'
  | 'shelve'
  /** Somebody took it off the shelf, or its time there is over. */
  | 'unshelve';

/** An alarm's state, and whether its condition is there: a shelved alarm has to know what it comes back to. */
export interface Standing {
  readonly state: AlarmState;
  readonly active: boolean;
}

export const normal: Standing = { state: 'NORM', active: false };

/**
 * The transitions of ANSI/ISA-18.2-2016 (IEC 62682), without the optional latching, out-of-service and
 * suppressed-by-design states. What the standard has no arrow for changes nothing: a second acknowledgement is no
 * fault. A shelved alarm comes back to be acknowledged anew where its condition is there, whoever knew of it before.
 */
export function transition({ state, active }: Standing, event: AlarmEvent): Standing {
  switch (event) {
    case 'raise':
      if (state === 'SHLVD') return { state, active: true };
      return active ? { state, active } : { state: 'UNACK', active: true };
    case 'clear':
      if (state === 'SHLVD') return { state, active: false };
      return { state: state === 'UNACK' ? 'RTNUN' : state === 'ACKED' ? 'NORM' : state, active: false };
    case 'acknowledge':
      return { state: state === 'UNACK' ? 'ACKED' : state === 'RTNUN' ? 'NORM' : state, active };
    case 'shelve':
      return { state: 'SHLVD', active };
    case 'unshelve':
      return state === 'SHLVD' ? { state: active ? 'UNACK' : 'NORM', active } : { state, active };
  }
}
