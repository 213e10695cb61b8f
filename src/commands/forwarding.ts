import type { Agent } from '../agent/agent.ts';
import type { FleetSettings } from '../config/fleet.ts';
import type { Clock } from '../core/clock.ts';
import type { Metered } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Store } from '../store/store.ts';

/** What an agent sends to its plant's cluster; nothing where it stands alone. */
export interface Forwarding extends Metered {
  start(): void;
  stop(): Promise<void>;
}

const alone: Forwarding = { start: () => {}, stop: async () => {}, figures: () => [] };

/**
 * Has every message that the agent's lines have journaled forwarded to the cluster, by its place in the journal: a
 * restart tells again what it replays, and the spool knows what it had.
 */
export async function forwarding(
  fleet: FleetSettings | undefined,
  agent: Agent,
  around: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
): Promise<Forwarding> {
  if (!fleet?.forward) return alone;
  const { Forwarder } = await import('../fleet/forwarder.ts');
  const { megabytes, age_h } = fleet.spool;
  const spool = around.store.spool('fleet', {
    bytes: megabytes * 1e6,
    age_ms: age_h * 3_600_000,
    overflow: 'drop-oldest',
  });
  const forwarder = new Forwarder(fleet, { spool, clock: around.clock, log: around.log });
  for (const line of agent.lines()) {
    agent
      .line(line)
      .processed.subscribe(({ position, message }) => forwarder.accept(line, position, message));
  }
  return forwarder;
}
