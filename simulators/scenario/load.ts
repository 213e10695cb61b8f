import { readFileSync } from 'node:fs';
import { ConfigError, messageOf } from '../../src/core/errors.ts';
import { parseYaml } from '../../src/core/yaml.ts';
import { type Scenario, scenarioFileSchema, scenarioSchema } from './schema.ts';

/** One line of a scenario file. */
export interface ScenarioLine {
  readonly scenario: Scenario;
  /** Where the file gives the line a seed of its own. */
  readonly seed: number | undefined;
}

/**
 * Reads a scenario file of any number of lines.
 * @throws ConfigError naming file, line, key and what would be allowed.
 */
export function loadScenarios(file: string): readonly ScenarioLine[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`can't be read: ${messageOf(cause)}`, { where: file, cause });
  }
  return parseScenarios(text, file);
}

/** A file of one line. @throws ConfigError as above, and for a file of several lines. */
export const loadScenario = (file: string): Scenario => only(loadScenarios(file), file);

export const parseScenario = (text: string, where = 'scenario'): Scenario =>
  only(parseScenarios(text, where), where);

export function parseScenarios(text: string, where = 'scenario'): readonly ScenarioLine[] {
  let written: unknown;
  parseYaml(text, where, scenarioFileSchema, (tree) => {
    written = tree;
    return { tree, faults: [] };
  });
  return linesOf(written as Tree, where);
}

/** A scenario in code, with the same defaults and checks as one from a file. */
export const scenarioOf = (input: unknown): Scenario => checked(input, 'scenario');

type Tree = Readonly<Record<string, unknown>>;

/**
 * Works on what is written, not on what its schema makes of it: that has every default filled in, so nobody could
 * tell any more what a line has of its own.
 */
function linesOf({ $schema, lines, ...all }: Tree, where: string): ScenarioLine[] {
  if (lines === undefined) return [{ scenario: checked(all, where), seed: undefined }];
  const found = (lines as readonly Tree[]).flatMap((entry, i) => {
    const { count = 1, seed, line, ...own } = entry as Tree & { count?: number; seed?: number; line: string };
    return Array.from({ length: count }, (_, n) => {
      const name = count > 1 ? `${line}-${n + 1}` : line;
      const scenario = checked({ ...merged(all, own), line: name }, `${where}: lines.${i}`);
      return { scenario, seed: seed === undefined ? undefined : seed + n };
    });
  });
  const names = found.map(({ scenario }) => scenario.line);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ConfigError(`lines: two are called "${twice}"`, { where });
  return found;
}

const KEY_BY_KEY = ['parameters', 'gauge', 'coater', 'defaults'];

function merged(all: Tree, own: Tree): Tree {
  const both = Object.entries(own).map(([key, value]) => {
    const base = all[key];
    const deep = KEY_BY_KEY.includes(key) && base !== undefined;
    return [key, deep ? { ...(base as Tree), ...(value as Tree) } : value];
  });
  return { ...all, ...Object.fromEntries(both) };
}

function checked(input: unknown, where: string): Scenario {
  const parsed = scenarioSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(issues.join('; '), { where });
}

function only(lines: readonly ScenarioLine[], where: string): Scenario {
  const [first] = lines;
  if (!first || lines.length > 1)
    throw new ConfigError(`${lines.length} lines`, { where, allowed: 'one line' });
  return first.scenario;
}
