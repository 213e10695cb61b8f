import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { AttributeIds, OPCUAClient } from 'node-opcua';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { createSimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { register } from '../../src/commands/simulate.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gapwise-simulator-test-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(
  words: string[],
  stop = new AbortController(),
  onError: (text: string) => void = () => {},
  environment: Record<string, string> = {},
) {
  const out: string[] = [];
  const program = new Command().exitOverride();
  register(program, {
    out: { write: (text) => out.push(text) },
    err: { write: (text) => onError(text) },
    environment,
    clock: systemClock,
    log: silentLogger,
    logAt: () => silentLogger,
    stop: stop.signal,
  });
  for (const command of program.commands) command.configureOutput({ writeErr: () => {} });
  await program.parseAsync(['node', 'gapwise', 'simulate', '--state-directory', folder, ...words]);
  return out.join('');
}

const SCENARIO = 'name: short\ntail_s: 300\nruns:\n  - { gap_um: 120, duration_s: 60 }\n';
const SECONDS = 30 + 60 + 60 + 300;

describe('gapwise simulate', () => {
  test('runs several lines from one server to the end; one JSON document; the truth in its own file', async () => {
    const file = join(folder, 'short.yaml');
    await writeFile(file, SCENARIO);
    const truth = join(folder, 'truth.jsonl');
    const words = ['--scenario', file, '--speed', 'max', '--opcua-port', '0', '--line', 'a,b', '--json'];
    const document = JSON.parse(await run([...words, '--truth', truth]));
    expect(document).toMatchObject({
      scenario: 'short',
      stopped: false,
      namespaceUri: COATER_NAMESPACE_URI,
      lines: [
        { line: 'a', seed: 1, samples: SECONDS },
        { line: 'b', seed: 2, samples: SECONDS },
      ],
    });
    const records = (await readFile(truth, 'utf8'))
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(records.filter((r) => r.kind === 'line').map((r) => r.line)).toEqual(['a', 'b']);
    expect(records.filter((r) => r.kind === 'run' && r.line === 'a')).toMatchObject([
      { run: 0, gap_um: 120 },
    ]);
    expect(records.filter((r) => r.kind === 'scan' && r.line === 'a')).toHaveLength(
      Math.floor((SECONDS - 1) / 8),
    );
  });

  test('keeps real time until it is told to stop', async () => {
    const file = join(folder, 'short.yaml');
    await writeFile(file, SCENARIO);
    const stop = new AbortController();
    let endpoint = '';
    const running = run(['--scenario', file, '--opcua-port', '0', '--json'], stop, (text) => {
      endpoint ||= /opc\.tcp:\S+\d/.exec(text)?.[0] ?? '';
      // The last line of the announcement: everything is up.
      if (text.startsWith('line-1')) stop.abort();
    });
    const document = JSON.parse(await running);
    expect(document.stopped).toBe(true);
    expect(document.endpointUrl).toBe(endpoint);
    expect(document.lines[0].samples).toBeLessThan(5);
  });

  test('several different lines; faults on demand while they run; their names, and no others', async () => {
    const stop = new AbortController();
    let ordered: Promise<unknown> = Promise.resolve();
    const order = async (url: string) => {
      const send = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init);
      const json = { 'content-type': 'application/json' };
      const fault = JSON.stringify({ fault: 'drop', device: 'coater', for_s: 1e5 });
      const post = (line: string, body: string, headers: Record<string, string> = json) =>
        send(`/${line}/faults`, { method: 'POST', headers, body });
      const taken = await post('wide-coater', fault);
      expect([taken.status, await taken.json()]).toMatchObject([201, { fault: 'drop', for_s: 1e5 }]);
      const wrong = await post('wide-coater', '{"fault":"gremlin"}');
      expect([wrong.status, await wrong.json()]).toMatchObject([
        400,
        { error: expect.stringMatching(/drop/) },
      ]);
      expect((await post('wide-coater', '{')).status).toBe(400);
      expect((await post('nobody', fault)).status).toBe(404);
      // What a form on some web page could send.
      expect((await post('wide-coater', fault, { 'content-type': 'text/plain' })).status).toBe(415);
      expect((await send('/wide-coater/faults', { method: 'DELETE' })).status).toBe(405);
      expect((await send('/wide-coater/other')).status).toBe(404);
      const lines = await (await send('')).json();
      expect(lines).toMatchObject([
        { line: 'coater-1', faults: [] },
        {
          line: 'wide-coater',
          faults: [
            { fault: 'drop', device: 'gauge' },
            { fault: 'drop', device: 'coater' },
          ],
        },
      ]);
    };
    const words = ['--scenario', 'config/scenarios/several-lines.yaml', '--line', 'coater-1,wide-coater'];
    const control = ['--speed', '20', '--opcua-port', '0', '--control-port', '0', '--json'];
    const running = run([...words, ...control], stop, (text) => {
      const url = /http:\S+/.exec(text)?.[0];
      if (url) ordered = order(url);
      if (text.startsWith('wide-coater')) void ordered.finally(() => setTimeout(() => stop.abort(), 700));
    });
    const document = JSON.parse(await running);
    await ordered;
    const [coater, wide] = document.lines;
    expect([coater.line, wide.line]).toEqual(['coater-1', 'wide-coater']);
    expect([coater.seed, wide.seed]).toEqual([1, 77]);
    // One of the two has lost its coater to the fault.
    expect(coater.samples).toBeGreaterThan(8);
    expect(wide.samples).toBeLessThan(coater.samples);
  });

  test('one signal stops it, with the broker away', async () => {
    const file = join(folder, 'short.yaml');
    await writeFile(file, SCENARIO);
    const stop = new AbortController();
    const words = ['--scenario', file, '--opcua-port', '0', '--json', '--mqtt', 'mqtt://127.0.0.1:9'];
    const running = run([...words, '--truth-topic', 'truth'], stop, (text) => {
      if (text.startsWith('line-1')) stop.abort();
    });
    expect(JSON.parse(await running)).toMatchObject({ stopped: true, lines: [{ line: 'line-1' }] });
  });

  test('prints the schema of a scenario, and needs nothing else for that', async () => {
    expect(JSON.parse(await run(['--schema']))).toMatchObject({ title: 'gapwise scenario', type: 'object' });
  });

  test.each([
    [['--scenario', 'none.yaml'], /none\.yaml/],
    [[], /--scenario/],
    [['--scenario', 'config/scenarios/several-lines.yaml', '--line', 'x'], /no line "x".*wide-coater/],
    [['--scenario', 'config/scenarios/demo.yaml', '--truth-topic', 'a/#'], /prefix/],
    [['--scenario', 'config/scenarios/demo.yaml', '--truth-topic', 'a'], /--mqtt/],
    [['--scenario', 'config/scenarios/demo.yaml', '--user', 'x'], /GAPWISE_SIMULATOR_PASSWORD/],
    [
      ['--scenario', 'config/scenarios/demo.yaml', '--opcua-port', '0', '--trust', 'package.json'],
      /package\.json.*PEM/,
    ],
    [['--scenario', 'config/scenarios/demo.yaml', '--speed', '0'], /speed/],
    [['--scenario', 'config/scenarios/demo.yaml', '--line', 'a,a'], /different names/],
    [['--scenario', 'config/scenarios/demo.yaml', '--mqtt', 'nowhere'], /--mqtt: not a URL/],
  ])('refuses %j', async (words, message) => {
    await expect(run(words)).rejects.toThrow(message);
  });
});

test('a certificate that changes is another one, of a server that otherwise is the same', async () => {
  const scenario = scenarioOf({
    name: 'certificate',
    runs: [{ gap_um: 120, duration_s: 30 }],
    faults: [{ fault: 'certificate-change', at_s: 20, down_s: 2 }],
  });
  const opcua = { port: 0, hostname: '127.0.0.1' };
  const options = { scenario, seed: 1, opcua, mqtt: undefined, stateDirectory: folder, log: silentLogger };
  const line = createSimulatedLine(options);
  const url = (await line.start()).endpointUrl as string;
  const certificate = async () => {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(url);
    const [endpoint] = await client.getEndpoints();
    await client.disconnect();
    return endpoint?.serverCertificate.toString('base64');
  };
  const before = await certificate();
  expect(await certificate()).toBe(before);
  await line.advanceTo(line.startTime_ms + 25_000);
  expect(await certificate()).not.toBe(before);
  await line.stop();
});

test('a coater that restarts comes back on its port, with its namespace at another index', async () => {
  const scenario = scenarioOf({
    name: 'restart',
    runs: [{ gap_um: 120, duration_s: 30 }],
    faults: [{ fault: 'restart', device: 'coater', at_s: 20, down_s: 10, shift_namespace: true }],
  });
  const opcua = { port: 0, hostname: '127.0.0.1' };
  const options = { scenario, seed: 1, opcua, mqtt: undefined, stateDirectory: folder, log: silentLogger };
  const line = createSimulatedLine(options);
  const url = (await line.start()).endpointUrl as string;
  const look = async () => {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(url);
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(COATER_NAMESPACE_URI);
    const nodeId = `ns=${index};s=line-1.encoder_m`;
    const { sourceTimestamp } = await session.read({ nodeId, attributeId: AttributeIds.Value });
    await session.close();
    await client.disconnect();
    return { index, second: ((sourceTimestamp?.getTime() ?? 0) - line.startTime_ms) / 1000 };
  };
  await line.advanceTo(line.startTime_ms + 19_000);
  const before = await look();
  expect(before.second).toBe(19);
  await line.advanceTo(line.startTime_ms + 25_000);
  await expect(look()).rejects.toThrow();
  await line.advanceTo(line.startTime_ms + 31_000);
  expect(await look()).toEqual({ index: before.index + 1, second: 31 });
  await line.stop();
});
