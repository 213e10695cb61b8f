import type { GapConfig } from '../config/pipeline.ts';
import { type Finding, ok, warning } from '../core/finding.ts';

/**
 * Whether the machine parameters that the sources bring are those that the pipeline looks for: a name that is nearly
 * one of them is most likely misspelt, and would only be carried along for display.
 */
export function checkNames(names: readonly string[], gap: GapConfig): Finding[] {
  const subject = 'machine parameters';
  const known = [gap.operator, gap.gear, gap.ratio, gap.direct, gap.web_speed, gap.encoder, gap.line_state];
  const findings = names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = known
        .map((one) => ({ one, apart: apartOf(plain(name), plain(one)) }))
        .filter(({ one, apart }) => apart <= Math.max(1, one.length / 5) && !names.includes(one))
        .sort((a, b) => a.apart - b.apart)[0]?.one;
      return meant === undefined
        ? []
        : [
            warning(
              `tag ${name}`,
              `the pipeline looks for ${meant}, which no source brings`,
              `call it ${meant}, or name it in pipeline.gap`,
            ),
          ];
    });
  if (![gap.operator, gap.gear, gap.direct].some((name) => names.includes(name))) {
    findings.push(
      warning(
        subject,
        'nothing tells the comma gap',
        `map ${gap.operator} and ${gap.gear} (mm), or ${gap.direct} (µm)`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(subject, names.join(', '))];
}

/** A name without its unit at the end is nearly the name, however long the unit is. */
const apartOf = (name: string, known: string): number =>
  known.startsWith(`${name}_`) && 2 * name.length > known.length ? 0 : editDistance(name, known);

/** How names are compared: `Web-Speed` and `web_speed` mean the same. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '_');

/** Fewest letters to insert, drop or replace (Levenshtein 1966), with two neighbours swapped counted once. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        (next[j - 1] as number) + 1,
        (row[j] as number) + 1,
        (row[j - 1] as number) + cost,
        swapped ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] as number;
}
