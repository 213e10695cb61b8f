import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeScan } from '../../../simulators/gauge/payload.ts';
import { createModel } from '../../../simulators/model.ts';
import { loadScenarios, scenarioOf } from '../../../simulators/scenario/load.ts';
import type { Scenario } from '../../../simulators/scenario/schema.ts';

const folder = 'config/scenarios';
const shipped = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

/** Fingerprint of everything that goes over the wire, byte by byte, for the first part of a scenario. */
function fingerprint(scenario: Scenario, seed: number, seconds: number): string {
  const model = createModel(scenario, seed);
  const hash = createHash('sha256');
  for (const emission of model.emissions()) {
    if (emission.due_ms > model.start_ms + seconds * 1000) break;
    if (emission.kind === 'scan') hash.update(encodeScan(emission.scan, { format: 'json', header: true }));
    else hash.update(JSON.stringify(emission));
  }
  return hash.digest('hex');
}

describe.each(shipped)('%s', (file) => {
  // Of several lines the last one: it differs most from the file's own.
  const { scenario } = loadScenarios(`${folder}/${file}`).at(-1)!;

  test('same seed, same bytes; another seed, others', () => {
    expect(fingerprint(scenario, 7, 900)).toBe(fingerprint(scenario, 7, 900));
    expect(fingerprint(scenario, 7, 900)).not.toBe(fingerprint(scenario, 8, 900));
  });
});

test('a model can be run through twice, and its truth is known before', () => {
  const scenario = scenarioOf({ name: 'twice', draw_line: true, runs: [{ gap_um: 100 }, { gap_um: 150 }] });
  const model = createModel(scenario, 3);
  const level = model.truth.levelAt(200);
  const first = [...model.emissions()];
  expect([...model.emissions()]).toEqual(first);
  expect(model.truth.levelAt(200)).toBe(level);
  expect(createModel(scenario, 3).truth.runs).toEqual(model.truth.runs);
});

test('one part of the line draws nothing from another: a further fault leaves the rest as it was', () => {
  const plain = { name: 'fork', runs: [{ gap_um: 100, duration_s: 60 }], tail_s: 30 };
  const machine = (input: object) =>
    [...createModel(scenarioOf(input), 3).emissions()].filter((e) => e.kind === 'machine');
  const faulty = {
    ...plain,
    faults: [{ fault: 'drop', device: 'gauge', at_s: 0, for_s: 99, probability: 0.5 }],
  };
  expect(machine(faulty)).toEqual(machine(plain));
});

test('a fault on demand is as determined as one from a file: the same messages, live and again', () => {
  const quiet = scenarioOf({ name: 'demand', runs: [{ gap_um: 100, duration_s: 200 }], tail_s: 30 });
  const live = createModel(quiet, 5);
  const emissions = live.emissions()[Symbol.iterator]();
  const sent = [];
  for (let next = emissions.next(); !next.done; next = emissions.next()) {
    sent.push(next.value);
    if (sent.length === 100) live.order({ fault: 'drop', device: 'gauge', for_s: 40 });
    if (sent.length === 150) live.order({ fault: 'gap-error', for_s: 60, by_um: 20 });
  }
  const again = createModel(scenarioOf({ ...quiet, faults: live.faults }), 5);
  expect([...again.emissions()]).toEqual(sent);
  expect(sent).not.toEqual([...createModel(quiet, 5).emissions()]);
});
