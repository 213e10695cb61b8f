import { expect, it } from 'vitest';
import { generate } from '../../simulators/generate.ts';
import { loadScenario } from '../../simulators/scenario/load.ts';
import { told } from './agent.ts';

/** Of the recorded day: the gaps (µm) that the study gave its seventeen runs by hand. */
const gaps_um = [
  143, 169, 143, 108.56, 165, 143, 151.04, 143, 181.76, 143, 143, 150, 147, 147, 106.25, 180, 182,
];

it('the recorded day, simulated: the agent finds the seventeen runs of the recording, with their gaps', {
  timeout: 60_000,
}, async () => {
  const line = generate(loadScenario('config/scenarios/recorded-day.yaml'), 1);
  const { agent, observations, letters } = await told(line, line.line, {
    // As for the recording itself, whose log has no web speed: the web's changes of speed end no run.
    transitions: {
      minimum_dwell_s: 3,
      settling_s: 0,
      merge_interruption_s: 2,
      speed_tolerance_percent: 10_000,
      minimum_web_speed_m_min: 0,
    },
    pairing: { method: 'sequence', sequence: { coated_above_mg_cm2: 10, merge_missing_scans: 0 } },
  });
  const runs = agent.learner.forecaster.runs.map(({ measured }) => measured);
  expect(letters).toEqual([]);
  expect(runs.map(({ gap_um }) => gap_um)).toHaveLength(gaps_um.length);
  for (const [i, gap_um] of gaps_um.entries()) expect(Math.abs(runs[i]!.gap_um - gap_um)).toBeLessThan(2);
  // Scans over an end of the film belong to no run; all others belong to the one whose gap they were given.
  const truths = observations.map((seen) => ({ seen, truth: line.truth.truthOf(seen.scan)! }));
  const ofOneRun = truths.filter(({ truth }) => truth.run >= 0);
  for (const { seen, truth } of ofOneRun) expect(Math.abs(seen.gap_um - truth.gap_um)).toBeLessThan(2);
  expect(ofOneRun.length).toBeGreaterThan(0.8 * observations.length);
});
