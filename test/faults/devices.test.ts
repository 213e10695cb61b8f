import { describe, expect, it } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { faultSchema } from '../../simulators/scenario/fault-schema.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { type Told, told } from './agent.ts';

const plan = {
  name: 'two runs',
  parameters: { web_length_m: 4 },
  defaults: { duration_s: 400, downtime_s: 150, web_speed_m_min: 2 },
  runs: [{ gap_um: 150 }, { gap_um: 110 }, { gap_um: 130 }],
};

const run = (...faults: object[]): Promise<Told> => {
  const line = generate(scenarioOf({ ...plan, faults }), 3);
  return told(line, line.line, { pairing: { web_length_m: 4 } });
};

/** Without any fault: what all others are compared with. */
let calmly: Promise<Told> | undefined;
const calmRun = (): Promise<Told> => {
  calmly ??= run();
  return calmly;
};

const reasons = ({ outages }: Told) => outages.map(({ source, reason }) => `${source}: ${reason}`);
/** Names of the alarms that were raised, in order. */
const raised = ({ reports }: Told) =>
  reports.flatMap((report) => (report.kind === 'alarm' && report.state === 'UNACK' ? [report.alarm] : []));
const dropped = ({ drops }: Told, reason: string) => drops.filter((drop) => drop.reason === reason).length;

/** Faults told in another file, over a network. */
const elsewhere = ['corrupt', 'restart', 'certificate-change'];
/** Faults within what the device measures. Nothing in a scan tells them; see the last tests. */
const silent = ['level-shift', 'gap-error', 'slurry-change'];
const here = [
  ...[
    'drop',
    'duplicate',
    'delay',
    'reorder',
    'freeze',
    'stuck',
    'bad-quality',
    'clock-jump',
    'dead-locations',
  ],
];

describe('each fault of a device is named by the agent', () => {
  it('none of the simulator is left out', () => {
    const kinds = faultSchema.options.map((option) => option.shape.fault.value);
    expect([...here, ...elsewhere, ...silent].sort()).toEqual([...kinds].sort());
  });

  it('none: nothing is named', async () => {
    const calm = await calmRun();
    expect(calm.outages).toEqual([]);
    expect(calm.letters).toEqual([]);
    expect(raised(calm)).toEqual([]);
    expect(new Set(calm.drops.map(({ reason }) => reason))).toEqual(
      new Set(['not-coated', 'patch-edge', 'settling']),
    );
    expect(calm.observations.length).toBeGreaterThan(120);
  });

  it('drop: scans that never came are an outage with their numbers, machine samples one of their time', async () => {
    const gauge = await run({ fault: 'drop', device: 'gauge', at_s: 300, for_s: 24 });
    expect(gauge.outages).toMatchObject([
      { source: 'gauge-1', reason: 'missing-scans', detail: expect.stringMatching(/^3 scans between/) },
    ]);
    const long = await run({ fault: 'drop', device: 'gauge', at_s: 300, for_s: 120 });
    expect(raised(long)).toEqual(['no-scans']);
    const coater = await run({ fault: 'drop', device: 'coater', at_s: 300, for_s: 24 });
    expect(coater.outages).toMatchObject([
      { source: 'pipeline', reason: 'stale', detail: 'no machine parameters for 25 s' },
    ]);
  });

  it('duplicate: a second scan is dropped by that name; a second machine sample changes nothing', async () => {
    const gauge = await run({ fault: 'duplicate', device: 'gauge', at_s: 300, for_s: 80 });
    expect(dropped(gauge, 'duplicate')).toBe(10);
    const calm = await calmRun();
    const coater = await run({ fault: 'duplicate', device: 'coater', at_s: 300, for_s: 80 });
    expect(coater.observations).toEqual(calm.observations);
  });

  it('delay beyond what is allowed: scans are dropped as late, machine samples become dead letters', async () => {
    const gauge = await run({ fault: 'delay', device: 'gauge', at_s: 300, for_s: 16, by_s: 60 });
    expect(dropped(gauge, 'late')).toBe(2);
    expect(reasons(gauge)).toEqual(['gauge-1: missing-scans']);
    const coater = await run({ fault: 'delay', device: 'coater', at_s: 300, for_s: 5, by_s: 30 });
    expect(coater.agent.deadLetterCounts).toEqual({ late: 5 });
  });

  it('reorder: within what is allowed it changes nothing, beyond it late ones are named', async () => {
    const calm = await calmRun();
    for (const device of ['gauge', 'coater']) {
      const swapped = await run({ fault: 'reorder', device, at_s: 200, for_s: 600, probability: 0.3 });
      expect(swapped.observations).toEqual(calm.observations);
    }
    const line = generate(scenarioOf(plan), 3);
    const messages = [...line];
    const at = messages.findIndex(
      (message) => message.kind === 'machine' && message.time_ms > line.start_ms + 3e5,
    );
    const swapped = [
      ...messages.slice(0, at),
      ...messages.slice(at + 1, at + 20),
      messages[at]!,
      ...messages.slice(at + 20),
    ];
    const late = await told(swapped, line.line, { pairing: { web_length_m: 4 } });
    expect(late.agent.deadLetterCounts).toEqual({ late: 1 });
  });

  it('freeze: profiles that repeat, and an encoder that stands while the web runs', async () => {
    const gauge = await run({ fault: 'freeze', device: 'gauge', at_s: 350, for_s: 40 });
    expect(gauge.outages).toMatchObject([
      { source: 'gauge-1', reason: 'stale', detail: expect.stringMatching(/gauge is frozen/) },
    ]);
    expect(dropped(gauge, 'standardising')).toBe(5);
    expect(raised(gauge)).toContain('gauge-frozen');
    const coater = await run({ fault: 'freeze', device: 'coater', at_s: 350, for_s: 40 });
    expect(coater.outages).toMatchObject([
      { source: 'pipeline', reason: 'stale', detail: expect.stringMatching(/^the encoder stands/) },
    ]);
  });

  it('stuck: an encoder that contradicts the web speed, a line state that isn’t coating', async () => {
    const encoder = await run({ fault: 'stuck', at_s: 350, for_s: 30, tags: ['encoder_m'], value: 7 });
    expect(encoder.outages.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^the encoder stands at 7 m/),
    ]);
    const calm = await calmRun();
    const state = await run({ fault: 'stuck', at_s: 250, for_s: 60, tags: ['line_state'], value: 3 });
    expect(dropped(state, 'no-run') + dropped(state, 'patch-edge')).toBeGreaterThan(
      dropped(calm, 'no-run') + dropped(calm, 'patch-edge') + 5,
    );
  });

  it('bad quality: an outage that names the tag, and its end', async () => {
    const bad = await run({ fault: 'bad-quality', at_s: 300, for_s: 20, tags: ['bar_operator_mm'] });
    const long = await run({ fault: 'bad-quality', at_s: 300, for_s: 60, tags: ['bar_operator_mm'] });
    expect(raised(long)).toEqual(['source-stale']);
    expect(bad.outages).toMatchObject([
      { reason: 'bad-quality', detail: 'bar_operator_mm is of bad quality' },
      { reason: 'bad-quality', detail: 'bar_operator_mm is there again', until_ms: expect.any(Number) },
    ]);
  });

  it.each([
    ['gauge', -400],
    ['gauge', 400],
    ['coater', -400],
    ['coater', 400],
  ])('clock jump: an outage on the %s side (%d s), and pairing goes on', async (device, by_s) => {
    const jumped = await run({ fault: 'clock-jump', device, at_s: 300, by_s });
    expect(reasons(jumped)).toContain(`${device === 'gauge' ? 'gauge-1' : 'coater clock'}: clock-jump`);
    expect(raised(jumped)).toContain('clock-jump');
    const calm = await calmRun();
    expect(jumped.observations.at(-1)!.scan).toBeGreaterThanOrEqual(calm.observations.at(-1)!.scan);
    // A gauge's clock set forward looks like a pause until coated and bare web contradict it.
    expect(jumped.observations.length).toBeGreaterThan(0.6 * calm.observations.length);
  });

  it('dead locations: scans with too few valid ones', async () => {
    const dead = await run({ fault: 'dead-locations', at_s: 300, for_s: 80, from: 100, to: 400 });
    expect(dropped(dead, 'too-few-valid-locations')).toBe(10);
  });
});

describe('a fault within what a device measures', () => {
  // The web takes two minutes to the gauge; every run but those that are spoilt has the level of the first ones.
  const repeated = { ...plan, runs: [{ gap_um: 150, level_mg_cm2: 20, repeat: 8 }] };
  const toTheEnd = { at_s: 2230, for_s: 3000 };

  it.each([
    ['none', []],
    ['level-shift', [{ fault: 'level-shift', ...toTheEnd, by_mg_cm2: -3.5 }]],
    ['gap-error', [{ fault: 'gap-error', ...toTheEnd, by_um: 35 }]],
    ['slurry-change', [{ fault: 'slurry-change', at_s: 2230, loading_percent: 20 }]],
  ])(
    '%s: no message tells it; runs lie off what was predicted for them, and an alarm says so',
    async (name, faults) => {
      const line = generate(scenarioOf({ ...repeated, faults }), 3);
      const seen = await told(line, line.line, { pairing: { web_length_m: 4 } });
      const runs = seen.agent.learner.forecaster.runs.map(({ measured, before }) => {
        const [low, high] = before.interval90_mg_cm2;
        return {
          start_ms: measured.start_ms,
          outside: measured.level_mg_cm2 < low || measured.level_mg_cm2 > high,
        };
      });
      expect(runs).toHaveLength(8);
      expect(runs.slice(0, 5).map(({ outside }) => outside)).toEqual([
        false,
        false,
        false,
        false,
        name !== 'none',
      ]);
      expect(seen.outages).toEqual([]);
      expect(seen.letters).toEqual([]);

      const drift = seen.reports.filter(
        (report) => report.kind === 'alarm' && report.alarm === 'prediction-drift',
      );
      if (name === 'none') {
        expect(raised(seen)).toEqual([]);
        return;
      }
      // Raised by the third spoilt run at the latest, and never by one before.
      expect(drift[0]).toMatchObject({
        active: true,
        detail: expect.stringMatching(/\d mg\/cm² against/),
      });
      expect(drift[0]!.kind === 'alarm' && drift[0].since_ms).toBeGreaterThan(runs[4]!.start_ms);
      const third_ms = runs[6]!.start_ms + 400_000 + 120_000;
      expect(drift[0]!.kind === 'alarm' && drift[0].since_ms).toBeLessThan(third_ms);
    },
  );
});
