import { curveAt } from './component.ts';
import { type Ensemble, type Frame, heaviest } from './ensemble.ts';
import { type Member, merged, type Spokesman } from './member.ts';
import type { Design, Place } from './rows.ts';

/** Groups with less than this share of the weight change no figure that is shown. */
const NEGLIGIBLE = 1e-4;

/** Members with less than this part of the heaviest one's weight are not heard. */
const SILENT = 1e-3;

/**
 * The ensemble in few members, for fast predictions: those of equal length scale and scatter between runs become
 * one (`merged`). The weights of all add up to 1.
 */
export function spokesmen(ensemble: Ensemble): Spokesman[] {
  const best = heaviest(ensemble);
  const groups = new Map<string, Spokesman[]>();
  let sum = 0;
  for (const member of ensemble) {
    const weight = Math.exp(member.posterior.logWeight - best);
    if (weight < SILENT) continue;
    sum += weight;
    const key = `${member.hyper.length_um} ${member.run_sd}`;
    const group = groups.get(key);
    if (group) group.push({ member, weight });
    else groups.set(key, [{ member, weight }]);
  }
  return [...groups.values()].map(merged).flatMap(({ member, weight }) => {
    const share = weight / sum;
    return share > NEGLIGIBLE ? [{ member, weight: share }] : [];
  });
}

/** What the ensemble says of one place through one spokesman. */
export interface Outlook {
  readonly member: Member;
  readonly design: Design;
  readonly mean: number;
  /** Of the curve (mg²/cm⁴), without the scatter of runs or coatings. */
  readonly variance: number;
  readonly weight: number;
}

export function outlooks(frame: Frame, members: readonly Spokesman[], place: Place): Outlook[] {
  const designs = frame.designer.at(place);
  return members.map(({ member, weight }) => {
    const design = designs(member.hyper);
    const { mean, variance } = curveAt(member.posterior, design.row);
    return { member, design, mean, variance: variance + design.unexplained, weight };
  });
}
