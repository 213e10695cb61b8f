import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BadInputError, messageOf, RetryableError } from '../src/core/errors.ts';
import type { Fault } from './scenario/fault-schema.ts';

/** A line as the control sees it. */
export interface ControlledLine {
  readonly line: string;
  readonly faults: readonly Fault[];
  order(fault: unknown): Fault;
}

/** Faults on demand, for whoever is on this machine. */
export interface Control {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

interface Answer {
  readonly code: number;
  readonly body: object;
}

const MOST_BYTES = 65_536;
const LOOPBACK = '127.0.0.1';

/**
 * Serves, on the loopback address alone:
 *
 * | request                   | body, answer                                                        |
 * | ------------------------- | ------------------------------------------------------------------- |
 * | `GET /lines`              | each line and its faults, those of the scenario and those since     |
 * | `POST /lines/LINE/faults` | a fault as in a scenario, without `at_s`; 201 and the fault as taken |
 *
 * A web page that the user has open can't order anything: a body has to be `application/json`, for which a browser
 * asks first, and the request has to name this machine, which a page of another name can't.
 *
 * @throws RetryableError when the port can't be had.
 */
export async function startControl(port: number, lines: readonly ControlledLine[]): Promise<Control> {
  const server = createServer((request, response) => {
    void answer(request, lines).then(({ code, body }) => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new RetryableError(`the control can't start: ${cause.message}`, {
          where: `${LOOPBACK}:${port}`,
          cause,
        }),
      ),
    );
    server.listen(port, LOOPBACK, resolve);
  });
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, lines: readonly ControlledLine[]): Promise<Answer> {
  const { method, headers, url = '/' } = request;
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? ''))
    return failure(403, 'only as 127.0.0.1 or localhost');
  const path = url.split('?')[0]!.split('/').filter(Boolean).map(decoded);
  if (path[0] !== 'lines' || (path.length !== 1 && !(path.length === 3 && path[2] === 'faults')))
    return failure(404, 'no such thing here', 'GET /lines, POST /lines/LINE/faults');
  if (path.length === 1) {
    if (method !== 'GET') return failure(405, `no ${method} here`, 'GET');
    return { code: 200, body: lines.map(({ line, faults }) => ({ line, faults })) };
  }
  if (method !== 'POST') return failure(405, `no ${method} here`, 'POST');
  if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
    return failure(415, 'the body has to be JSON', 'content-type: application/json');
  const line = lines.find((one) => one.line === path[1]);
  if (!line) return failure(404, `no line "${path[1]}"`, lines.map((one) => one.line).join(', '));
  try {
    return { code: 201, body: line.order(JSON.parse(await bodyOf(request))) };
  } catch (error) {
    if (error instanceof BadInputError || error instanceof SyntaxError) return failure(400, messageOf(error));
    throw error;
  }
}

const failure = (code: number, error: string, allowed?: string): Answer => ({
  code,
  body: { error, ...(allowed !== undefined && { allowed }) },
});

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new BadInputError(`more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
