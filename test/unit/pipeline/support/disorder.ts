import type { LineMessage, MachineSample } from '../../../../src/core/messages.ts';
import { type Random, seededRandom } from '../../../../src/core/random.ts';
import type { Day } from './day.ts';

export interface Disorder {
  readonly seed: number;
  /** Greatest delay of a machine sample and of a scan against others of its side (s). */
  readonly machine_s: number;
  readonly scan_s: number;
  /** How much later the coater's side comes as a whole (s, either sign). */
  readonly skew_s: number;
  /** Share of the messages that come twice, and of the machine samples that come in parts. */
  readonly duplicated: number;
  readonly split: number;
}

/** The day's messages as a bad network brings them: delayed, out of order, twice, in parts. */
export function disordered({ machine, scans }: Day, disorder: Disorder): LineMessage[] {
  const random = seededRandom(disorder.seed);
  const arrivals: { at_ms: number; message: LineMessage }[] = [];
  const send = (message: LineMessage, delay_s: number, skew_s: number) => {
    const times = random.uniform() < disorder.duplicated ? 2 : 1;
    for (let i = 0; i < times; i++) {
      // Just below the limit: at the limit itself the newest message may already have closed the door.
      const at_ms = message.time_ms + 990 * delay_s * random.uniform() + 1000 * skew_s;
      arrivals.push({ at_ms, message });
    }
  };
  for (const sample of machine)
    for (const part of parts(sample, random, disorder.split)) send(part, disorder.machine_s, disorder.skew_s);
  for (const scan of scans) send(scan, disorder.scan_s, 0);
  return arrivals.sort((a, b) => a.at_ms - b.at_ms).map(({ message }) => message);
}

function parts(sample: MachineSample, random: Random, share: number): MachineSample[] {
  const entries = Object.entries(sample.values);
  if (random.uniform() >= share || entries.length < 2) return [sample];
  return entries.map(([name, value]) => ({ ...sample, values: { [name]: value } }));
}
