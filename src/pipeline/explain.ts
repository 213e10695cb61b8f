import { from } from 'rxjs';
import type { PipelineConfig } from '../config/pipeline.ts';
import { binOf } from '../core/bins.ts';
import type { LineMessage, Scan } from '../core/messages.ts';
import type { CoatingRun, DroppedScan, Observation } from '../core/observation.ts';
import type { LaneScan, PipelineEvent } from './events.ts';
import { type Cell, type LineSetup, linePipeline, type PipelineState } from './line.ts';

/** What one stage decided for a scan. */
export interface StageDecision {
  readonly stage: string;
  readonly decided: string;
}

/** The way of one scan through the pipeline. */
export interface Explanation {
  readonly line: string;
  readonly gauge: string;
  readonly scan: number;
  /** End of the traverse, gauge's clock. */
  readonly time_ms: number;
  readonly verdict: 'accepted' | DroppedScan['reason'] | 'waiting' | 'failed';
  readonly stages: readonly StageDecision[];
  readonly observation?: Observation;
  readonly bins?: readonly number[];
}

export interface ExplainRequest {
  readonly scan: number;
  /** Absent: of every gauge. */
  readonly gauge?: string | undefined;
  /** Loading bins in force (mg/cm²), where an abstraction has been learnt. */
  readonly edges_mg_cm2?: readonly number[] | undefined;
}

/**
 * Takes the messages through the line's own pipeline once more and writes down what each stage made of one scan.
 * The pipeline is the one that runs, so the explanation can't differ from what happened.
 *
 * @param state where the messages go on from; absent: from the line's beginning.
 * @param finished the messages are a whole recording: what waits at their end gets its verdict.
 * @returns one explanation for each arrival of a scan of that number, in their order.
 */
export function explainScan(
  config: PipelineConfig,
  setup: LineSetup,
  messages: Iterable<LineMessage>,
  { scan: wanted, gauge, edges_mg_cm2 }: ExplainRequest,
  state?: PipelineState,
  finished = false,
): Explanation[] {
  const accounts: Account[] = [];
  const runs = new Map<number, CoatingRun>();
  const asked = (one: { scan: number; gauge: string }) =>
    one.scan === wanted && (gauge === undefined || one.gauge === gauge);
  const openAccount = (one: { gauge: string; time_ms: number }) =>
    accounts.findLast(
      (account) =>
        account.gauge === one.gauge && account.time_ms === one.time_ms && account.verdict === 'waiting',
    );
  const decide = (stage: string, one: { gauge: string; time_ms: number }, decided: string) =>
    openAccount(one)?.stages.push({ stage, decided });

  /** Later stages pass along what an earlier one made: only the first sight of it counts. */
  const known = new WeakSet<PipelineEvent>();
  const watch = (stage: string, event: PipelineEvent) => {
    if (known.has(event)) return;
    known.add(event);
    if (event.kind === 'run') runs.set(event.run.run, event.run);
    const subject = event.kind === 'ordered-scan' ? event.scan : event;
    if (!('scan' in subject) || typeof subject.scan !== 'number' || !asked(subject)) return;
    if (event.kind === 'ordered-scan') decide(stage, event.scan, 'in its place');
    if (event.kind === 'lane-scan') decide(stage, event, lanesSay(event));
    if (event.kind === 'dropped') close(stage, event);
    if (event.kind === 'observation') close(stage, event);
  };

  const close = (stage: string, verdict: DroppedScan | Observation) => {
    const account = openAccount(verdict);
    if (!account) return;
    if (verdict.kind === 'dropped') {
      account.verdict = verdict.reason;
      account.stages.push({ stage, decided: `dropped as ${verdict.reason}: ${verdict.detail}` });
      return;
    }
    account.verdict = 'accepted';
    account.observation = verdict;
    account.stages.push({ stage, decided: pairingSays(verdict, runs.get(verdict.run), cell.state) });
    if (!edges_mg_cm2) return;
    account.bins = verdict.lanes_mg_cm2.map((lane) => binOf(edges_mg_cm2, lane));
    account.stages.push({
      stage: 'bins',
      decided: `lanes in bins ${account.bins.join(', ')} of edges ${edges_mg_cm2.map((e) => e.toFixed(2)).join(' ')} mg/cm²`,
    });
  };

  const letters = {
    take: ({ reason, where, detail }: { reason: string; where: string; detail: string }) => {
      const account = accounts.findLast((one) => where.endsWith(`scan ${one.scan} of ${one.gauge}`));
      if (account?.verdict !== 'waiting') return;
      account.verdict = 'failed';
      account.stages.push({ stage: where.split(':')[0]!, decided: `dead letter ${reason}: ${detail}` });
    },
  };
  const pipeline = linePipeline(config, { ...setup, watch });
  const cell: Cell<PipelineState> = { state: state ?? pipeline.initial() };
  from(announced(messages, asked, accounts))
    .pipe(pipeline.through(cell, letters))
    .subscribe();
  if (finished) pipeline.finish(cell, letters);
  return accounts;
}

interface Account extends Omit<Explanation, 'verdict' | 'stages' | 'observation' | 'bins'> {
  verdict: Explanation['verdict'];
  stages: StageDecision[];
  observation?: Observation;
  bins?: readonly number[];
}

/** Opens an account for each arrival of the scan, just before the pipeline sees it. */
function* announced(
  messages: Iterable<LineMessage>,
  asked: (scan: Scan) => boolean,
  accounts: Account[],
): Generator<LineMessage> {
  for (const message of messages) {
    if (message.kind === 'scan' && asked(message)) {
      const { line, gauge, scan, time_ms, duration_ms, startedAt, loading_mg_cm2 } = message;
      const decided =
        `ended ${iso(time_ms)} after ${duration_ms / 1000} s, ` +
        `${loading_mg_cm2?.length ?? 0} locations from the ${startedAt} side`;
      accounts.push({
        line,
        gauge,
        scan,
        time_ms,
        verdict: 'waiting',
        stages: [{ stage: 'arrival', decided }],
      });
    }
    yield message;
  }
}

function lanesSay({ lanes_mg_cm2, mean_mg_cm2, crossWeb2Sigma_mg_cm2, fault }: LaneScan): string {
  const lanes = lanes_mg_cm2.map((lane) => lane.toFixed(3)).join(', ');
  const means = `lanes ${lanes}, mean ${mean_mg_cm2.toFixed(3)}, 2 sigma ${crossWeb2Sigma_mg_cm2.toFixed(3)} mg/cm²`;
  return fault ? `${fault.reason}: ${fault.detail} (${means})` : means;
}

function pairingSays(seen: Observation, run: CoatingRun | undefined, { pairing }: PipelineState): string {
  const under = `under the bar at ${iso(seen.head_ms)}, ${((seen.time_ms - seen.head_ms) / 1000).toFixed(1)} s before`;
  const since = run ? ` (steady since ${iso(run.start_ms)})` : '';
  const clocks =
    'travel' in pairing
      ? `; coater's clock minus gauge's ${((pairing.gauges[seen.gauge]?.clock.offset_ms ?? 0) / 1000).toFixed(1)} s`
      : '';
  return `run ${seen.run}${since} at ${seen.gap_um.toFixed(2)} µm, ${under}, confidence ${seen.confidence.toFixed(3)}${clocks}`;
}

const iso = (time_ms: number) => new Date(time_ms).toISOString();
