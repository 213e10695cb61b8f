import { Observable, type OperatorFunction } from 'rxjs';
import type { Stage, Step } from '../core/stage.ts';

/** A box for a state that its owner may read, keep or replace between two events. */
export interface Cell<State> {
  state: State;
}

/** One field of a larger cell as a cell of its own: setting it replaces the larger state, never mutates it. */
export function fieldCell<Whole extends object, Key extends keyof Whole>(
  cell: Cell<Whole>,
  key: Key,
): Cell<Whole[Key]> {
  return {
    get state() {
      return cell.state[key];
    },
    set state(part) {
      cell.state = { ...cell.state, [key]: part };
    },
  };
}

/**
 * Runs a stage over a stream. An exception in the stage never ends the stream: the event is reported and left
 * behind, and the state stays what it was before it. Errors of the source itself and completion pass through.
 */
export function throughStage<In, Out, State>(
  stage: Stage<In, Out, State>,
  cell: Cell<State>,
  onFailure: (thrown: unknown, input: In, stage: string) => void,
): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) =>
      source.subscribe({
        next(input) {
          let step: Step<State, Out>;
          try {
            step = stage.step(cell.state, input);
          } catch (thrown) {
            onFailure(thrown, input, stage.name);
            return;
          }
          cell.state = step.state;
          for (const out of step.out) subscriber.next(out);
        },
        error: (thrown) => subscriber.error(thrown),
        complete: () => subscriber.complete(),
      }),
    );
}
