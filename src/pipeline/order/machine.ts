import type { OrderConfig } from '../../config/pipeline.ts';
import type { MachineSample } from '../../core/messages.ts';
import type { Stage, Step } from '../../core/stage.ts';
import { COATER_CLOCK, type Instant, type PipelineEvent } from '../events.ts';

export interface MachineOrderState {
  readonly newest_ms: number;
  /** Everything up to here has been let go. */
  readonly released_ms: number;
  /** Ascending, one for each time. */
  readonly pending: readonly Instant[];
  /** Samples in a row that were older than the newest by a clock jump. */
  readonly jumped: number;
}

/** So many in a row make a clock jump; fewer are single samples with a wrong time. */
const JUMP_SAMPLES = 5;

/**
 * Machine samples → instants in ascending time. Partial records of one time are merged; a sample waits until the
 * newest one is more than the allowed lateness ahead of it, so that order of arrival has no influence. Where two
 * records give one parameter two values for one time, the larger counts: a rule that doesn't ask who came first.
 */
export function machineOrderStage(
  config: OrderConfig,
  line: string,
): Stage<PipelineEvent, PipelineEvent, MachineOrderState> {
  const lateness_ms = config.machine_lateness_s * 1000;

  const release = (state: MachineOrderState, upTo: (instant: Instant, index: number) => boolean) => {
    const kept = state.pending.findIndex((instant, index) => !upTo(instant, index));
    const out = kept < 0 ? state.pending : state.pending.slice(0, kept);
    const last = out.at(-1);
    if (!last) return { state, out };
    return {
      state: { ...state, released_ms: last.time_ms, pending: kept < 0 ? [] : state.pending.slice(kept) },
      out,
    };
  };

  return {
    name: 'order-machine',
    start: () => ({ newest_ms: -Infinity, released_ms: -Infinity, pending: [], jumped: 0 }),
    step(state, event) {
      if (event.kind === 'end') {
        const { state: next, out } = release(state, () => true);
        return { state: next, out: [...out, event] };
      }
      if (event.kind !== 'machine') return { state, out: [event] };
      if (event.time_ms <= state.released_ms) return afterTheFact(state, event, config, line);

      const newest_ms = Math.max(state.newest_ms, event.time_ms);
      const waiting = { ...state, newest_ms, pending: insert(state.pending, event), jumped: 0 };
      const tooMany = waiting.pending.length - config.pending;
      return release(waiting, ({ time_ms }, index) => time_ms < newest_ms - lateness_ms || index < tooMany);
    },
  };
}

/** Too late to be sorted in. Far too late, again and again, means that the device's clock was set back. */
function afterTheFact(
  state: MachineOrderState,
  event: MachineSample,
  config: OrderConfig,
  line: string,
): Step<MachineOrderState, PipelineEvent> {
  const behind_s = (state.newest_ms - event.time_ms) / 1000;
  const jumped = behind_s > config.clock_jump_s ? state.jumped + 1 : state.jumped;
  if (jumped < JUMP_SAMPLES) {
    const detail = `${behind_s} s older than the newest; ${config.machine_lateness_s} s are allowed`;
    return {
      state: { ...state, jumped },
      out: [{ kind: 'rejected', line, reason: 'late', where: 'machine sample', detail }],
    };
  }
  return {
    state: { newest_ms: event.time_ms, released_ms: -Infinity, pending: insert([], event), jumped: 0 },
    out: [
      ...state.pending,
      {
        kind: 'outage',
        line,
        source: COATER_CLOCK,
        time_ms: state.newest_ms,
        until_ms: event.time_ms,
        reason: 'clock-jump',
        detail: `the coater's clock went back by ${behind_s} s`,
      },
    ],
  };
}

function insert(pending: readonly Instant[], sample: MachineSample): Instant[] {
  let at = pending.length;
  while (at > 0 && pending[at - 1]!.time_ms > sample.time_ms) at--;
  const same = pending[at - 1];
  if (same?.time_ms === sample.time_ms) {
    return pending.with(at - 1, {
      ...same,
      values: mergeValues(same.values, sample.values),
      bad: [...new Set([...same.bad, ...(sample.bad ?? [])])].sort(),
    });
  }
  const instant: Instant = {
    kind: 'instant',
    line: sample.line,
    time_ms: sample.time_ms,
    values: sample.values,
    bad: [...new Set(sample.bad ?? [])].sort(),
  };
  return pending.toSpliced(at, 0, instant);
}

function mergeValues(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) {
  const merged: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) merged[name] = Math.max(merged[name] ?? value, value);
  return merged;
}
