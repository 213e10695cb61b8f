import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';

/** What a configuration that was read again changes. Keys alone: values may be secrets. */
export interface Changes {
  /** Take effect while the agent runs. */
  readonly now: readonly string[];
  /** Take effect with the next start. */
  readonly later: readonly string[];
}

/** Keys that can change while the agent runs; everything below them too. */
const LIVE = [/^log\.level$/, /^lines\.[^.]+\.(target_mg_cm2|tolerance_mg_cm2|alarms)(\.|$)/, /^sinks(\.|$)/];

export function changesBetween(before: Config, after: Config): Changes {
  const changed = changedKeys(keyed(before), keyed(after), '');
  const isLive = (key: string) => LIVE.some((form) => form.test(key));
  return { now: changed.filter(isLive), later: changed.filter((key) => !isLive(key)) };
}

/** The configuration in force once the changes that take effect now have done so. */
export function inForce(before: Config, after: Config): Config {
  return {
    ...before,
    log: after.log,
    sinks: after.sinks,
    lines: before.lines.map((line) => {
      const wanted = after.lines.find(({ name }) => name === line.name);
      if (!wanted) return line;
      const { target_mg_cm2, tolerance_mg_cm2, alarms } = wanted;
      return { ...line, target_mg_cm2, tolerance_mg_cm2, alarms };
    }),
  };
}

/** Lines by name, so that their order means nothing. */
const keyed = (config: Config) => ({
  ...config,
  lines: Object.fromEntries(config.lines.map((line) => [line.name, line])),
});

/** Paths of the deepest keys that differ, like `lines.coater-1.tolerance_mg_cm2`. */
function changedKeys(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isTree(before) || !isTree(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    changedKeys(before[key], after[key], path === '' ? key : `${path}.${key}`),
  );
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
