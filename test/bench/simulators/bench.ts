import { encodeScan } from '../../../simulators/gauge/payload.ts';
import { generate } from '../../../simulators/generate.ts';
import { createModel } from '../../../simulators/model.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';
import { benchmark, type Part, processorSeconds, seconds } from '../harness.ts';
import {
  type DayRun,
  type GapRow,
  labCalibration,
  lineCalibration,
  publishedRuns,
  simulatedDay,
  spreads,
} from './calibration.ts';
import { linesOverTheNetwork } from './network.ts';

const DAY_S = 86_400;
const SCAN_S = 8;
const LINES = 200;
/** Simulated seconds of the many lines that are measured; real time must keep up with them on one core of two. */
const STRETCH_S = 40;

await benchmark('simulators', async (part) => {
  await oneDay(part);
  await manyLines(part);
  await linesOverTheNetwork(part);
  calibration(part);
});

/** Simulated against published: loading by gap, spreads, and how long runs are at coater and gauge. */
function calibration(part: Part): void {
  const head = ['gap µm', 'n', 'published', 'sd', 'simulated', 'sd', 'z of the mean'];
  const rows = (all: readonly GapRow[]) =>
    all.map(({ gap_um, n, published, simulated, z }) => [
      gap_um.toFixed(1),
      String(n),
      ...[published.mean, published.sd, simulated.mean, simulated.sd, z].map((value) => value.toFixed(2)),
    ]);
  part.table('Laboratory, by gap (mg/cm²; n slurries of eight repeats)', head, rows(labCalibration()));
  part.table('Pilot line, by gap (mg/cm²; n runs)', head, rows(lineCalibration()));
  part.table(
    'Spread (mg/cm²)',
    ['of', 'published', 'simulated'],
    spreads().map(({ what, published: [low, high], simulated }) => [
      what,
      `${low} to ${high}`,
      simulated.toFixed(2),
    ]),
  );
  const day = simulatedDay();
  part.table(
    'The recorded day: published, simulated',
    ['run', 'coater s', '', 'gauge scans', '', 'gauge s', '', 'mg/cm²', ''],
    publishedRuns.map((was, i) => {
      const is = day[i]!;
      const scans = ({ first, end }: DayRun) => `${first}-${end}`;
      const gauge_s = ({ first, end }: DayRun) => SCAN_S * (end - first);
      const pairs = [was, is].map((run) => [
        run.coater_s,
        scans(run),
        gauge_s(run),
        run.mean_mg_cm2.toFixed(2),
      ]);
      return [String(i + 1), ...pairs[0]!.flatMap((cell, c) => [cell, pairs[1]![c]!])];
    }),
  );
}

/** A calm line for 24 h: every machine sample and every scan, encoded as it goes out. */
async function oneDay(part: Part): Promise<void> {
  const calm = loadScenario('config/scenarios/calm-shift.yaml');
  let messages = 0;
  const taken = await seconds(
    1,
    () => {
      messages = 0;
      const line = generate({ ...calm, cycles: 12 }, 1);
      const end_ms = line.start_ms + DAY_S * 1000;
      for (const message of line) {
        if (message.time_ms > end_ms) break;
        if (message.kind === 'scan') encodeScan(message, { format: 'json', header: false });
        messages++;
      }
    },
    0,
  );
  part.figure('24 h of one line, all messages, scans as JSON', taken, 's', { atMost: 60 });
  part.figure('its messages', [messages], 'messages', { atLeast: DAY_S + DAY_S / 8 - 200 });
}

/** Two hundred lines second by second, in step, as one process would send them. */
async function manyLines(part: Part): Promise<void> {
  const calm = loadScenario('config/scenarios/calm-shift.yaml');
  const lines = Array.from({ length: LINES }, (_, i) => {
    const model = createModel(calm, i, `line-${i}`);
    return { model, emissions: model.emissions()[Symbol.iterator](), next: undefined as number | undefined };
  });
  let now_s = 0;
  let sent = 0;
  const advance = () => {
    now_s += STRETCH_S;
    for (const line of lines) {
      const until_ms = line.model.start_ms + now_s * 1000;
      for (;;) {
        if (line.next !== undefined && line.next > until_ms) break;
        const { value } = line.emissions.next();
        if (!value) break;
        if (value.kind === 'scan') encodeScan(value.scan, { format: 'json', header: false });
        line.next = value.due_ms;
        sent++;
      }
    }
  };
  const taken = await processorSeconds(5, advance, 1);
  part.figure(
    `${LINES} lines, processor time for each second of real time`,
    taken.map((s) => s / STRETCH_S),
    's/s',
    { atMost: 1 },
  );
  part.figure('their messages in a second', [sent / now_s], 'messages/s', { atLeast: LINES });
  part.note('the model and the payloads alone; the network follows');
}
