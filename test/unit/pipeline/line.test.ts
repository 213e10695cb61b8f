import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { from, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../../../src/config/pipeline.ts';
import type { LineMessage } from '../../../src/core/messages.ts';
import {
  linePipeline,
  type PipelineOutput,
  type PipelineState,
  variationOf,
} from '../../../src/pipeline/line.ts';
import { type Day, day, inOrder, LINE } from './support/day.ts';
import { type Disorder, disordered } from './support/disorder.ts';
import { drops, expectedLoading, observations, play } from './support/run.ts';

const lanes = { edge_margin_locations: 2 };
const byWebLength = pipelineSchema.parse({ lanes, pairing: { web_length_m: 12 } });
const bySequence = pipelineSchema.parse({ lanes, pairing: { method: 'sequence' } });

const plan = [
  { s: 60, gap_um: 0, speed_m_min: 3 },
  { s: 300, gap_um: 120, speed_m_min: 3 },
  { s: 40, gap_um: 0, speed_m_min: 3 },
  { s: 200, gap_um: 160, speed_m_min: 3 },
  { s: 90, gap_um: 160, speed_m_min: 0 },
  { s: 200, gap_um: 160, speed_m_min: 3 },
  { s: 240, gap_um: 200, speed_m_min: 4 },
  { s: 400, gap_um: 0, speed_m_min: 4 },
];

describe('the pipeline of a line, by web length', () => {
  it.each([false, true])('pairs scans with the gap that made them (encoder: %s)', (encoder) => {
    const data = day(plan, { webLength_m: 12, noise_um: 0.3, encoder });
    const { outputs, letters } = play(byWebLength, inOrder(data));
    expect(letters).toEqual([]);
    const accepted = observations(outputs);
    for (const { scan, gap_um } of accepted) {
      const truth = data.truth.get(scan)!;
      expect(truth, `scan ${scan} saw more than one gap`).toHaveLength(1);
      expect(Math.abs(truth[0]! - gap_um)).toBeLessThan(0.5);
    }
    // Four plateaus settle for 15 s and end somewhere; while the web stands, twelve scans look at one edge.
    const steady = [...data.truth.values()].filter((gaps) => gaps.length === 1 && gaps[0]! > 0).length;
    expect(accepted.length).toBeGreaterThan(steady - 12 - 4 * 3);
    expect(accepted.length).toBeLessThan(steady);
  });

  it('numbers the runs from 1 and ends each', () => {
    const { outputs } = play(byWebLength, inOrder(day(plan, { webLength_m: 12 })));
    const ends = outputs.flatMap((o) => (o.kind === 'run' && o.run.end_ms !== undefined ? [o.run] : []));
    expect(ends.map(({ run, gap_um }) => [run, gap_um])).toEqual([
      [1, 120],
      [2, 160],
      [3, 160],
      [4, 200],
    ]);
  });

  it('lets a scan pass as soon as its machine data are final', () => {
    const data = day(plan, { webLength_m: 12 });
    const pipeline = linePipeline(byWebLength, { line: LINE, expectedLoading });
    const cell = { state: pipeline.initial() };
    const messages = new Subject<LineMessage>();
    let now_ms = 0;
    const waits_s: number[] = [];
    messages.pipe(pipeline.through(cell, { take: () => {} })).subscribe((output) => {
      if (output.kind === 'observation') waits_s.push((now_ms - output.time_ms) / 1000);
    });
    for (const message of inOrder(data)) {
      now_ms = message.time_ms;
      messages.next(message);
    }
    // Three seconds of allowed lateness, and the sample after them that closes the door.
    expect(waits_s.length).toBeGreaterThan(90);
    expect(Math.max(...waits_s)).toBeLessThanOrEqual(5);
  });

  it('tells how the scatter splits along and across the machine', () => {
    const data = day(plan.slice(0, 2), { webLength_m: 12 });
    const { state } = play(byWebLength, inOrder(data));
    const split = variationOf(state, 'g')!;
    // The little world has nothing but residual noise of sd 0.1 mg/cm².
    expect(split.residual2Sigma_mg_cm2).toBeGreaterThan(0.17);
    expect(split.residual2Sigma_mg_cm2).toBeLessThan(0.22);
    expect(split.crossDirection2Sigma_mg_cm2).toBeLessThan(0.1);
    expect(variationOf(state, 'none such')).toBeUndefined();
  });
});

describe('a message that is not as it should be', () => {
  const data = day(plan.slice(0, 2), { webLength_m: 12 });
  const clean = observations(play(byWebLength, inOrder(data)).outputs);

  it('becomes a dead letter where a stage throws, and the stream goes on from the state before', () => {
    const whole = inOrder(data);
    const at = whole.indexOf(data.scans[30]!);
    const broken = { ...data.scans[30], loading_mg_cm2: null } as unknown as LineMessage;
    const { outputs, letters } = play(byWebLength, whole.with(at, broken));
    expect(letters.map(({ reason, where }) => [reason, where])).toEqual([
      ['stage-failed', 'lanes: scan 31 of g'],
    ]);
    expect(observations(outputs)).toEqual(clean.filter(({ scan }) => scan !== 31));
  });

  it('is refused where it belongs to another line', () => {
    const strange = { ...data.machine[0]!, line: 'b' };
    const { outputs, letters } = play(byWebLength, [strange, ...inOrder(data)]);
    expect(letters.map(({ reason, line }) => [reason, line])).toEqual([['unknown-line', 'b']]);
    expect(observations(outputs)).toEqual(clean);
  });

  it('is a late dead letter where a machine sample comes after its time', () => {
    const messages = inOrder(data);
    const [late] = messages.splice(100, 1);
    messages.splice(130, 0, late!);
    expect(play(byWebLength, messages).letters.map(({ reason }) => reason)).toEqual(['late']);
  });
});

const packr = new Packr({ moreTypes: true, structuredClone: true });

/** Bit for bit; the slow comparison only tells what differs. */
function expectSame(actual: unknown, wanted: unknown): void {
  if (!packr.pack(actual).equals(packr.pack(wanted))) expect(actual).toEqual(wanted);
}

const kinds = (outputs: readonly PipelineOutput[]) => {
  const of = (kind: PipelineOutput['kind']) => outputs.filter((o) => o.kind === kind);
  return {
    observations: of('observation'),
    drops: drops(outputs).filter(({ reason }) => reason !== 'duplicate'),
    runs: of('run'),
    gaps: of('gap'),
    profiles: of('profile'),
    outages: of('outage'),
  };
};

const disorder: fc.Arbitrary<Disorder> = fc.record({
  seed: fc.integer(),
  machine_s: fc.constantFrom(0, 1, 3),
  scan_s: fc.constantFrom(0, 8, 20),
  skew_s: fc.integer({ min: -300, max: 300 }),
  duplicated: fc.constantFrom(0, 0.2),
  split: fc.constantFrom(0, 0.5),
});

describe.each([
  ['web length', byWebLength, day(plan, { webLength_m: 12, noise_um: 0.3, locations: 20 })],
  ['sequence', bySequence, day(plan, { webLength_m: 12, clockOffset_ms: 3_000_000, locations: 20 })],
] as const)('laws of the pipeline by %s', (_, config, data: Day) => {
  const expected = play(config, inOrder(data));
  const wanted = kinds(expected.outputs);

  it('any delay, order, duplication and partition within the allowed lateness gives the same outputs', () => {
    fc.assert(
      fc.property(disorder, (how) => {
        const { outputs, letters } = play(config, disordered(data, how));
        expect(letters).toEqual([]);
        expectSame(kinds(outputs), wanted);
      }),
      { numRuns: 30 },
    );
  });

  it('every scan ends as exactly one observation or dropped scan, in order', () => {
    fc.assert(
      fc.property(disorder, fc.double({ min: 0, max: 0.3, noNaN: true }), (how, lost) => {
        // Messages may be lost as well: then results differ, but still nothing goes under.
        const messages = disordered(data, how).filter((_, i) => ((i * 7919) % 1000) / 1000 >= lost);
        const { outputs } = play(config, messages);
        const arrived = messages.filter(({ kind }) => kind === 'scan').length;
        const verdicts = [...observations(outputs), ...drops(outputs)];
        expect(verdicts).toHaveLength(arrived);
        const scans = outputs.flatMap((o) =>
          o.kind === 'observation' || (o.kind === 'dropped' && o.reason !== 'duplicate') ? [o.scan] : [],
        );
        expect(scans).toEqual([...new Set(scans)].sort((a, b) => a - b));
      }),
      { numRuns: 20 },
    );
  });

  it('a pipeline that goes on from a stored state continues bit for bit', () => {
    const messages = inOrder(data);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: messages.length }), (at) => {
        const letters = { take: () => {} };
        const outputs: PipelineOutput[] = [];
        const run = (part: readonly LineMessage[], state: PipelineState | undefined) => {
          const pipeline = linePipeline(config, { line: LINE, expectedLoading });
          const cell = { state: state ?? pipeline.initial() };
          from(part)
            .pipe(pipeline.through(cell, letters))
            .subscribe((o) => outputs.push(o));
          return { cell, pipeline };
        };
        const first = run(messages.slice(0, at), undefined);
        const stored: PipelineState = packr.unpack(packr.pack(first.cell.state));
        const second = run(messages.slice(at), stored);
        outputs.push(...second.pipeline.finish(second.cell, letters));
        expectSame(outputs, expected.outputs);
      }),
      { numRuns: 15 },
    );
  });
});
