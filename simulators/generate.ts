import type { LineMessage } from '../src/core/messages.ts';
import { createModel } from './model.ts';
import type { Scenario } from './scenario/schema.ts';
import type { LineTruth } from './truth.ts';

/** A simulated line's messages as an agent's sources would hand them on, without any network. */
export interface GeneratedLine extends Iterable<LineMessage> {
  readonly line: string;
  readonly gauge: string;
  readonly start_ms: number;
  readonly end_ms: number;
  /** `truthOf(scan)` knows a scan once the iteration has come past it. */
  readonly truth: LineTruth;
}

/**
 * Runs a scenario headless and lazily, in the order in which the messages would arrive. The same scenario and seed
 * give the same messages, however often it is iterated. Payloads that the scenario spoils on the wire (`corrupt`)
 * and what a device would send while it is off the network are left out: no source would hand them on.
 */
export function generate(scenario: Scenario, seed: number, line?: string): GeneratedLine {
  const model = createModel(scenario, seed, line);
  return {
    line: model.line,
    gauge: model.gauge,
    start_ms: model.start_ms,
    end_ms: model.end_ms,
    truth: model.truth,
    *[Symbol.iterator]() {
      for (const emission of model.emissions()) {
        if (emission.kind === 'machine') yield emission.sample;
        else if (emission.kind === 'scan' && emission.corrupt === undefined) yield emission.scan;
      }
    },
  };
}
