import { stringify } from 'yaml';
import type { FoundVariable } from './browse.ts';

export interface TagEntry {
  readonly node: string;
  readonly unit?: string;
}

/**
 * A tag map for the configuration: each numeric variable under a name made of its browse name, in lower case with
 * underscores, and with as many of its parents' names before it as it takes to tell it from the others.
 */
export function tagMap(variables: readonly FoundVariable[]): Record<string, TagEntry> {
  const numeric = variables.filter(({ numeric }) => numeric);
  const names = numeric.map(({ path }) => plain(path.slice(-1)));
  for (let parents = 1; parents < 10; parents++) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [i, { path }] of numeric.entries()) {
      if ((counts.get(names[i] as string) ?? 0) > 1) names[i] = plain(path.slice(-1 - parents));
    }
  }
  const map: Record<string, TagEntry> = {};
  for (const [i, { node, unit }] of numeric.entries()) {
    const name = names[i] as string;
    let free = name;
    // Two nodes of the same path: the server allows it, a map of names does not.
    for (let number = 2; Object.hasOwn(map, free); number++) free = `${name}_${number}`;
    map[free] = { node, ...(unit === null ? {} : { unit }) };
  }
  return map;
}

const plain = (names: readonly string[]): string =>
  names
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '') || 'tag';

/** The map as YAML, ready to be put below an `opcua` source. */
export function tagMapYaml(endpoint: string, map: Readonly<Record<string, TagEntry>>): string {
  const heading =
    `# Numeric variables of ${endpoint}.\n` +
    '# Keep what matters, rename it to what gapwise knows (bar_operator_mm, bar_gear_mm, roll_ratio_percent,\n' +
    '# web_speed_m_min, encoder_m, line_state), and add scale and offset where the unit differs.\n';
  return heading + stringify({ tags: map }, { lineWidth: 0 });
}
