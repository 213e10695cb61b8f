import { BadInputError } from '../../src/core/errors.ts';
import { type Fault, faultSchema } from '../scenario/fault-schema.ts';

/**
 * The faults of one line: those of its scenario, and behind them those that were asked for while it ran. Faults never
 * leave it, so a line with the same scenario, seed and board sends the same messages again.
 */
export interface FaultBoard {
  readonly faults: readonly Fault[];
  /**
   * Takes a fault as a scenario has it, without `at_s`: it begins now.
   *
   * @throws BadInputError naming what is wrong and what would be allowed.
   */
  order(wanted: unknown): Fault;
}

/** @param now_s the first second (simulated, since the start) that has not been computed yet. */
export function createFaultBoard(scripted: readonly Fault[], now_s: () => number): FaultBoard {
  const faults = [...scripted];
  return {
    faults,
    order(wanted) {
      if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
        throw new BadInputError('not an object', { allowed: '{"fault": "drop", "device": "gauge", …}' });
      if ('at_s' in wanted) throw new BadInputError('at_s: a fault on demand begins now; leave it out');
      const parsed = faultSchema.safeParse({ ...wanted, at_s: now_s() });
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const kinds = faultSchema.options.map((option) => option.shape.fault.value).join(', ');
        const key = issue?.path.join('.') || 'fault';
        throw new BadInputError(`${key}: ${issue?.message}`, key === 'fault' ? { allowed: kinds } : {});
      }
      faults.push(parsed.data);
      return parsed.data;
    },
  };
}
