import type { LinesDocument } from '../core/api.ts';
import { BadInputError, ConfigError, messageOf, RetryableError } from '../core/errors.ts';
import type { CommandContext } from './command.ts';

/** A running agent, and what may be asked of it by whom. */
export interface AskedAgent {
  readonly url: string;
  /** An agent with a single line need not be told which. */
  readonly line?: string | undefined;
  /** Where the token is, for an agent that wants one: an argument would stand in lists of processes and in histories. */
  readonly environment: CommandContext['environment'];
}

/** The environment variable of the token, and how `--help` speaks of it. */
const tokenVariable = 'GAPWISE_TOKEN';
export const tokenHelp = `
Where the agent wants a token (http.readers, http.operators), it is read from the environment variable ${tokenVariable},
never from an argument.`;

/** The agent answered, but not with what was asked for. */
export class RefusedByAgent extends BadInputError {
  readonly status: number;

  constructor(status: number, what: string, where: string) {
    super(`${status}: ${what}`, { where });
    this.status = status;
  }
}

/**
 * Asks a running agent: `GET {url}/api/v1/lines/{line}/{what}?…`.
 *
 * @throws RetryableError where the agent can't be reached, ConfigError where it wants another token, RefusedByAgent
 * for any other answer that is no success.
 */
export async function fetchFromAgent<T>(
  agent: AskedAgent,
  what: 'predict' | 'advise' | 'next',
  parameters: Readonly<Record<string, string>>,
): Promise<T> {
  const name = agent.line ?? (await onlyLine(agent));
  const path = `api/v1/lines/${encodeURIComponent(name)}/${what}?${new URLSearchParams(parameters)}`;
  return get<T>(agent, path);
}

async function onlyLine(agent: AskedAgent): Promise<string> {
  const { lines } = await get<LinesDocument>(agent, 'api/v1/lines');
  const [first] = lines;
  if (first && lines.length === 1) return first.line;
  throw new ConfigError('the agent has several lines', {
    where: '--line',
    allowed: lines.map(({ line }) => line).join(', '),
  });
}

async function get<T>({ url, environment }: AskedAgent, path: string): Promise<T> {
  const address = addressOf(url, path);
  const headers = authorization(environment);
  let answer: Response;
  try {
    answer = await fetch(address, { headers });
  } catch (error) {
    throw new RetryableError(`no answer: ${messageOf(error)}`, { where: address.href, cause: error });
  }
  const text = await answer.text();
  if (answer.status === 401) {
    throw new ConfigError(`the agent at ${address.origin} says: ${reason(text)}`, {
      where: tokenVariable,
      allowed: 'in this environment variable, the token of one of its http.readers or http.operators',
    });
  }
  if (!answer.ok) throw new RefusedByAgent(answer.status, reason(text), address.href);
  return JSON.parse(text) as T;
}

/** @throws ConfigError, without the value, for what no header can carry. */
function authorization(environment: CommandContext['environment']): Record<string, string> {
  const token = environment[tokenVariable]?.trim() ?? '';
  if (token === '') return {};
  if (/^[\x21-\x7e]{1,512}$/.test(token)) return { authorization: `Bearer ${token}` };
  throw new ConfigError("this environment variable doesn't hold a token", {
    where: tokenVariable,
    allowed: 'up to 512 letters, digits and signs of ASCII, without spaces',
  });
}

function addressOf(base: string, path: string): URL {
  try {
    return new URL(path, base.endsWith('/') ? base : `${base}/`);
  } catch (error) {
    throw new ConfigError(`"${base}" is not a URL`, {
      where: '--agent',
      allowed: 'http://host:port',
      cause: error,
    });
  }
}

/** The agent's own words, where its answer has any. */
function reason(text: string): string {
  try {
    return (JSON.parse(text) as { error: { what: string } }).error.what;
  } catch {
    return text.slice(0, 200);
  }
}
