import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { deviceClock } from '../../../simulators/transport/clock.ts';
import { createWeb } from '../../../simulators/transport/web.ts';

describe('web', () => {
  const mark = (web_m: number, level_mg_cm2: number) => ({
    web_m,
    level_mg_cm2,
    tilt_mg_cm2: 0,
    trueGap_um: 100,
    run: 0,
    steady: true,
  });

  test('gives back the film between its two neighbours, for every reader', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.double({ min: 0.01, max: 1, noNaN: true }),
            fc.double({ min: 0, max: 30, noNaN: true }),
          ),
          {
            minLength: 2,
            maxLength: 30,
          },
        ),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (steps, places) => {
          const web = createWeb();
          let length = 0;
          const marks = steps.map(([step, level]) => {
            length += step;
            return mark(length, level);
          });
          for (const one of marks) web.append(one);
          const first = marks[0]?.web_m as number;
          for (const reader of [web.reader(), web.reader()]) {
            for (const share of [...places].sort((a, b) => a - b)) {
              const at = first + share * (length - first);
              const after = marks.findIndex((m) => m.web_m >= at);
              const [a, b] = [marks[Math.max(0, after - 1)], marks[Math.max(1, after)]];
              if (!a || !b) continue;
              const t = (at - a.web_m) / (b.web_m - a.web_m);
              const film = reader.at(at)?.level_mg_cm2;
              if (at > first)
                expect(film).toBeCloseTo(a.level_mg_cm2 + t * (b.level_mg_cm2 - a.level_mg_cm2), 6);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('forgets what all readers have passed, and nothing else', () => {
    const web = createWeb();
    const reader = web.reader();
    for (let i = 0; i <= 20_000; i++) {
      web.append(mark(i, i));
      if (i > 100) expect(reader.at(i - 100.5)?.level_mg_cm2).toBeCloseTo(i - 100.5, 6);
    }
  });

  test('before the first film there is nothing', () => {
    const web = createWeb();
    web.append(mark(5, 1));
    expect(web.reader().at(4)).toBeUndefined();
  });
});

describe('device clock', () => {
  test('offset, drift and steps add up', () => {
    const clock = deviceClock({ offset_s: 2, drift_ppm: 50, steps: [{ at_s: 100, by_s: -3 }] }, 1_000_000);
    expect(clock(1_000_000)).toBe(1_002_000);
    expect(clock(1_099_000) - 1_099_000).toBe(2005);
    expect(clock(1_100_000) - 1_100_000).toBe(-995);
  });
});

describe('the film reaches the gauge by length, not by time', () => {
  const scenario = (run: object, more: object = {}) =>
    scenarioOf({
      name: 'transport',
      lead_s: 60,
      tail_s: 1500,
      parameters: { web_length_m: 10, web_acceleration_m_min_s: 100, disturbance_sd_mg_cm2: 0 },
      runs: [{ gap_um: 150, duration_s: 320, ...run }],
      ...more,
    });
  const coatedScans = (line: ReturnType<typeof generate>) =>
    [...line].filter((m) => m.kind === 'scan' && (m.loading_mg_cm2[400] as number) > 10);
  const first_s = (line: ReturnType<typeof generate>) =>
    ((coatedScans(line)[0]?.time_ms ?? Number.NaN) - (line.truth.runs[0]?.start_ms ?? Number.NaN)) / 1000;

  test('10 m at 2 m/min are five minutes', () => {
    const line = generate(scenario({}), 1);
    expect(first_s(line)).toBeGreaterThan(300);
    expect(first_s(line)).toBeLessThan(330);
  });

  test('a web that waits a minute delays its film by a minute', () => {
    const plain = first_s(generate(scenario({}), 1));
    const waiting = first_s(generate(scenario({ stops: [{ at_s: 100, for_s: 64 }] }), 1));
    expect(waiting - plain).toBe(64);
  });

  test('a web that is slower at the gauge than at the head makes the run longer there', () => {
    const run = { web_speed_m_min: 4, duration_s: 120 };
    const slow = { coater: { standby_speed_m_min: 1 } };
    const scans = coatedScans(generate(scenario(run, slow), 1)).length;
    // 8 m of film at 1 m/min: 480 s of scans for 120 s of coating.
    expect(scans).toBeGreaterThan(55);
    expect(scans).toBeLessThan(62);
  });

  test('a gauge clock that is wrong shifts its times and nothing else', () => {
    const right = coatedScans(generate(scenario({}), 1));
    const wrong = coatedScans(generate(scenario({}, { gauge: { clock: { offset_s: 90 } } }), 1));
    expect(wrong.map((s) => s.time_ms)).toEqual(right.map((s) => s.time_ms + 90_000));
    expect(wrong.map((s) => s.kind === 'scan' && s.loading_mg_cm2)).toEqual(
      right.map((s) => s.kind === 'scan' && s.loading_mg_cm2),
    );
  });
});
