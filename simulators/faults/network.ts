import type { Emission, NetworkEmission } from '../emission.ts';
import type { Fault } from '../scenario/fault-schema.ts';

/** A device that is off the network from one time to another (ms, true time). */
interface Absence {
  readonly device: NetworkEmission['device'];
  readonly down_ms: number;
  readonly up_ms: number;
  /** What is different when it is back. */
  readonly change: Pick<NetworkEmission, 'shiftNamespace' | 'newCertificate'>;
}

/**
 * Takes devices off the network and brings them back; what they would have sent meanwhile is lost.
 *
 * @param faults may grow at its end while the line runs.
 */
export function* withNetworkFaults(
  emissions: Iterable<Emission>,
  faults: readonly Fault[],
  start_ms: number,
): Iterable<Emission> {
  const absences: Absence[] = [];
  const changes: NetworkEmission[] = [];
  let known = 0;
  for (const emission of emissions) {
    for (const fault of faults.slice(known)) {
      const absence = absenceBy(fault, start_ms);
      if (!absence) continue;
      absences.push(absence);
      changes.push(...endsOf(absence));
      changes.sort((a, b) => a.due_ms - b.due_ms);
    }
    known = faults.length;
    while (changes[0] && changes[0].due_ms <= emission.due_ms) yield changes.shift() as NetworkEmission;
    const device = emission.kind === 'scan' ? 'gauge' : 'coater';
    const lost = absences.some(
      (absence) =>
        absence.device === device && emission.due_ms >= absence.down_ms && emission.due_ms < absence.up_ms,
    );
    if (!lost) yield emission;
  }
}

function absenceBy(fault: Fault, start_ms: number): Absence | undefined {
  if (fault.fault !== 'restart' && fault.fault !== 'certificate-change') return undefined;
  const times = {
    down_ms: start_ms + fault.at_s * 1000,
    up_ms: start_ms + (fault.at_s + fault.down_s) * 1000,
  };
  return fault.fault === 'restart'
    ? { ...times, device: fault.device, change: { shiftNamespace: fault.shift_namespace } }
    : { ...times, device: 'coater', change: { shiftNamespace: false, newCertificate: true } };
}

const endsOf = ({ device, down_ms, up_ms, change }: Absence): NetworkEmission[] => [
  { kind: 'network', due_ms: down_ms, device, up: false, shiftNamespace: false },
  { kind: 'network', due_ms: up_ms, device, up: true, ...change },
];
