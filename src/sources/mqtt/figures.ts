import type { LoadingUnit } from '../../config/loading-unit.ts';
import type { DeadLetterReason } from '../../core/source.ts';
import { isPlausibleTime } from '../time.ts';
import type { Refusal } from './decoder.ts';

// The checks that every payload format shares. A failed one gives reason and detail, it never throws.

export const refuse = (reason: DeadLetterReason, detail: string): Refusal => ({ ok: false, reason, detail });

/** Coatings lie below 100 mg/cm²; far outside lies a wrong byte order or unit, not a thick coating. */
const absurd_mg_cm2 = 10_000;

export function timeFault(time_ms: number): Refusal | undefined {
  if (isPlausibleTime(time_ms)) return undefined;
  return refuse('invalid-time', `${time_ms} is not a time between 2000 and 2100`);
}

export function scanFault(scan: number): Refusal | undefined {
  if (Number.isSafeInteger(scan) && scan >= 0) return undefined;
  return refuse('out-of-range', `scan ${scan} is not an integer from 0`);
}

export function durationFault(duration_ms: number): Refusal | undefined {
  if (duration_ms > 0 && duration_ms <= 86_400_000) return undefined;
  return refuse('out-of-range', `a traverse of ${duration_ms} ms`);
}

/** Brings `values` to mg/cm² in place; NaN stays where `invalidValues` allows it. */
export function toLoading(
  values: Float64Array,
  unit: LoadingUnit,
  invalidValues: 'refuse' | 'mark',
): Refusal | undefined {
  for (let location = 0; location < values.length; location++) {
    const raw = values[location] as number;
    if (Number.isNaN(raw)) {
      if (invalidValues === 'refuse') return refuse('not-a-number', `no number at location ${location}`);
      continue;
    }
    // Dividing by ten, not multiplying by a tenth: 0.1 is not a binary fraction and would cost the last bit.
    const loading = unit === 'g/m2' ? raw / 10 : raw;
    if (!(Math.abs(loading) <= absurd_mg_cm2)) {
      return refuse('out-of-range', `${raw} ${unit} at location ${location}`);
    }
    values[location] = loading;
  }
  return undefined;
}
