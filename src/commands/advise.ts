import type { Command } from 'commander';
import type { AdviceDocument, NextGapDocument, PredictDocument } from '../core/api.ts';
import { BadInputError } from '../core/errors.ts';
import { type AdviceRequest, advise } from '../predict/advice/advise.ts';
import { allowedGaps, type GapLimits, limitRemark, nearestAllowed } from '../predict/advice/limits.ts';
import { type NextGap, nextGapWorthRunning, trialGaps } from '../predict/advice/next-gap.ts';
import { probabilityWithin } from '../predict/advice/tolerance.ts';
import { adviceJson } from '../predict/json.ts';
import { type AskedAgent, fetchFromAgent, RefusedByAgent } from './agent-client.ts';
import { finiteNumber } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import { agentOf, type EvidenceOptions, evidenceOptions, learnFromFiles } from './predict.ts';

interface AdviseOptions extends EvidenceOptions {
  readonly loading: number;
  readonly tolerance?: number;
  readonly minGap?: number;
  readonly maxGap?: number;
  readonly gapNow?: number;
  readonly maxStep?: number;
  readonly json?: boolean;
}

/** `gapwise advise`: the gap to set for a wanted loading. */
export function register(program: Command, context: CommandContext): void {
  evidenceOptions(
    program
      .command('advise')
      .description('Advise the comma gap for a wanted mass loading. Nothing is ever written to the machine.')
      .requiredOption('--loading <mg/cm²>', 'wanted dry mass loading', finiteNumber),
  )
    .option('--tolerance <mg/cm²>', 'half-width of what is still good', finiteNumber)
    .option('--min-gap <µm>', 'lowest gap that may be set', finiteNumber)
    .option('--max-gap <µm>', 'highest gap that may be set', finiteNumber)
    .option('--gap-now <µm>', 'gap set now, for --max-step', finiteNumber)
    .option('--max-step <µm>', 'how far the gap may be moved in one go', finiteNumber)
    .option('--json', 'one JSON document')
    .action(async (options: AdviseOptions) => {
      const document = options.agent ? await fromAgent(options, context) : fromFiles(options);
      emit(context, options.json, document, () => text(document));
    });
}

/** Beside the advice: the run that would teach most about it; absent where an agent's model can't tell. */
type AdviseDocument = AdviceDocument & { readonly nextGap?: NextGap };

function fromFiles(options: AdviseOptions): AdviseDocument {
  const { model, line, evidence, version } = learnFromFiles(options);
  const request: AdviceRequest = {
    line,
    wanted_mg_cm2: options.loading,
    tolerance_mg_cm2: options.tolerance,
    ...limitsOf(options),
  };
  const advice = advise(model, request);
  const nextGap = nextGapWorthRunning(model, {
    at_um: advice.gap_um,
    line,
    candidates_um: trialGaps(evidence, advice.gap_um, [options.minGap, options.maxGap]),
  });
  return { ...adviceJson(advice, { line, version }), nextGap };
}

const limitsOf = ({ minGap, maxGap, gapNow, maxStep }: AdviseOptions): GapLimits => ({
  lowestGap_um: minGap,
  highestGap_um: maxGap,
  gapNow_um: gapNow,
  largestStep_um: maxStep,
});

/**
 * An agent keeps to what its line can be set to; the limits of this one question are kept to here: where they exclude
 * the gap advised, the agent is asked what the nearest one allowed would give.
 */
async function fromAgent(options: AdviseOptions, context: CommandContext): Promise<AdviseDocument> {
  const { loading, tolerance } = options;
  const asked = agentOf(options, context);
  const free = await fetchFromAgent<AdviceDocument>(asked, 'advise', {
    loading: String(loading),
    ...(tolerance !== undefined && { tolerance: String(tolerance) }),
  });
  const agent = { ...asked, line: free.line };
  const advice = await withinLimits(free, options, agent);
  const nextGap = await nextGapFrom(agent, advice.gap_um);
  return { ...advice, ...(nextGap && { nextGap }) };
}

async function withinLimits(
  free: AdviceDocument,
  options: AdviseOptions,
  agent: AskedAgent,
): Promise<AdviceDocument> {
  const limits = limitsOf(options);
  const gap_um = nearestAllowed(free.gap_um, allowedGaps(limits, [0, Number.POSITIVE_INFINITY]));
  if (gap_um === free.gap_um || Object.values(limits).every((limit) => limit === undefined)) return free;
  const answer = await fetchFromAgent<PredictDocument>(agent, 'predict', { gap: String(gap_um) });
  const [there] = answer.predictions;
  if (!there) throw new BadInputError(`no prediction for ${gap_um} µm`, { where: agent.url });
  const spread = { mean_mg_cm2: there.mean_mg_cm2, sd_mg_cm2: there.sd };
  const half = free.tolerance_mg_cm2;
  return {
    ...free,
    gap_um,
    inTolerance: half === null ? null : probabilityWithin(spread, options.loading, half),
    extrapolation: there.extrapolation,
    remarks: [limitRemark(free.gap_um, gap_um, limits, there.mean_mg_cm2), ...free.remarks],
    version: there.version,
  };
}

/** The run that the agent thinks would teach most about a gap; `undefined` where its model can't tell. */
async function nextGapFrom(agent: AskedAgent, at_um: number): Promise<NextGap | undefined> {
  try {
    const next = await fetchFromAgent<NextGapDocument>(agent, 'next', { at: String(at_um) });
    const { gap_um, sd_now_mg_cm2, sd_after_mg_cm2, worthwhile } = next;
    return { gap_um, sdNow_mg_cm2: sd_now_mg_cm2, sdAfter_mg_cm2: sd_after_mg_cm2, worthwhile };
  } catch (error) {
    if (error instanceof RefusedByAgent && error.status === 501) return undefined;
    throw error;
  }
}

function text(advice: AdviseDocument): string {
  if (!advice.reachable) return advice.remarks.join('\n');
  const [low, high] = advice.interval90;
  const lines = [
    `Set ${advice.gap_um.toFixed(1)} µm for ${advice.wanted_mg_cm2} mg/cm² (the right gap lies between ${low.toFixed(1)} and ${high.toFixed(1)} µm with 90 %).`,
  ];
  if (advice.inTolerance !== null) {
    const share = (100 * advice.inTolerance).toFixed(0);
    lines.push(
      `A run there lies within ±${advice.tolerance_mg_cm2} mg/cm² with a probability of ${share} %.`,
    );
  }
  if (advice.nextGap) {
    const { gap_um, sdNow_mg_cm2, sdAfter_mg_cm2, worthwhile } = advice.nextGap;
    const fall = `from ${sdNow_mg_cm2.toFixed(2)} to ${sdAfter_mg_cm2.toFixed(2)} mg/cm²`;
    lines.push(
      worthwhile
        ? `To know this better, run ${gap_um.toFixed(0)} µm next: the curve's sd at the advised gap falls ${fall}.`
        : `No gap would tell much more about this: at best the curve's sd falls ${fall}.`,
    );
  }
  return [...lines, ...advice.remarks].join('\n');
}
