/**
 * One step of the pipeline as a state machine over events, free of I/O and of the wall clock: the same events in
 * the same order give the same outputs, bit for bit. `State` is plain data (numbers, strings, arrays, typed
 * arrays, maps of these) so that a snapshot can hold it.
 */
export interface Stage<In, Out, State> {
  readonly name: string;
  start(): State;
  /** Never changes `state` or `input`; what is unchanged may be shared between old and new state. */
  step(state: State, input: In): Step<State, Out>;
}

export interface Step<State, Out> {
  readonly state: State;
  readonly out: readonly Out[];
}
