import { encodeScan } from '../../../simulators/gauge/payload.ts';
import { generate } from '../../../simulators/generate.ts';
import { createModel } from '../../../simulators/model.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';
import { benchmark, type Part, processorSeconds, seconds } from '../harness.ts';

const DAY_S = 86_400;
const LINES = 200;
/** Simulated seconds of the many lines that are measured; real time must keep up with them on one core of two. */
const STRETCH_S = 40;

await benchmark('simulators', async (part) => {
  await oneDay(part);
  await manyLines(part);
});

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
  part.note(
    'the model and the payloads; what a broker and OPC UA clients add depends on them and is not in it',
  );
}
