import { concatMap, EMPTY, from, map, mergeMap, type Observable, type OperatorFunction, of } from 'rxjs';
import { messageOf } from '../core/errors.ts';
import type { LineMessage } from '../core/messages.ts';
import type { Arrival } from '../core/source.ts';

/** A message that is durable, with its place in the journal. */
export interface Kept {
  readonly position: number;
  readonly message: LineMessage;
}

export interface IntakeSettings {
  /** Messages that may wait for the journal at one time; beyond it a message is refused. */
  readonly pendingLimit: number;
  /** Called for each message that was not kept, before its source hears of it. */
  readonly onRefused: (message: LineMessage, why: string) => void;
}

type Outcome = { readonly kept: Kept } | { readonly failure: unknown };

/**
 * Writes arrivals to the journal and lets them pass, in order, once they are durable: only then are they
 * acknowledged. Appends overlap, so that the store can commit many at once. What the store can't take is refused:
 * the source sees to it that it comes again.
 */
export function throughJournal(
  append: (message: LineMessage) => Promise<number>,
  settings: IntakeSettings,
): OperatorFunction<Arrival, Kept> {
  return (arrivals: Observable<Arrival>) => {
    let pending = 0;
    const refuse = (arrival: Arrival, why: string) => {
      settings.onRefused(arrival.message, why);
      arrival.refuse();
      return EMPTY;
    };
    return arrivals.pipe(
      mergeMap((arrival) => {
        if (pending >= settings.pendingLimit) {
          return refuse(arrival, `${pending} messages are waiting for the journal`);
        }
        pending++;
        // Begun here, at once; awaited below, in turn.
        const outcome = append(arrival.message).then(
          (position): Outcome => ({ kept: { position, message: arrival.message } }),
          (failure: unknown): Outcome => ({ failure }),
        );
        return of({ arrival, outcome });
      }),
      concatMap(({ arrival, outcome }) => from(outcome).pipe(map((settled) => ({ arrival, settled })))),
      mergeMap(({ arrival, settled }) => {
        pending--;
        if ('failure' in settled) return refuse(arrival, messageOf(settled.failure));
        arrival.acknowledge();
        return of(settled.kept);
      }),
    );
  };
}
