import type { Observation } from '../../core/observation.ts';
import type { LaneScan } from '../events.ts';

/** What the pairing adds to a scan. */
export interface Pairing {
  readonly line: string;
  readonly run: number;
  readonly gap_um: number;
  readonly head_ms: number;
  readonly confidence: number;
}

export const observation = (scan: LaneScan, pairing: Pairing): Observation => ({
  kind: 'observation',
  line: pairing.line,
  gauge: scan.gauge,
  scan: scan.scan,
  time_ms: scan.time_ms,
  run: pairing.run,
  gap_um: pairing.gap_um,
  lanes_mg_cm2: scan.lanes_mg_cm2,
  mean_mg_cm2: scan.mean_mg_cm2,
  crossWeb2Sigma_mg_cm2: scan.crossWeb2Sigma_mg_cm2,
  head_ms: pairing.head_ms,
  confidence: pairing.confidence,
  aggregated: scan.aggregated,
});
