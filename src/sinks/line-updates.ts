import type { AlarmReport } from '../core/alarm.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Prediction } from '../core/prediction.ts';
import type { AbstractionReport, PredictionReport, Report } from '../core/report.ts';
import {
  adapterModel,
  adapterStates,
  alarmModel,
  extrapolations,
  type GroupModel,
  groups,
} from './line-model.ts';
import type { LineKnowledge, OutputLine } from './line-ports.ts';

/** Times are milliseconds since the epoch; undefined and numbers that are not finite stand for "not known". */
export type NodeValue = number | string | boolean | readonly number[] | readonly string[] | undefined;

export type Quality =
  | 'good'
  /** From a model that has no data near: the figure is a guess with an honest interval. */
  | 'outside-data'
  /** The end of a range, where the wanted figure lies beyond. */
  | 'out-of-range';

/** New values of one group of variables, of one event time. */
export interface GroupUpdate {
  /** Below the line: `Prediction`, `Alarms/prediction-drift`, `ProcessValues/CommaGap`. */
  readonly path: string;
  /** Absent for a process value. */
  readonly model?: GroupModel;
  /** By the name of the variable; one that is absent keeps its value. */
  readonly values: Readonly<Record<string, NodeValue>>;
  readonly quality: Quality;
  readonly time_ms: number;
}

/** Turns the reports of one line into values of its variables; keeps what needs counting. */
export class LineUpdates {
  readonly #line: OutputLine;
  readonly #knowledge: LineKnowledge;
  readonly #log: Logger;
  readonly #alarms = new Map<string, AlarmReport>();
  readonly #mostAlarms: number;
  readonly #counts = { dropped: 0, outages: 0, deadLetters: 0 };

  constructor(line: OutputLine, knowledge: LineKnowledge, mostAlarms: number, log: Logger) {
    this.#line = line;
    this.#knowledge = knowledge;
    this.#mostAlarms = mostAlarms;
    this.#log = log;
  }

  /** Counts of what is told one by one, for showing them before the first. */
  get counts(): GroupUpdate['values'] {
    const { dropped, outages, deadLetters } = this.#counts;
    return { DroppedScans: dropped, Outages: outages, DeadLetters: deadLetters };
  }

  /** None for reports that no variable shows. */
  of(report: Report): readonly GroupUpdate[] {
    switch (report.kind) {
      case 'gap':
        return [processValue('CommaGap', report.gap_um, report.time_ms)];
      case 'observation':
        return [processValue('MassLoading', report.mean_mg_cm2, report.time_ms)];
      case 'prediction':
        return [...predicted(report), ...this.#advice(report.time_ms)];
      case 'run': {
        const { run, gap_um, start_ms, end_ms } = report.run;
        const values = { Run: run, Gap: gap_um, Running: end_ms === undefined, Start: start_ms, End: end_ms };
        return [update('Coating', values, end_ms ?? start_ms)];
      }
      case 'abstraction':
        return [abstraction(report)];
      case 'alarm':
        return this.#alarm(report);
      case 'adapter':
        return [
          {
            path: `Health/Adapters/${report.adapter}`,
            model: adapterModel,
            values: { State: adapterStates.indexOf(report.state), Detail: report.detail },
            quality: 'good',
            time_ms: report.time_ms,
          },
        ];
      case 'dropped':
        this.#counts.dropped++;
        return [
          update(
            'Health',
            { DroppedScans: this.#counts.dropped, LastDropReason: report.reason },
            report.time_ms,
          ),
        ];
      case 'dead-letter':
        this.#counts.deadLetters++;
        return [update('Health', { DeadLetters: this.#counts.deadLetters }, report.time_ms)];
      case 'outage': {
        // The end of an outage is told as a report of its own: it was counted when it began.
        if (report.until_ms === undefined) this.#counts.outages++;
        const LastOutage = `${report.reason}: ${report.detail}`;
        return [
          update('Health', { Outages: this.#counts.outages, LastOutage }, report.until_ms ?? report.time_ms),
        ];
      }
      default:
        return [];
    }
  }

  #advice(time_ms: number): GroupUpdate[] {
    const { name, target_mg_cm2, tolerance_mg_cm2 } = this.#line;
    if (target_mg_cm2 === undefined) return [];
    try {
      const { version, answer } = this.#knowledge.advise(name, target_mg_cm2, tolerance_mg_cm2);
      const values = {
        Target: target_mg_cm2,
        Tolerance: tolerance_mg_cm2,
        Gap: answer.gap_um,
        Low90: answer.interval90_um[0],
        High90: answer.interval90_um[1],
        InTolerance: 100 * answer.inTolerance,
        Reachable: answer.reachable,
        Extrapolation: extrapolations.indexOf(answer.extrapolation),
        Remarks: answer.remarks,
        ModelVersion: version,
      };
      return [update('Advice', values, time_ms, answer.reachable ? qualityOf(answer) : 'out-of-range')];
    } catch (error) {
      this.#log.warn({ event: 'advice-failed', line: name }, messageOf(error));
      const nothing = Object.fromEntries(
        groups.Advice.variables.map((variable) => [variable.name, undefined]),
      );
      return [update('Advice', { ...nothing, Target: target_mg_cm2, Remarks: [messageOf(error)] }, time_ms)];
    }
  }

  #alarm(report: AlarmReport): GroupUpdate[] {
    const name = report.subject === '' ? report.alarm : `${report.alarm} (${report.subject})`;
    if (!this.#alarms.has(name) && this.#alarms.size >= this.#mostAlarms) {
      this.#log.warn({ event: 'alarm-not-shown', alarm: name }, `more than ${this.#mostAlarms} alarms`);
      return [];
    }
    this.#alarms.set(name, report);
    const all = [...this.#alarms.values()];
    const active = all.filter(({ state }) => state === 'UNACK' || state === 'ACKED');
    const priorities = new Set(active.map(({ priority }) => priority));
    return [
      {
        path: `Alarms/${name}`,
        model: alarmModel,
        values: {
          State: report.state,
          Active: report.active,
          Priority: report.priority,
          Since: report.since_ms,
          Detail: report.detail,
          By: report.by,
          Comment: report.comment,
          ShelvedUntil: report.until_ms,
        },
        quality: 'good',
        time_ms: report.time_ms,
      },
      update(
        'Alarms',
        {
          Active: active.length,
          Unacknowledged: all.filter(({ state }) => state === 'UNACK' || state === 'RTNUN').length,
          HighestPriority: (['high', 'medium', 'low'] as const).find((one) => priorities.has(one)) ?? '',
        },
        report.time_ms,
      ),
    ];
  }
}

function predicted({ time_ms, version, curve, current }: PredictionReport): GroupUpdate[] {
  const over = (of: (prediction: Prediction) => number) => curve.map(of);
  const updates = [
    update('Health', { ModelVersion: version }, time_ms),
    update(
      'Curve',
      {
        Gap: over(({ gap_um }) => gap_um),
        Mean: over(({ mean_mg_cm2 }) => mean_mg_cm2),
        StandardDeviation: over(({ sd_mg_cm2 }) => sd_mg_cm2),
        Low50: over(({ interval50_mg_cm2 }) => interval50_mg_cm2[0]),
        High50: over(({ interval50_mg_cm2 }) => interval50_mg_cm2[1]),
        Low90: over(({ interval90_mg_cm2 }) => interval90_mg_cm2[0]),
        High90: over(({ interval90_mg_cm2 }) => interval90_mg_cm2[1]),
        Extrapolation: over(({ extrapolation }) => extrapolations.indexOf(extrapolation)),
        ModelVersion: version,
      },
      time_ms,
    ),
  ];
  if (!current) return updates;
  const { now } = current;
  const values = {
    Gap: now.gap_um,
    ...distribution(now),
    Extrapolation: extrapolations.indexOf(now.extrapolation),
    DistanceToData: now.distanceToLine_um,
    ModelVersion: version,
  };
  return [...updates, update('Prediction', values, time_ms, qualityOf(now)), runUnderWay(time_ms, current)];
}

function runUnderWay(time_ms: number, current: NonNullable<PredictionReport['current']>): GroupUpdate {
  const { run, before, now, measured } = current;
  const predictedBefore = Object.entries(distribution(before));
  const values = {
    Run: run,
    Gap: now.gap_um,
    MeasuredLevel: measured?.level_mg_cm2,
    MeasuredSpread: measured?.spread_mg_cm2,
    Scans: measured?.scans,
    ...Object.fromEntries(predictedBefore.map(([name, value]) => [`Predicted${name}`, value])),
  };
  return update('CurrentRun', values, time_ms, qualityOf(before));
}

function abstraction(report: AbstractionReport): GroupUpdate {
  return update(
    'Abstraction',
    {
      Version: report.version,
      Error: report.error,
      LowerBound: report.lowerBound,
      Certified: report.lowerBound >= report.error,
      Ties: report.ties,
      Reason: report.reason,
      Solver: report.solver,
      Observations: report.observations,
      LineGaps: report.lineGaps_um,
      Errors: report.errors,
      MappedLabGaps: report.alphaGap.map((index) => report.labGaps_um[index] ?? Number.NaN),
    },
    report.time_ms,
  );
}

const distribution = (prediction: Prediction) => ({
  Mean: prediction.mean_mg_cm2,
  StandardDeviation: prediction.sd_mg_cm2,
  Low50: prediction.interval50_mg_cm2[0],
  High50: prediction.interval50_mg_cm2[1],
  Low90: prediction.interval90_mg_cm2[0],
  High90: prediction.interval90_mg_cm2[1],
});

const qualityOf = ({ extrapolation }: Pick<Prediction, 'extrapolation'>): Quality =>
  extrapolation === 'outside' ? 'outside-data' : 'good';

const update = (
  path: keyof typeof groups,
  values: GroupUpdate['values'],
  time_ms: number,
  quality: Quality = 'good',
): GroupUpdate => ({ path, model: groups[path], values, quality, time_ms });

const processValue = (name: string, value: number, time_ms: number): GroupUpdate => ({
  path: `ProcessValues/${name}`,
  values: { AnalogSignal: value },
  quality: 'good',
  time_ms,
});
