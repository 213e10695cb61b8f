import type { Emission, NetworkEmission } from '../emission.ts';
import type { Fault } from '../scenario/fault-schema.ts';
import { ofKind } from './physical.ts';

/** Takes devices off the network and brings them back; what they would have sent meanwhile is lost. */
export function* withNetworkFaults(
  emissions: Iterable<Emission>,
  faults: readonly Fault[],
  start_ms: number,
): Iterable<Emission> {
  const restarts = ofKind(faults, 'restart').map((fault) => ({
    device: fault.device,
    down_ms: start_ms + fault.at_s * 1000,
    up_ms: start_ms + (fault.at_s + fault.down_s) * 1000,
    shiftNamespace: fault.shift_namespace,
  }));
  const changes = restarts
    .flatMap(({ device, down_ms, up_ms, shiftNamespace }): NetworkEmission[] => [
      { kind: 'network', due_ms: down_ms, device, up: false, shiftNamespace: false },
      { kind: 'network', due_ms: up_ms, device, up: true, shiftNamespace },
    ])
    .sort((a, b) => a.due_ms - b.due_ms);

  for (const emission of emissions) {
    while (changes[0] && changes[0].due_ms <= emission.due_ms) yield changes.shift() as NetworkEmission;
    const device = emission.kind === 'scan' ? 'gauge' : 'coater';
    const lost = restarts.some(
      (r) => r.device === device && emission.due_ms >= r.down_ms && emission.due_ms < r.up_ms,
    );
    if (!lost) yield emission;
  }
}
