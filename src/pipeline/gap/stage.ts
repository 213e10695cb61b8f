import type { GapConfig } from '../../config/pipeline.ts';
import type { Outage } from '../../core/messages.ts';
import type { Stage } from '../../core/stage.ts';
import { type CoaterPoint, type Instant, isCoaterClockJump, type PipelineEvent } from '../events.ts';
import { commaGap } from './formula.ts';

export interface GapState {
  /** Time of the instant before; -Infinity before the first. */
  readonly last_ms: number;
  readonly held: Readonly<Record<string, Held>>;
  /** Parameters of the pipeline that are unusable now, with the time since which they are. */
  readonly faulty: Readonly<Record<string, Fault>>;
}

interface Held {
  readonly value: number;
  readonly time_ms: number;
}

interface Fault {
  readonly since_ms: number;
  readonly reason: 'stale' | 'bad-quality';
}

/**
 * Instants → the coater's points and gap readings. Last values are held; one of bad quality, or older than its
 * limit, is unknown until it is reported again. Each such fault is an outage once when it begins and once more,
 * with its end, when it is over.
 */
export function gapStage(config: GapConfig, line: string): Stage<PipelineEvent, PipelineEvent, GapState> {
  const own = [
    config.operator,
    config.gear,
    config.ratio,
    config.direct,
    config.web_speed,
    config.encoder,
    config.line_state,
  ];
  return {
    name: 'gap',
    start: () => ({ last_ms: -Infinity, held: {}, faulty: {} }),
    step(state, event) {
      if (isCoaterClockJump(event))
        return { state: { last_ms: -Infinity, held: state.held, faulty: {} }, out: [event] };
      if (event.kind !== 'instant') return { state, out: [event] };

      const { time_ms } = event;
      const held = hold(state.held, event);
      const faulty = faultsOf(own, held, event, state.faulty, config);
      const value = (name: string) => (faulty[name] ? Number.NaN : (held[name]?.value ?? Number.NaN));

      const out: PipelineEvent[] = outages(line, time_ms, state.faulty, faulty);
      const afterHole = time_ms - state.last_ms > config.silence_s * 1000 && state.last_ms > -Infinity;
      if (afterHole) out.push(silence(line, state.last_ms, time_ms));

      // A fault of the ratio that is reported elsewhere must not fall back to its default unnoticed.
      const sides = faulty[config.ratio]
        ? { gap_um: value(config.direct), operator_um: Number.NaN, gear_um: Number.NaN }
        : commaGap(config, value);
      const point: CoaterPoint = {
        kind: 'point',
        line,
        time_ms,
        gap_um: sides.gap_um,
        webSpeed_m_min: value(config.web_speed),
        encoder_m: value(config.encoder),
        lineState: value(config.line_state),
        afterHole,
      };
      if (Number.isFinite(sides.gap_um)) out.push({ kind: 'gap', line, time_ms, ...sides });
      out.push(point);
      return { state: { last_ms: time_ms, held, faulty }, out };
    },
  };
}

function hold(held: GapState['held'], { values, time_ms }: Instant): GapState['held'] {
  const next: Record<string, Held> = { ...held };
  for (const [name, value] of Object.entries(values)) next[name] = { value, time_ms };
  return next;
}

function faultsOf(
  own: readonly string[],
  held: GapState['held'],
  instant: Instant,
  before: GapState['faulty'],
  config: GapConfig,
): GapState['faulty'] {
  const faulty: Record<string, Fault> = {};
  for (const name of own) {
    const last = held[name];
    const limit_s = config.stale_s[name];
    const reported = last?.time_ms === instant.time_ms;
    if (instant.bad.includes(name) || (before[name]?.reason === 'bad-quality' && !reported))
      faulty[name] = { since_ms: before[name]?.since_ms ?? instant.time_ms, reason: 'bad-quality' };
    else if (last && limit_s !== undefined && instant.time_ms - last.time_ms > limit_s * 1000)
      faulty[name] = { since_ms: last.time_ms, reason: 'stale' };
  }
  return faulty;
}

function outages(
  line: string,
  time_ms: number,
  before: GapState['faulty'],
  now: GapState['faulty'],
): Outage[] {
  const begun = Object.entries(now).filter(([name]) => !before[name]);
  const over = Object.entries(before).filter(([name]) => !now[name]);
  const outage = (name: string, { since_ms, reason }: Fault, words: string): Outage => ({
    kind: 'outage',
    line,
    source: 'pipeline',
    time_ms: since_ms,
    reason,
    detail: `${name} ${words}`,
  });
  return [
    ...begun.map(([name, fault]) =>
      outage(
        name,
        fault,
        fault.reason === 'stale' ? 'has not been reported for too long' : 'is of bad quality',
      ),
    ),
    ...over.map(([name, fault]) => ({ ...outage(name, fault, 'is there again'), until_ms: time_ms })),
  ];
}

const silence = (line: string, from_ms: number, until_ms: number): Outage => ({
  kind: 'outage',
  line,
  source: 'pipeline',
  time_ms: from_ms,
  until_ms,
  reason: 'stale',
  detail: `no machine parameters for ${(until_ms - from_ms) / 1000} s`,
});
