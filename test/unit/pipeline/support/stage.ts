import type { Stage } from '../../../../src/core/stage.ts';

/** Feeds a stage and gathers what comes out. */
export function feed<In, Out, State>(
  stage: Stage<In, Out, State>,
  events: readonly In[],
  from?: State,
): Out[] {
  let state = from ?? stage.start();
  const all: Out[] = [];
  for (const event of events) {
    const { state: next, out } = stage.step(state, event);
    state = next;
    all.push(...out);
  }
  return all;
}

/** Those of one kind. */
export const ofKind = <Event extends { kind: string }, Kind extends Event['kind']>(
  events: readonly Event[],
  kind: Kind,
): Extract<Event, { kind: Kind }>[] =>
  events.filter((event): event is Extract<Event, { kind: Kind }> => event.kind === kind);
