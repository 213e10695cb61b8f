import { describe, expect, test } from 'vitest';
import type { Emission, MachineEmission, ScanEmission } from '../../../simulators/emission.ts';
import { generate } from '../../../simulators/generate.ts';
import { createModel } from '../../../simulators/model.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';

/** Coating from second 30 to 430; its film passes the gauge from about second 90 on. */
const base = {
  name: 'faults',
  parameters: { web_length_m: 2 },
  tail_s: 100,
  runs: [{ gap_um: 150, duration_s: 400 }],
};
const emissionsWith = (...faults: object[]): Emission[] => [
  ...createModel(scenarioOf({ ...base, faults }), 1).emissions(),
];
const start_ms = createModel(scenarioOf(base), 1).start_ms;
const at_s = (emission: Emission) => (emission.due_ms - start_ms) / 1000;
const scansOf = (emissions: Emission[]) => emissions.filter((e): e is ScanEmission => e.kind === 'scan');
const machineOf = (emissions: Emission[]) =>
  emissions.filter((e): e is MachineEmission => e.kind === 'machine');
const numbers = (emissions: Emission[]) => scansOf(emissions).map((e) => e.scan.scan);
const plain = emissionsWith();

describe('faults between device and reader', () => {
  test('drop: what is due in the window is gone, the rest stays', () => {
    const left = emissionsWith({ fault: 'drop', device: 'gauge', at_s: 100, for_s: 40 });
    expect(numbers(left)).toEqual(
      scansOf(plain).flatMap((e) => (at_s(e) >= 100 && at_s(e) < 140 ? [] : [e.scan.scan])),
    );
    expect(machineOf(left)).toEqual(machineOf(plain));
  });

  test('drop with probability hits some, and the same ones again', () => {
    const some = { fault: 'drop', device: 'coater', at_s: 0, for_s: 500, probability: 0.3 };
    const share = machineOf(emissionsWith(some)).length / machineOf(plain).length;
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.8);
    expect(emissionsWith(some)).toEqual(emissionsWith(some));
  });

  test('duplicate: the same message twice, one after the other', () => {
    const twice = numbers(emissionsWith({ fault: 'duplicate', device: 'gauge', at_s: 96, for_s: 8 }));
    expect(twice).toEqual(numbers(plain).flatMap((n) => (n === 11 ? [n, n] : [n])));
  });

  test('delay: later on the wire, with the old time inside, still in order of the wire', () => {
    const late = emissionsWith({ fault: 'delay', device: 'gauge', at_s: 96, for_s: 8, by_s: 20 });
    expect(numbers(late).slice(10, 15)).toEqual([10, 12, 13, 11, 14]);
    const due = late.map((e) => e.due_ms);
    expect(due).toEqual([...due].sort((a, b) => a - b));
    expect(scansOf(late).map((e) => e.scan.time_ms)).toEqual(
      scansOf(late).map((e) => scansOf(plain)[e.scan.scan]?.scan.time_ms),
    );
  });

  test('reorder: swapped with the next', () => {
    const swapped = numbers(emissionsWith({ fault: 'reorder', device: 'gauge', at_s: 96, for_s: 8 }));
    expect(swapped.slice(10, 14)).toEqual([10, 12, 11, 13]);
    expect([...swapped].sort((a, b) => a - b)).toEqual(numbers(plain));
  });

  test('freeze: new times, old values; only the tags that are named', () => {
    const all = machineOf(emissionsWith({ fault: 'freeze', device: 'coater', at_s: 100, for_s: 10 }));
    const last = machineOf(plain)[99]?.sample.values;
    for (let s = 100; s < 110; s++) expect(all[s]?.sample.values).toEqual(last);
    expect(all[110]).toEqual(machineOf(plain)[110]);
    const tags = ['web_speed_m_min', 'encoder_m'];
    const some = machineOf(emissionsWith({ fault: 'freeze', device: 'coater', at_s: 100, for_s: 10, tags }));
    expect(some[109]?.sample.values['encoder_m']).toBe(last?.['encoder_m']);
    expect(some[109]?.sample.values['foil_tension_n']).toBe(
      machineOf(plain)[109]?.sample.values['foil_tension_n'],
    );
  });

  test('bad quality: the name is among the bad ones and its value is not there', () => {
    const bad = machineOf(
      emissionsWith({
        fault: 'bad-quality',
        at_s: 100,
        for_s: 1,
        tags: ['bar_gear_mm'],
        status: 'uncertain',
      }),
    )[100];
    expect(bad?.sample.bad).toEqual(['bar_gear_mm']);
    expect(bad?.sample.values).not.toHaveProperty('bar_gear_mm');
    expect(bad?.held).toHaveProperty('bar_gear_mm');
    expect(bad?.status).toBe('uncertain');
  });

  test('stuck: the tags say so, and say that they are good', () => {
    const fault = { fault: 'stuck', at_s: 100, for_s: 2, tags: ['bar_gear_mm'], value: 0.5 };
    const stuck = machineOf(emissionsWith(fault));
    expect(stuck.map((e) => e.sample.values['bar_gear_mm']).slice(99, 103)).toEqual([
      machineOf(plain)[99]?.sample.values['bar_gear_mm'],
      0.5,
      0.5,
      machineOf(plain)[102]?.sample.values['bar_gear_mm'],
    ]);
    expect(() => emissionsWith({ ...fault, tags: ['bar_gear'] })).toThrow(/tags/);
  });

  test('corrupt scans are marked for the wire and left out of what sources hand on', () => {
    const fault = { fault: 'corrupt', at_s: 96, for_s: 16, how: 'truncated' };
    const marked = scansOf(emissionsWith(fault)).filter((e) => e.corrupt === 'truncated');
    expect(marked.map((e) => e.scan.scan)).toEqual([11, 12]);
    const handedOn = [...generate(scenarioOf({ ...base, faults: [fault] }), 1)].filter(
      (m) => m.kind === 'scan',
    );
    expect(handedOn).toHaveLength(scansOf(plain).length - 2);
  });

  test('restart: off the network and back, what is due meanwhile is lost', () => {
    const fault = { fault: 'restart', device: 'coater', at_s: 100, down_s: 30, shift_namespace: true };
    const all = emissionsWith(fault);
    expect(all.filter((e) => e.kind === 'network')).toEqual([
      { kind: 'network', due_ms: start_ms + 100_000, device: 'coater', up: false, shiftNamespace: false },
      { kind: 'network', due_ms: start_ms + 130_000, device: 'coater', up: true, shiftNamespace: true },
    ]);
    expect(machineOf(all).map(at_s)).not.toContain(129);
    expect(machineOf(all).map(at_s)).toEqual(expect.arrayContaining([99, 130]));
    expect(numbers(all)).toEqual(numbers(plain));
  });
});

test('certificate change: the coater goes, and comes back as somebody else', () => {
  const all = emissionsWith({ fault: 'certificate-change', at_s: 100, down_s: 5 });
  expect(all.filter((e) => e.kind === 'network')).toEqual([
    { kind: 'network', due_ms: start_ms + 100_000, device: 'coater', up: false, shiftNamespace: false },
    {
      kind: 'network',
      due_ms: start_ms + 105_000,
      device: 'coater',
      up: true,
      shiftNamespace: false,
      newCertificate: true,
    },
  ]);
  expect(machineOf(all)).toHaveLength(machineOf(plain).length - 5);
});

describe('faults on demand', () => {
  const running = () => {
    const model = createModel(scenarioOf(base), 1);
    const emissions = model.emissions()[Symbol.iterator]();
    const until = (second: number) => {
      const sent: Emission[] = [];
      for (let next = emissions.next(); !next.done; next = emissions.next()) {
        sent.push(next.value);
        if (at_s(next.value) >= second) break;
      }
      return sent;
    };
    return { model, until };
  };

  test('one begins within two seconds of what was sent last, and ends by itself', () => {
    const { model, until } = running();
    until(100);
    const taken = model.order({ fault: 'bad-quality', for_s: 10, tags: ['encoder_m'] });
    expect(taken.at_s).toBeGreaterThan(100);
    expect(taken.at_s).toBeLessThanOrEqual(102);
    const bad = machineOf(until(200)).filter((e) => e.sample.bad?.includes('encoder_m'));
    expect(bad.map(at_s)).toEqual(Array.from({ length: 10 }, (_, i) => taken.at_s + i));
  });

  test('a device that is told to go, goes, and comes back', () => {
    const { model, until } = running();
    until(50);
    const { at_s: from } = model.order({ fault: 'restart', device: 'gauge', down_s: 40 });
    const sent = until(200);
    const changes = sent.flatMap((e) => (e.kind === 'network' ? [[e.up, at_s(e)]] : []));
    expect(changes).toEqual([
      [false, from],
      [true, from + 40],
    ]);
    expect(scansOf(sent).filter((e) => at_s(e) >= from && at_s(e) < from + 40)).toEqual([]);
  });

  test.each([
    ['no object', 7, /object/],
    ['an unknown kind', { fault: 'gremlin' }, /drop.*restart/],
    ['a wrong figure', { fault: 'drop', device: 'gauge', for_s: -1 }, /for_s/],
    ['an unknown key', { fault: 'drop', device: 'gauge', four_s: 1 }, /four_s/],
    ['a time of its own', { fault: 'drop', device: 'gauge', at_s: 5 }, /begins now/],
  ])('refuses %s, and nothing happens', (_, wanted, message) => {
    const { model } = running();
    expect(() => model.order(wanted)).toThrow(message);
    expect(model.faults).toEqual([]);
  });
});

describe('faults inside a device', () => {
  const loadingAt = (emissions: Emission[], second: number) =>
    scansOf(emissions).find((e) => at_s(e) >= second)?.scan.loading_mg_cm2 as Float64Array;

  test('level shift moves every location by the same', () => {
    const shifted = emissionsWith({ fault: 'level-shift', at_s: 200, for_s: 100, by_mg_cm2: 2 });
    const [before, after] = [loadingAt(plain, 240), loadingAt(shifted, 240)];
    for (const i of [10, 400, 700]) expect((after[i] ?? 0) - (before[i] ?? 0)).toBeCloseTo(2, 9);
    expect(loadingAt(shifted, 320)).toEqual(loadingAt(plain, 320));
  });

  test('dead locations are NaN whichever way the gauge goes', () => {
    const dead = scansOf(emissionsWith({ fault: 'dead-locations', at_s: 0, for_s: 500, from: 100, to: 103 }));
    for (const { scan } of dead.slice(0, 2)) {
      const at = [...scan.loading_mg_cm2.keys()].filter((i) => Number.isNaN(scan.loading_mg_cm2[i]));
      expect(at).toEqual(scan.startedAt === 'operator' ? [100, 101, 102] : [697, 698, 699]);
    }
  });

  test('a wrong gap makes more film than the scales say', () => {
    const wrong = emissionsWith({ fault: 'gap-error', at_s: 0, for_s: 500, by_um: 20 });
    expect(machineOf(wrong)).toEqual(machineOf(plain));
    const more = (loadingAt(wrong, 240)[400] ?? 0) - (loadingAt(plain, 240)[400] ?? 0);
    expect(more).toBeGreaterThan(1.5);
    expect(more).toBeLessThan(3.5);
  });

  test('another slurry changes the film from then on', () => {
    const other = emissionsWith({ fault: 'slurry-change', at_s: 150, loading_percent: -10 });
    const ratio = (loadingAt(other, 320)[400] ?? 0) / (loadingAt(plain, 320)[400] ?? 1);
    expect(ratio).toBeGreaterThan(0.88);
    expect(ratio).toBeLessThan(0.92);
    expect(loadingAt(other, 140)).toEqual(loadingAt(plain, 140));
  });

  test('a clock jump moves the times of one device', () => {
    const jumped = emissionsWith({ fault: 'clock-jump', device: 'gauge', at_s: 200, by_s: -30 });
    const times = scansOf(jumped).map((e) => e.scan.time_ms - e.due_ms);
    expect(new Set(times)).toEqual(new Set([0, -30_000]));
    expect(machineOf(jumped)).toEqual(machineOf(plain));
  });
});
