import { z } from 'zod';
import type { AlarmPriority } from '../core/alarm.ts';

const priority = z.enum(['low', 'medium', 'high']);

/** What every alarm can be told. */
const common = (usual: AlarmPriority, on_delay_s = 0, off_delay_s = 0) => ({
  enabled: z.boolean().default(true).describe('Whether the alarm is raised at all.'),
  priority: priority.default(usual).describe('How soon somebody has to do something about it.'),
  on_delay_s: z
    .number()
    .min(0)
    .max(86_400)
    .default(on_delay_s)
    .describe('The condition has to last so long (s, time of the data) before the alarm is raised.'),
  off_delay_s: z
    .number()
    .min(0)
    .max(86_400)
    .default(off_delay_s)
    .describe('And has to be away for so long (s) before it counts as gone: against chattering.'),
});

const standardDeviations = (low: number, high: number) => z.number().min(low).max(high);

const predictionDrift = z
  .strictObject({
    ...common('high'),
    reference_sd: standardDeviations(0.1, 3)
      .default(0.75)
      .describe('Half of the shift (standard deviations) that is to be found soonest.'),
    limit_sd: standardDeviations(1, 20)
      .default(3)
      .describe(
        'Sum of what exceeds the reference that raises it. On simulated lines 0.75 and 3 find a shift of 2 mg/cm² ' +
          'after 3 runs (median), and a line without any shift raises it about once in 500 runs.',
      ),
    clip_sd: standardDeviations(1.5, 20)
      .default(3)
      .describe('A run counts for so much at most, so that one wild run alone raises nothing.'),
  })
  .describe('Runs lie to one side of what was predicted for them.');

const coverageLow = z
  .strictObject({
    ...common('medium'),
    runs: z.int().min(5).max(500).default(20).describe('Runs that are looked back on.'),
    significance: z
      .number()
      .gt(0)
      .lt(0.2)
      .default(0.001)
      .describe(
        'So few runs inside by chance are less likely than this: windows overlap, so it has to be small.',
      ),
    over_significance: z.number().gt(0).lt(0.9).default(0.02).describe('It is over above this probability.'),
  })
  .refine((c) => c.over_significance >= c.significance, 'over_significance must not be below significance')
  .describe('Fewer runs inside their 90 % intervals than chance explains.');

const distance = z.number().gt(0).max(1);

const abstractionError = z
  .strictObject({
    ...common('medium'),
    limit: distance
      .default(1)
      .describe(
        'Jensen-Shannon distance at one gap; ln 2 under the root, 0.833, is the most, and the best of maps may have ' +
          'it at a gap of few runs: 1, so off, until a line has shown what is usual on it.',
      ),
    rise: distance.default(0.25).describe('Rise over the best since the version came into force.'),
    hysteresis: z.number().min(0).max(0.5).default(0.03).describe('It is over when both are lower by this.'),
    least_observations: z.int().min(1).default(60).describe('With fewer the errors are chance.'),
  })
  .describe('Line and lab no longer agree at one gap through the learned abstraction.');

const loadingOutOfTolerance = z
  .strictObject({
    ...common('high', 30, 30),
    least_scans: z.int().min(1).max(1_000).default(3).describe('Scans of a run before its level counts.'),
  })
  .describe("The run's level is outside target ± tolerance of the line; off without a target.");

const gaugeZero = z
  .strictObject({
    ...common('high', 120),
    limit_mg_cm2: z
      .number()
      .positive()
      .default(0.3)
      .describe(
        'What bare foil may read other than at first (mg/cm²): a third of what runs differ by anyway.',
      ),
  })
  .describe("Bare foil beside the coating reads other than it did: the gauge's zero has moved.");

const noScans = z
  .strictObject({
    ...common('high', 20),
    limit_s: z
      .number()
      .min(1)
      .max(86_400)
      .default(60)
      .describe(
        "Time on the coater's clock without a scan: seven traverses of 8 s, or a standardisation of 40 s.",
      ),
  })
  .describe('The coater coats and no scan comes.');

/** Alarms of a line: each can be switched off; limits say what they rest on. */
export const alarmsSchema = z.strictObject({
  prediction_drift: predictionDrift.prefault({}),
  coverage_low: coverageLow.prefault({}),
  abstraction_error: abstractionError.prefault({}),
  loading_out_of_tolerance: loadingOutOfTolerance.prefault({}),
  gauge_zero: gaugeZero.prefault({}),
  gauge_frozen: z.strictObject(common('high')).prefault({}).describe('A gauge repeats its profile.'),
  clock_jump: z
    .strictObject(common('low', 0, 600))
    .prefault({})
    .describe('The clock of a device was set; stays for the off delay.'),
  no_scans: noScans.prefault({}),
  source_stale: z
    .strictObject(common('medium', 30, 10))
    .prefault({})
    .describe('A source or one of its tags tells nothing, or nothing good.'),
  adapter_disconnected: z
    .strictObject(common('medium', 60, 5))
    .prefault({})
    .describe('A source or sink has no connection; real time, so also when no data come at all.'),
  spool_filling: z
    .strictObject({
      ...common('medium'),
      share: z.number().gt(0).max(1).default(0.5).describe('Part of the room on the disk that is taken.'),
    })
    .prefault({})
    .describe('What waits for a peer that is away takes up its room.'),
  store_refusing: z
    .strictObject(common('high', 0, 60))
    .prefault({})
    .describe('The store could not keep a message or snapshot: the disk is full or gone.'),
  judged_after_scans: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Scans after which the level of a run is held against its prediction: its median then stands.'),
});

export type AlarmsConfig = z.output<typeof alarmsSchema>;
export type PredictionDriftConfig = AlarmsConfig['prediction_drift'];
export type CoverageLowConfig = AlarmsConfig['coverage_low'];
export type AbstractionErrorConfig = AlarmsConfig['abstraction_error'];
export type GaugeZeroConfig = AlarmsConfig['gauge_zero'];
export type NoScansConfig = AlarmsConfig['no_scans'];
