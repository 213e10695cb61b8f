import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { generate } from '../../simulators/generate.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import type { LineMessage } from '../../src/core/messages.ts';
import type { Report } from '../../src/core/report.ts';
import type { Dispatch } from '../../src/core/report-id.ts';
import { openStore } from '../../src/store/store.ts';
import { lineAgent } from '../faults/agent.ts';

/**
 * A shift of a simulated line on which something goes wrong now and then, as its agent reports it. The same hours and
 * seed give the same reports with the same ids.
 */
export async function shiftReports(hours: number, seed = 11): Promise<Dispatch<Report>[]> {
  const dispatches: Dispatch<Report>[] = [];
  await playShift(shiftMessages(hours, seed), (dispatch) => dispatches.push(dispatch));
  return dispatches;
}

/**
 * @param take is told each report at once, as a sink is.
 * @param hour is called after each hour of the line.
 */
export async function playShift(
  messages: Iterable<LineMessage>,
  take: (dispatch: Dispatch<Report>) => void,
  hour: (hour: number) => void = () => {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-shift-'));
  const store = await openStore(folder);
  try {
    const { agent, mouth, reports } = lineAgent(store, {
      line: LINE,
      pipeline: { pairing: { web_length_m: 8 } },
    });
    agent.dispatches.subscribe(take);
    await agent.start();
    let said = 0;
    let begun_ms: number | undefined;
    let hours = 0;
    for (const message of messages) {
      begun_ms ??= message.time_ms;
      if (++said % 200 === 0) {
        // No more on their way than a live line has; and nothing kept that is not asked for.
        const worked = firstValueFrom(agent.processed.pipe(filter(({ message: done }) => done === message)));
        mouth.say(message);
        await worked;
        reports.length = 0;
      } else mouth.say(message);
      if (message.kind === 'machine' && message.time_ms - begun_ms >= (hours + 1) * 3_600_000) hour(++hours);
    }
    await agent.stop();
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const LINE = 'coater-1';

const RUN_S = 600;
const PAUSE_S = 120;

export function* shiftMessages(hours: number, seed = 11): Iterable<LineMessage> {
  const gaps_um = [150, 110, 170, 130];
  const runs = Math.floor((hours * 3600) / (RUN_S + PAUSE_S));
  const scenario = scenarioOf({
    name: 'shift',
    start: '2024-03-04T06:00:00Z',
    parameters: { web_length_m: 8 },
    gauge: { standardise: { every_s: 3600, pause_s: 40 } },
    defaults: { duration_s: RUN_S, downtime_s: PAUSE_S, web_speed_m_min: 2 },
    runs: Array.from({ length: runs }, (_, i) => ({ gap_um: gaps_um[i % gaps_um.length] })),
    faults: [
      { fault: 'drop', device: 'gauge', at_s: 1000, for_s: 60 },
      { fault: 'duplicate', device: 'gauge', at_s: 1500, for_s: 60 },
      { fault: 'bad-quality', at_s: 2000, for_s: 30 },
      { fault: 'clock-jump', device: 'gauge', at_s: 2600, by_s: -1800 },
      { fault: 'level-shift', at_s: 4000, for_s: 3000, by_mg_cm2: 6 },
    ],
  });
  yield* generate(scenario, seed, LINE);
}
