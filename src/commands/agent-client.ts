import type { LinesDocument } from '../core/api.ts';
import { BadInputError, ConfigError, messageOf, RetryableError } from '../core/errors.ts';

/**
 * Asks a running agent: `GET {url}/api/v1/lines/{line}/{what}?…`. An agent with a single line need not be told
 * which.
 *
 * @throws RetryableError where the agent can't be reached, BadInputError for an answer that is no success.
 */
export async function fetchFromAgent<T>(
  url: string,
  line: string | undefined,
  what: 'predict' | 'advise',
  parameters: Readonly<Record<string, string>>,
): Promise<T> {
  const name = line ?? (await onlyLine(url));
  const path = `api/v1/lines/${encodeURIComponent(name)}/${what}?${new URLSearchParams(parameters)}`;
  return get<T>(url, path);
}

async function onlyLine(url: string): Promise<string> {
  const { lines } = await get<LinesDocument>(url, 'api/v1/lines');
  const [first] = lines;
  if (first && lines.length === 1) return first.line;
  throw new ConfigError('the agent has several lines', {
    where: '--line',
    allowed: lines.map(({ line }) => line).join(', '),
  });
}

async function get<T>(base: string, path: string): Promise<T> {
  const address = addressOf(base, path);
  let answer: Response;
  try {
    answer = await fetch(address);
  } catch (error) {
    throw new RetryableError(`no answer: ${messageOf(error)}`, { where: address.href, cause: error });
  }
  const text = await answer.text();
  if (!answer.ok) throw new BadInputError(`${answer.status}: ${reason(text)}`, { where: address.href });
  return JSON.parse(text) as T;
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
