import { readFileSync } from 'node:fs';
import { ConfigError, messageOf } from '../../src/core/errors.ts';
import { parseYaml } from '../../src/core/yaml.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

/**
 * Reads a scenario file.
 * @throws ConfigError naming file, line, key and what would be allowed.
 */
export function loadScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`can't be read: ${messageOf(cause)}`, { where: file, cause });
  }
  return parseScenario(text, file);
}

export const parseScenario = (text: string, where = 'scenario'): Scenario =>
  parseYaml(text, where, scenarioSchema);

/** A scenario in code, with the same defaults and checks as one from a file. */
export function scenarioOf(input: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(issues.join('; '), { where: 'scenario' });
}
