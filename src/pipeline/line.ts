import { filter, type OperatorFunction, of, pipe, tap } from 'rxjs';
import type { PipelineConfig } from '../config/pipeline.ts';
import { messageOf } from '../core/errors.ts';
import type { LineMessage } from '../core/messages.ts';
import type { DeadLetters } from '../core/source.ts';
import type { Stage } from '../core/stage.ts';
import type { ExpectedLoading, PipelineEvent, PipelineOutput } from './events.ts';
import { type GapState, gapStage } from './gap/stage.ts';
import { type LanesState, lanesStage } from './lanes/stage.ts';
import { type Variation, variation } from './lanes/variation.ts';
import { type Cell, fieldCell, throughStage } from './operator.ts';
import { type MachineOrderState, machineOrderStage } from './order/machine.ts';
import { type ScanOrderState, scanOrderStage } from './order/scans.ts';
import { type SequenceState, sequenceStage } from './pairing/sequence/stage.ts';
import { webLengthStage } from './pairing/web-length.ts';
import type { WebLengthState } from './pairing/web-length-state.ts';
import { type TransitionsState, transitionsStage } from './transitions/stage.ts';

export type { ExpectedLoading, PipelineOutput } from './events.ts';
export type { Cell } from './operator.ts';

/** All that the pipeline of one line knows: plain data, fit for a snapshot; never changed in place. */
export interface PipelineState {
  readonly machineOrder: MachineOrderState;
  readonly gap: GapState;
  readonly transitions: TransitionsState;
  readonly scanOrder: ScanOrderState;
  readonly lanes: LanesState;
  readonly pairing: WebLengthState | SequenceState;
}

export interface LinePipeline {
  initial(): PipelineState;
  /**
   * Messages → outputs. The state lives in `cell`: after each message it is complete and may be stored, and a
   * pipeline that goes on from a stored state continues exactly as the first would have. Completion of the source
   * doesn't flush; see `finish`.
   */
  through(cell: Cell<PipelineState>, letters: DeadLetters): OperatorFunction<LineMessage, PipelineOutput>;
  /** For a finite recording at its end: decides what still waits. Afterwards every scan has had its verdict. */
  finish(cell: Cell<PipelineState>, letters: DeadLetters): readonly PipelineOutput[];
}

export interface LineSetup {
  readonly line: string;
  /** Needed by `sequence` pairing; it may change as the model learns, pairs made before stay. */
  readonly expectedLoading: ExpectedLoading;
  /** Sees what each stage lets out, for whoever has to explain it. */
  readonly watch?: (stage: string, event: PipelineEvent) => void;
}

/**
 * The pipeline of one line: coater side (order, gap, transitions), gauge side (order, lanes), and their join
 * (pairing), as one chain over a union of events. Every scan leaves it as exactly one observation or dropped scan;
 * a message at which a stage throws becomes a dead letter instead.
 */
export function linePipeline(
  config: PipelineConfig,
  { line, expectedLoading, watch = () => {} }: LineSetup,
): LinePipeline {
  const stages = {
    machineOrder: machineOrderStage(config.order, line),
    gap: gapStage(config.gap, line),
    transitions: transitionsStage(config.transitions, line),
    scanOrder: scanOrderStage(config.order, line),
    lanes: lanesStage(config.lanes, line),
    pairing: pairingStage(config, line, expectedLoading),
  };

  const chain = (cell: Cell<PipelineState>, letters: DeadLetters) => {
    const onFailure = (thrown: unknown, event: PipelineEvent, stage: string) =>
      letters.take({
        source: 'pipeline',
        line,
        where: `${stage}: ${describe(event)}`,
        reason: 'stage-failed',
        detail: messageOf(thrown),
      });
    const through = <Key extends keyof PipelineState>(key: Key, stage: StageOf<PipelineState[Key]>) =>
      pipe(
        throughStage(stage, fieldCell(cell, key), onFailure),
        tap((event) => watch(stage.name, event)),
      );
    return pipe(
      through('machineOrder', stages.machineOrder),
      through('gap', stages.gap),
      through('transitions', stages.transitions),
      through('scanOrder', stages.scanOrder),
      through('lanes', stages.lanes),
      through('pairing', stages.pairing),
      filter((event): event is PipelineOutput => isOutput(event, letters)),
    );
  };

  return {
    initial: () => ({
      machineOrder: stages.machineOrder.start(),
      gap: stages.gap.start(),
      transitions: stages.transitions.start(),
      scanOrder: stages.scanOrder.start(),
      lanes: stages.lanes.start(),
      pairing: stages.pairing.start(),
    }),
    through: (cell, letters) =>
      pipe(
        filter((message) => isOwn(message, line, letters)),
        chain(cell, letters),
      ),
    finish(cell, letters) {
      const out: PipelineOutput[] = [];
      of<PipelineEvent>({ kind: 'end' })
        .pipe(chain(cell, letters))
        .subscribe((output) => out.push(output));
      return out;
    },
  };
}

/** Variance partition (total, machine direction, cross direction, residual) of a gauge since coating began. */
export function variationOf(state: PipelineState, gauge: string): Variation | undefined {
  const known = state.lanes.gauges[gauge];
  return known && known.variation.scans > 0 ? variation(known.variation) : undefined;
}

type StageOf<State> = Stage<PipelineEvent, PipelineEvent, State>;

function pairingStage(
  config: PipelineConfig,
  line: string,
  expectedLoading: ExpectedLoading,
): StageOf<WebLengthState | SequenceState> {
  return config.pairing.method === 'web-length'
    ? webLengthStage(config.pairing, line)
    : sequenceStage(config.pairing, line, expectedLoading);
}

function isOwn(message: LineMessage, line: string, letters: DeadLetters): boolean {
  if (message.line === line) return true;
  letters.take({
    source: 'pipeline',
    line: message.line,
    where: describe(message),
    reason: 'unknown-line',
    detail: `a message of line "${message.line}" came to the pipeline of line "${line}"`,
  });
  return false;
}

function isOutput(event: PipelineEvent, letters: DeadLetters): boolean {
  switch (event.kind) {
    case 'profile':
    case 'gap':
    case 'run':
    case 'observation':
    case 'dropped':
    case 'outage':
      return true;
    case 'rejected':
      letters.take({
        source: 'pipeline',
        line: event.line,
        where: event.where,
        reason: event.reason,
        detail: event.detail,
      });
      return false;
    default:
      return false;
  }
}

function describe(event: PipelineEvent): string {
  switch (event.kind) {
    case 'scan':
    case 'lane-scan':
      return `scan ${event.scan} of ${event.gauge}`;
    case 'ordered-scan':
      return `scan ${event.scan.scan} of ${event.scan.gauge}`;
    default:
      return 'time_ms' in event ? `${event.kind} at ${event.time_ms}` : event.kind;
  }
}
