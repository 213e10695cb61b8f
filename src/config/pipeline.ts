import { z } from 'zod';

/**
 * Settings of the pipeline: from raw messages to observations. Every key has a default that suits a pilot coater
 * with 1 s machine parameters and an 8 s gauge; only the web length is particular to each line.
 */
const nonNegative = () => z.number().min(0);
const positive = () => z.number().positive();

const order = z
  .strictObject({
    machine_lateness_s: nonNegative()
      .default(3)
      .describe('How much later than newer machine samples one may still arrive (s of event time).'),
    scan_lateness_s: nonNegative()
      .default(20)
      .describe(
        'How much later than newer scans one may still arrive (s of event time). Costs no latency while scans arrive in order.',
      ),
    pending: z
      .int()
      .min(10)
      .default(2000)
      .describe('Most messages held for reordering on each side; beyond it the oldest are let go early.'),
    clock_jump_s: positive()
      .default(120)
      .describe(
        'A machine sample that is older than the newest by more than this means that the clock was set back (s).',
      ),
  })
  .prefault({})
  .describe('Putting messages back in the order of their event time.');

const gap = z
  .strictObject({
    operator: z.string().default('bar_operator_mm').describe('Bar position, operator side (mm).'),
    gear: z.string().default('bar_gear_mm').describe('Bar position, gear side (mm).'),
    ratio: z
      .string()
      .default('roll_ratio_percent')
      .describe(
        'Gear ratio of the coating roll (%); taken as `ratio_default_percent` where the line does not report it.',
      ),
    ratio_default_percent: positive()
      .default(100)
      .describe('Gear ratio (%) for a line that does not report one.'),
    direct: z
      .string()
      .default('comma_gap_um')
      .describe(
        'Parameter that holds the reconstructed gap itself (µm); it goes before the bars where it is reported.',
      ),
    side: z
      .enum(['mean', 'operator', 'gear'])
      .default('mean')
      .describe('Which side makes the gap; `mean` takes the one that exists where the other is missing.'),
    offset_um: z
      .number()
      .default(0)
      .describe('Added to the result (µm): the bar reading at true zero, negated.'),
    web_speed: z.string().default('web_speed_m_min').describe('Web speed (m/min).'),
    encoder: z.string().default('encoder_m').describe('Web length passed at the coating head (m).'),
    line_state: z
      .string()
      .default('line_state')
      .describe('0 stopped, 1 moving without coating, 2 coating, 3 fault.'),
    silence_s: positive()
      .default(10)
      .describe('No machine sample at all for longer than this is a hole in the data (s).'),
    stale_s: z
      .record(z.string(), positive())
      .default({})
      .describe(
        'Parameters that must be reported at least this often (s). Others hold their last value, as servers that report changes alone need.',
      ),
  })
  .prefault({})
  .describe('Reconstruction of the comma gap from machine parameters.');

const transitions = z
  .strictObject({
    coating_above_um: positive().default(40).describe('Coating begins when the gap rises above this (µm).'),
    coating_below_um: positive().default(30).describe('Coating ends when the gap falls below this (µm).'),
    use_line_state: z
      .boolean()
      .default(true)
      .describe('Where a line state is reported, only state 2 counts as coating.'),
    minimum_web_speed_m_min: nonNegative()
      .default(0.05)
      .describe('Below this web speed (m/min) the line stands and nothing is coated.'),
    plateau_tolerance_um: positive()
      .default(5)
      .describe('How far the gap may stray from the level at which a run settled (µm).'),
    speed_tolerance_percent: positive()
      .default(10)
      .describe('How far the web speed may stray from that at which a run settled (%).'),
    minimum_dwell_s: positive().default(10).describe('A plateau shorter than this is no run (s).'),
    settling_s: nonNegative()
      .default(20)
      .describe('Start of each plateau that is left out while the coating settles (s).'),
    merge_interruption_s: nonNegative()
      .default(2)
      .describe('Interruptions and excursions up to this long do not end a run (s).'),
  })
  .prefault({})
  .describe('Steady runs against start-ups, gap changes, ramps, stops.');

const window = z.tuple([z.int().min(1), z.int().min(1)]);

const lanes = z
  .strictObject({
    count: z.int().min(1).max(64).default(2).describe('Equal lanes across the coated web.'),
    windows: z
      .array(window)
      .min(1)
      .optional()
      .describe(
        'Lanes as explicit first and last locations instead, counted from 1 at the operator side; the published study has [[353, 402], [403, 452]].',
      ),
    estimator: z
      .enum(['huber', 'mean', 'median'])
      .default('huber')
      .describe('Mean over the locations of a lane.'),
    coated_above_mg_cm2: positive()
      .default(2)
      .describe('Locations below this loading are bare foil (mg/cm²).'),
    edge_margin_locations: z
      .int()
      .min(0)
      .default(8)
      .describe('Locations left out inside each edge of the coated web.'),
    minimum_valid_percent: z
      .number()
      .min(1)
      .max(100)
      .default(60)
      .describe('Least share of valid locations in every lane (%).'),
    minimum_width_percent: z
      .number()
      .min(0)
      .max(100)
      .default(92)
      .describe('A coated width below this share of the usual one means a scan over a patch edge (%).'),
    width_scans: z
      .int()
      .min(3)
      .max(500)
      .default(25)
      .describe('How many accepted scans make the usual coated width (their median).'),
    standardising_sd_mg_cm2: nonNegative()
      .default(1e-6)
      .describe('A coated scan that scatters less than this stands on a reference, not on the web (mg/cm²).'),
  })
  .prefault({})
  .describe('From a profile across the web to lane means.');

const pairing = z
  .strictObject({
    method: z
      .enum(['web-length', 'sequence'])
      .default('web-length')
      .describe(
        '`web-length` follows the web by encoder or speed; `sequence` aligns the runs of two logs whose clocks may differ.',
      ),
    web_length_m: positive().default(20).describe('Length of web from the comma bar to the gauge (m).'),
    web_length_by_gauge_m: z
      .record(z.string(), positive())
      .default({})
      .describe('The same for lines with several gauges.'),
    position_tolerance_m: nonNegative()
      .default(0.1)
      .describe(
        'Uncertainty of that length (m); the stretch of web that made a scan is widened by it on both sides.',
      ),
    maximum_speed_m_min: positive()
      .default(200)
      .describe('An encoder step faster than this is a restart of the counter (m/min).'),
    bridge_s: nonNegative()
      .default(60)
      .describe(
        'A hole in the web speed up to this long is bridged if the speed is the same on both sides (s).',
      ),
    encoder_wrap_m: positive().optional().describe('Length at which the encoder starts again from 0 (m).'),
    hold_s: positive()
      .default(600)
      .describe('How long a scan waits for machine data (s of event time) before it is let go as `no-run`.'),
    hold_scans: z
      .int()
      .min(1)
      .default(2000)
      .describe('Most scans that wait; beyond it the oldest is let go as `no-run`.'),
    relearn_hold_s: positive()
      .default(3600)
      .describe(
        'How long scans wait (s of event time) while the offset between the two clocks is learnt anew after a jump of one; then they go as `ambiguous-run`.',
      ),
    history_s: positive()
      .default(21_600)
      .describe('How much of the web and its runs is kept for scans that come late (s).'),
    sequence: z
      .strictObject({
        coated_above_mg_cm2: positive()
          .default(2)
          .describe(
            'Scans whose first lane is above this belong to a coated run (mg/cm²); the published study has 10.',
          ),
        merge_missing_scans: z
          .int()
          .min(0)
          .default(8)
          .describe(
            'Scans missing inside a run that do not end it, as when the gauge standardises. The published log keeps coated scans alone and has 0.',
          ),
        clock_lead_s: nonNegative()
          .default(600)
          .describe("How far the coater's clock may be ahead of the gauge's (s)."),
        lag_runs: z
          .int()
          .min(0)
          .max(20)
          .default(4)
          .describe('A run of scans is decided at the latest when this many later ones are complete.'),
        confidence: z
          .number()
          .min(0.5)
          .max(1)
          .default(0.95)
          .describe('It is decided at once when the pairing is this sure.'),
        drop_below_confidence: z
          .number()
          .min(0)
          .max(1)
          .default(0.5)
          .describe('Scans of a pairing less sure than this are dropped as `ambiguous-run`.'),
        patch_edge_percent: positive()
          .default(15)
          .describe(
            'First and last scans of a run that differ from its median by more than this are dropped (%).',
          ),
        memory_runs: z
          .int()
          .min(4)
          .max(200)
          .default(24)
          .describe('How many runs of each side take part in the alignment.'),
      })
      .prefault({})
      .describe('Settings of the `sequence` method.'),
  })
  .prefault({})
  .describe('Which stretch of coating made a scan.');

const bins = z
  .strictObject({
    count: z.int().min(2).max(50).default(5).describe('Bins of loading.'),
    method: z
      .enum(['equal-width', 'quantile'])
      .default('equal-width')
      .describe('`equal-width` over the range of all values as published, or equally filled.'),
    widen_mg_cm2: nonNegative().default(0.1).describe('Outer edges are moved outwards by this (mg/cm²).'),
    gap_levels_um: z
      .array(positive())
      .optional()
      .describe('Gap levels (µm) that observations are assigned to; without them the gap is rounded.'),
    gap_tolerance_um: positive()
      .default(5)
      .describe('An observation farther than this from every gap level is left out (µm).'),
    gap_resolution_um: positive().default(10).describe('Rounding of the gap where no levels are given (µm).'),
    history_scans: z.int().min(1).default(20_000).describe('Observations kept; the oldest leave first.'),
  })
  .prefault({})
  .describe('Discrete outcomes for the abstraction.');

export const pipelineSchema = z
  .strictObject({ order, gap, transitions, lanes, pairing, bins })
  .prefault({})
  .describe('From raw messages to observations.');

export type PipelineConfig = z.infer<typeof pipelineSchema>;
export type OrderConfig = PipelineConfig['order'];
export type GapConfig = PipelineConfig['gap'];
export type TransitionsConfig = PipelineConfig['transitions'];
export type LanesConfig = PipelineConfig['lanes'];
export type PairingConfig = PipelineConfig['pairing'];
export type SequenceConfig = PairingConfig['sequence'];
export type BinsConfig = PipelineConfig['bins'];

/** Every default. */
export const defaultPipelineConfig = (): PipelineConfig => pipelineSchema.parse({});
