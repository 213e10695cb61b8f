import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoaterServer } from '../../../simulators/coater/contract.ts';
import { machineParameters } from '../../../simulators/coater/parameters.ts';
import { startCoaterServer } from '../../../simulators/coater/server.ts';
import { silentLogger as log } from '../../../src/core/logger.ts';
import { benchmark, type Figure } from '../harness.ts';
import { keepToFirstCore, processorSecondsOf, Subject } from '../processes.ts';

/**
 * Values for each second of processor time: our OPC UA source beside a client of the same library that does nothing with
 * what it gets. The same server, the same subscription, one process each.
 */
const LINE = 'line-1';
const ROUNDS = 7;
const PERIODS = 150;
/** Rows of all parameters for each publishing interval, and how long that is. */
const ROWS = 20;
const PUBLISHING_MS = 50;

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

await benchmark('opcua', async (part) => {
  part.note(keepToFirstCore());
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-bench-'));
  const server = await startCoaterServer({
    port: 0,
    hostname: '127.0.0.1',
    lines: [LINE],
    stateDirectory: join(folder, 'server'),
    log,
  });
  const subjects: Subject[] = [];
  try {
    const figures: Figure[] = [];
    const kinds = ['source', 'empty'] as const;
    const words = (kind: string) => [server.endpointUrl, kind, join(folder, kind), String(PUBLISHING_MS)];
    for (const kind of kinds)
      subjects.push(await Subject.start([process.execPath, here('subject.js'), ...words(kind)], /^ready$/));
    const rates = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
    const clock = { time_ms: Date.parse('2024-03-04T06:00:00Z') };
    for (let round = -2; round < ROUNDS; round++) {
      const before = subjects.map(({ pid }) => processorSecondsOf(pid));
      await write(server, clock);
      for (const [i, kind] of kinds.entries()) {
        const values = PERIODS * ROWS * machineParameters.length;
        const taken_s = processorSecondsOf(subjects[i]!.pid) - before[i]!;
        if (round >= 0) rates.get(kind)?.push(values / taken_s);
      }
    }
    figures.push(part.figure('our source', rates.get('source') ?? [], 'values/s of processor time'));
    figures.push(
      part.figure('a client with an empty handler', rates.get('empty') ?? [], 'values/s of processor time'),
    );
    part.ratio('our source over the empty handler', figures[0]!, figures[1]!, { atLeast: 0.8 });
  } finally {
    for (const subject of subjects) part.note(`values seen: ${await subject.stop()}`);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Every value a new one, as fast as both clients are told. */
async function write(server: CoaterServer, clock: { time_ms: number }): Promise<void> {
  for (let period = 0; period < PERIODS; period++) {
    for (let row = 0; row < ROWS; row++) {
      clock.time_ms += 1000;
      const values = Object.fromEntries(
        machineParameters.map(({ name }, i) => [name, 10 + i + ((clock.time_ms / 1000) % 97) / 100]),
      );
      server.write({
        kind: 'machine',
        due_ms: clock.time_ms,
        sample: { kind: 'machine', line: LINE, time_ms: clock.time_ms, values },
        held: values,
        status: 'bad',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, PUBLISHING_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, 10 * PUBLISHING_MS));
}
