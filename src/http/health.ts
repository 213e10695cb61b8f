import type { HealthDocument } from '../core/api.ts';
import type { AdapterStatus } from '../core/source.ts';
import type { HealthTeller } from './ports.ts';
import type { Lines } from './routing.ts';

export interface HealthParts {
  readonly lines: Lines;
  readonly tellers: readonly HealthTeller[];
  readonly counts: () => Pick<
    HealthDocument,
    'clients' | 'slow_clients_dropped' | 'reports_of_unknown_lines'
  >;
}

const healthy: ReadonlySet<AdapterStatus['state']> = new Set(['connected', 'stopped']);

/** How the agent fares: degraded, with reasons in words, while anything is amiss that somebody should see to. */
export function healthOf({ lines, tellers, counts }: HealthParts): HealthDocument {
  const adapters = [...lines].map(([line, { memory }]) => ({ line, adapters: memory.adapters }));
  const away = adapters.flatMap(({ line, adapters: all }) =>
    all
      .filter(({ state }) => !healthy.has(state))
      .map(({ adapter, state, detail }) => `${line}: ${adapter} is ${state}, ${detail}`),
  );
  const reasons = [...new Set([...away, ...tellers.flatMap((teller) => teller.troubles())])];
  return { status: reasons.length > 0 ? 'degraded' : 'ok', reasons, lines: adapters, ...counts() };
}
