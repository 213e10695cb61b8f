import type { Command } from 'commander';
import type { AdviceDocument } from '../core/api.ts';
import { type AdviceRequest, advise } from '../predict/advice/advise.ts';
import { type NextGap, nextGapWorthRunning, trialGaps } from '../predict/advice/next-gap.ts';
import { adviceJson } from '../predict/json.ts';
import { fetchFromAgent } from './agent-client.ts';
import { finiteNumber } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import { type EvidenceOptions, evidenceOptions, learnFromFiles } from './predict.ts';

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
      const document = options.agent ? await fromAgent(options) : fromFiles(options);
      emit(context, options.json, document, () => text(document));
    });
}

/** Beside the advice: the run that would teach most about it. Known from files only. */
type AdviseDocument = AdviceDocument & { readonly nextGap?: NextGap };

function fromFiles(options: AdviseOptions): AdviseDocument {
  const { model, line, evidence, version } = learnFromFiles(options);
  const request: AdviceRequest = {
    wanted_mg_cm2: options.loading,
    tolerance_mg_cm2: options.tolerance,
    lowestGap_um: options.minGap,
    highestGap_um: options.maxGap,
    gapNow_um: options.gapNow,
    largestStep_um: options.maxStep,
  };
  const advice = advise(model, request);
  const nextGap = nextGapWorthRunning(model, {
    at_um: advice.gap_um,
    candidates_um: trialGaps(evidence, advice.gap_um, [options.minGap, options.maxGap]),
  });
  return { ...adviceJson(advice, { line, version }), nextGap };
}

const fromAgent = ({ agent, line, loading, tolerance }: AdviseOptions): Promise<AdviseDocument> =>
  fetchFromAgent(agent as string, line, 'advise', {
    loading: String(loading),
    ...(tolerance !== undefined && { tolerance: String(tolerance) }),
  });

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
    const { gap_um, sdNow_mg_cm2, sdAfter_mg_cm2 } = advice.nextGap;
    lines.push(
      `To know this better, run ${gap_um.toFixed(0)} µm next: the curve's sd at the advised gap falls from ` +
        `${sdNow_mg_cm2.toFixed(2)} to ${sdAfter_mg_cm2.toFixed(2)} mg/cm².`,
    );
  }
  return [...lines, ...advice.remarks].join('\n');
}
