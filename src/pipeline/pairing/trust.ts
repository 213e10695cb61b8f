/**
 * Whether both sides can be telling of the same web. A gauge that sees coating where there was none means that the
 * clocks or the web length are wrong; so does a clock that jumped. From then on scans are not paired, until coated
 * and bare stretches coincide again. Bare foil under an open bar proves nothing, for slurry may not have been flowing,
 * but it doesn't speak for trust either.
 */
export interface Trust {
  readonly doubted: boolean;
  /** Contradicting scans in a row. */
  readonly contradictions: number;
  /** Scans that agreed since the last contradiction, on coating and on bare foil. */
  readonly agreedCoated: number;
  readonly agreedBare: number;
}

export const fullTrust: Trust = { doubted: false, contradictions: 0, agreedCoated: 0, agreedBare: 0 };

/** After a clock jump. */
export const noTrust: Trust = { ...fullTrust, doubted: true };

/** In a row; a single one may be a splice or a torn edge. */
const CONTRADICTIONS = 3;
/** Of each kind: both ends of a stretch have then been where they were expected. */
const AGREEMENTS = 3;

/** With one more scan that was wholly bare or coated, and what the coater says of its web. */
export function withEvidence(trust: Trust, seenCoated: boolean, expectedCoated: boolean): Trust {
  if (seenCoated !== expectedCoated) {
    const contradictions = seenCoated ? trust.contradictions + 1 : 0;
    const doubted = trust.doubted || contradictions >= CONTRADICTIONS;
    return { doubted, contradictions, agreedCoated: 0, agreedBare: 0 };
  }
  const agreedCoated = Math.min(AGREEMENTS, trust.agreedCoated + (seenCoated ? 1 : 0));
  const agreedBare = Math.min(AGREEMENTS, trust.agreedBare + (seenCoated ? 0 : 1));
  const regained = agreedCoated === AGREEMENTS && agreedBare === AGREEMENTS;
  return { doubted: trust.doubted && !regained, contradictions: 0, agreedCoated, agreedBare };
}
