import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError, messageOf } from '../../src/core/errors.ts';
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

export function parseScenario(text: string, where = 'scenario'): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) throw new ConfigError(fault.message, { where });
  const parsed = scenarioSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;

  const issues = parsed.error.issues.map((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    const node = document.getIn(path, true) ?? document.getIn(path.slice(0, -1), true);
    const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0];
    const at = offset === undefined ? '' : `line ${lines.linePos(offset).line}: `;
    return `${at}${path.join('.') || 'scenario'}: ${issue.message}`;
  });
  throw new ConfigError(issues.join('; '), { where });
}

/** A scenario in code, with the same defaults and checks as one from a file. */
export function scenarioOf(input: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(issues.join('; '), { where: 'scenario' });
}
