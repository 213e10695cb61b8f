import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { gauge_g_m2 } from '../../../simulators/gauge/payload.ts';
import { generate } from '../../../simulators/generate.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';
import { assembleAgent } from '../../../src/commands/assemble.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger as log } from '../../../src/core/logger.ts';
import { openStore } from '../../../src/store/store.ts';
import { benchmark, processorSeconds } from '../harness.ts';

/**
 * A day as the gauge logs it, 1,460 scans in 804 columns without a header, beside the coater's log: through the whole
 * agent, journal and all, against reading the same two files and parting them into cells.
 */
const SCANS = 1460;
const LOCATIONS = 800;
const REPETITIONS = 5;

await benchmark('replay', async (part) => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-bench-'));
  try {
    await record(folder);
    const sizes = ['gauge.csv', 'coater.csv'].map((name) => statSync(join(folder, name)).size / 1e6);
    part.note(
      `${SCANS} scans of ${LOCATIONS} locations: ${sizes.map((mb) => mb.toFixed(1)).join(' and ')} MB`,
    );
    let cells = 0;
    const parsing = part.figure(
      'csv-parse alone, every cell a number',
      await processorSeconds(REPETITIONS, async () => {
        cells =
          (await parsed(join(folder, 'gauge.csv'), true)) + (await parsed(join(folder, 'coater.csv'), true));
      }),
      's',
    );
    const text = part.figure(
      'csv-parse alone, cells as text',
      await processorSeconds(REPETITIONS, async () => {
        await parsed(join(folder, 'gauge.csv'), false);
        await parsed(join(folder, 'coater.csv'), false);
      }),
      's',
    );
    let learnt = 0;
    const replayed = part.figure(
      'replay through the agent',
      await processorSeconds(REPETITIONS, async () => {
        learnt = await replay(folder);
      }),
      's',
    );
    part.ratio('replay over parsing into numbers', replayed, parsing, { atMost: 2 });
    part.ratio('replay over parsing into text', replayed, text);
    part.note(`processor time; ${cells} cells, ${learnt} scans learnt from`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Writes the simulated shift in the layout of a gauge that logs one row for each scan. */
async function record(folder: string): Promise<void> {
  const gauge: string[] = [];
  const names = [
    'bar_operator_mm',
    'bar_gear_mm',
    'roll_ratio_percent',
    'web_speed_m_min',
    'encoder_m',
    'line_state',
  ];
  const coater = [`time,${names.join(',')}\n`];
  for (const message of generate(loadScenario('config/scenarios/calm-shift.yaml'), 11, 'line-1')) {
    if (message.kind === 'machine') {
      const cells = names.map((name) => message.values[name] ?? '');
      coater.push(`${new Date(message.time_ms).toISOString()},${cells.join(',')}\n`);
    } else if (message.kind === 'scan') {
      const [year, month, rest] = new Date(message.time_ms).toISOString().split('-');
      const [day, clock] = rest!.slice(0, -5).split('T');
      const values = Array.from(message.loading_mg_cm2, gauge_g_m2);
      gauge.push(`${day}.${month}.${year},${clock},0,0,${values.join(',')}\n`);
      if (gauge.length === SCANS) break;
    }
  }
  await pipeline(Readable.from(gauge), createWriteStream(join(folder, 'gauge.csv')));
  await pipeline(Readable.from(coater), createWriteStream(join(folder, 'coater.csv')));
  writeFileSync(join(folder, 'replay.yaml'), configOf(folder));
}

function configOf(folder: string): string {
  return `
lines:
  - name: line-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    slurry: { am_percent: 96 }
    sources:
      - type: recording
        data: ${folder}
        coater:
          file: coater.csv
          time: { type: iso, column: time }
          columns:
            bar_operator_mm: bar_operator_mm
            bar_gear_mm: bar_gear_mm
            roll_ratio_percent: roll_ratio_percent
            web_speed_m_min: web_speed_m_min
            encoder_m: encoder_m
            line_state: line_state
        gauge:
          header: false
          time: { type: local, column: "1", clock_column: "2" }
          scans: { file: gauge.csv }
    pipeline:
      pairing: { method: web-length, web_length_m: 20 }
`;
}

async function parsed(file: string, numbers: boolean): Promise<number> {
  let cells = 0;
  for await (const row of createReadStream(file).pipe(parse({ relax_column_count: true }))) {
    const texts = row as string[];
    if (numbers) for (const text of texts) cells += Number.isNaN(Number(text)) ? 0 : 1;
    else cells += texts.length;
  }
  return cells;
}

async function replay(folder: string): Promise<number> {
  const loaded = loadConfig(join(folder, 'replay.yaml'), {});
  const stateFolder = mkdtempSync(join(folder, 'state-'));
  const store = await openStore(join(stateFolder, 'store'), { log });
  let learnt = 0;
  try {
    const agent = await assembleAgent(loaded, { clock: systemClock, log, store, stateFolder });
    agent.reports.subscribe(({ kind }) => {
      if (kind === 'observation') learnt++;
    });
    await agent.start();
    await Promise.all(agent.lines().map((name) => agent.line(name).done));
    await agent.stop();
    for (const name of agent.lines()) agent.line(name).finish();
  } finally {
    await store.close();
  }
  return learnt;
}
