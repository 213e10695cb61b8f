import type { MachineSample } from '../../src/core/messages.ts';
import type { Random } from '../../src/core/random.ts';
import type { Emission, MachineEmission, ScanEmission } from '../emission.ts';
import type { Fault } from '../scenario/fault-schema.ts';
import { during } from './physical.ts';

type MessageFault = Extract<Fault, { for_s: number }>;
type DeviceEmission = MachineEmission | ScanEmission;

/**
 * What becomes of the messages between device and reader: lost, late, twice, out of order, frozen, of bad quality,
 * spoilt. A message is hit when it is due inside a fault's window; faults work in the order of the scenario, each on
 * what the one before has left. The result is in order of its new due times.
 *
 * @param faults may grow at its end while the line runs.
 */
export function* withMessageFaults(
  emissions: Iterable<Emission>,
  faults: readonly Fault[],
  start_ms: number,
  random: Random,
): Iterable<Emission> {
  const injectors: Injector[] = [];
  let known = 0;
  const waiting: Emission[] = [];
  for (const emission of emissions) {
    for (const fault of faults.slice(known)) {
      if ('for_s' in fault) injectors.push(createInjector(fault, random.fork(`fault ${injectors.length}`)));
    }
    known = faults.length;
    while (waiting[0] && waiting[0].due_ms < emission.due_ms) yield waiting.shift() as Emission;
    let left: Emission[] = [emission];
    for (const inject of injectors) {
      left = left.flatMap((one) =>
        one.kind === 'network' ? [one] : inject(one, (one.due_ms - start_ms) / 1000),
      );
    }
    for (const one of left) insertByDue(waiting, one);
  }
  yield* waiting;
}

/** Behind all that are due at the same time, so that equal times keep their order. */
function insertByDue(queue: Emission[], emission: Emission): void {
  let at = queue.length;
  while (at > 0 && (queue[at - 1] as Emission).due_ms > emission.due_ms) at--;
  queue.splice(at, 0, emission);
}

type Injector = (emission: DeviceEmission, at_s: number) => Emission[];

function createInjector(fault: MessageFault, random: Random): Injector {
  const device = deviceOf(fault);
  const mine = (emission: DeviceEmission) => (emission.kind === 'scan' ? 'gauge' : 'coater') === device;
  const hit = (emission: DeviceEmission, at_s: number) =>
    mine(emission) && during(at_s)(fault) && (fault.probability >= 1 || random.uniform() < fault.probability);
  const whereHit =
    (change: (emission: DeviceEmission) => Emission[]): Injector =>
    (emission, at_s) =>
      hit(emission, at_s) ? change(emission) : [emission];

  switch (fault.fault) {
    case 'drop':
      return whereHit(() => []);
    case 'duplicate':
      return whereHit((emission) => [emission, emission]);
    case 'delay':
      return whereHit((emission) => [{ ...emission, due_ms: emission.due_ms + fault.by_s * 1000 }]);
    case 'reorder':
      return reordering(mine, hit);
    case 'freeze':
      return freezing(mine, hit, fault.tags);
    case 'stuck': {
      const stuck = Object.fromEntries(fault.tags.map((tag) => [tag, fault.value]));
      return whereHit((emission) =>
        emission.kind === 'machine' ? [withValues(emission, { ...emission.held, ...stuck })] : [emission],
      );
    }
    case 'bad-quality':
      return whereHit((emission) =>
        emission.kind === 'machine' ? [withBad(emission, fault.tags, fault.status)] : [emission],
      );
    case 'corrupt':
      return whereHit((emission) =>
        emission.kind === 'scan' ? [{ ...emission, corrupt: fault.how }] : [emission],
      );
    case 'dead-locations':
    case 'level-shift':
    case 'gap-error':
      // They happen inside the device: see physical.ts.
      return (emission) => [emission];
  }
}

const COATER_FAULTS: ReadonlySet<Fault['fault']> = new Set(['bad-quality', 'stuck', 'gap-error']);

function deviceOf(fault: MessageFault): 'gauge' | 'coater' {
  if ('device' in fault) return fault.device;
  return COATER_FAULTS.has(fault.fault) ? 'coater' : 'gauge';
}

/** Holds a message that is hit until the device's next one has gone ahead of it. */
function reordering(
  mine: (emission: DeviceEmission) => boolean,
  hit: (emission: DeviceEmission, at_s: number) => boolean,
): Injector {
  let held: DeviceEmission | undefined;
  return (emission, at_s) => {
    if (!mine(emission)) return [emission];
    if (held) {
      const late = { ...held, due_ms: Math.max(held.due_ms, emission.due_ms) };
      held = undefined;
      return [emission, late];
    }
    if (!hit(emission, at_s)) return [emission];
    held = emission;
    return [];
  };
}

/** Repeats the values from before the fault, under new times and numbers: a hung sensor behind a live link. */
function freezing(
  mine: (emission: DeviceEmission) => boolean,
  hit: (emission: DeviceEmission, at_s: number) => boolean,
  tags: readonly string[] | undefined,
): Injector {
  let last: DeviceEmission | undefined;
  return (emission, at_s) => {
    if (!mine(emission)) return [emission];
    if (last === undefined || !hit(emission, at_s)) {
      last = emission;
      return [emission];
    }
    if (emission.kind === 'scan' && last.kind === 'scan') {
      const { loading_mg_cm2, startedAt } = last.scan;
      return [{ ...emission, scan: { ...emission.scan, loading_mg_cm2, startedAt } }];
    }
    if (emission.kind === 'machine' && last.kind === 'machine') {
      const old = last.held;
      const frozen = Object.fromEntries(
        Object.entries(emission.held).map(([name, value]) => [
          name,
          tags && !tags.includes(name) ? value : (old[name] ?? value),
        ]),
      );
      return [withValues(emission, frozen)];
    }
    return [emission];
  };
}

const withValues = (
  emission: MachineEmission,
  values: Readonly<Record<string, number>>,
): MachineEmission => ({
  ...emission,
  held: values,
  sample: { ...emission.sample, values },
});

function withBad(
  emission: MachineEmission,
  tags: readonly string[] | undefined,
  status: 'bad' | 'uncertain',
): MachineEmission {
  const bad = Object.keys(emission.held).filter((name) => !tags || tags.includes(name));
  const values = Object.fromEntries(
    Object.entries(emission.sample.values).filter(([name]) => !bad.includes(name)),
  );
  const sample: MachineSample = { ...emission.sample, values, bad };
  return { ...emission, sample, status };
}
