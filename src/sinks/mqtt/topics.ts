import type { AlarmReport } from '../../core/alarm.ts';
import type { PredictionReport, Report } from '../../core/report.ts';
import { idText, type ReportId } from '../../core/report-id.ts';
import type { Payload, Topic } from './schemas.ts';

/** One message to publish. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  /** `each`: every one must arrive, also after days; `latest`: only the last one matters; `some`: when it can be. */
  readonly matters: 'each' | 'latest' | 'some';
}

/** What is published as the state of a line: a digest of the latest reports. */
export type LineState = Payload<'state'>;

/**
 * Publications for a report, and the state of its line after it. Pure. Reports that only a page has use for
 * (profiles, every gap reading) lead to none.
 *
 * @param id goes into the payload, so that whoever gets a message twice can tell.
 */
export function publicationsOf(
  prefix: string,
  report: Report,
  id: ReportId | undefined,
  state: LineState | undefined,
): { readonly publications: readonly Publication[]; readonly state: LineState | undefined } {
  const next = nextState(report, state);
  const publications = [...ownPublication(prefix, report, id)];
  if (next !== undefined && next !== state) {
    const topic = `${prefix}/${next.line}/state`;
    publications.push({ topic, payload: JSON.stringify(next), retain: true, matters: 'latest' });
  }
  return { publications, state: next };
}

/** The message that is this report; JSON has null for what is not a number. */
function* ownPublication(prefix: string, report: Report, id: ReportId | undefined): Generator<Publication> {
  const named = id && { id: idText(id) };
  const publication = (
    line: string,
    topic: Topic | `alarm/${string}`,
    payload: object,
    retain: boolean,
    matters: Publication['matters'],
  ): Publication => ({
    topic: `${prefix}/${line}/${topic}`,
    payload: JSON.stringify({ ...named, ...payload }),
    retain,
    matters,
  });
  switch (report.kind) {
    case 'prediction':
      yield publication(report.line, 'prediction', predictionOf(report), true, 'latest');
      return;
    case 'abstraction':
      // How things stand after a restart is no new version: only what followed from a message is.
      yield publication(report.line, 'abstraction', withoutKind(report), true, id ? 'each' : 'latest');
      return;
    case 'observation':
    case 'forecast':
    case 'outage':
      yield publication(report.line, report.kind, withoutKind(report), false, 'each');
      return;
    case 'dropped':
      yield publication(report.line, 'dropped', withoutKind(report), false, 'some');
      return;
    case 'run':
      yield publication(report.run.line, 'run', report.run, false, 'each');
      return;
    case 'alarm':
      yield publication(report.line, `alarm/${levelsOf(report)}`, withoutKind(report), true, 'each');
      return;
  }
}

/** A subject is free text, in which + # / would change the topic. */
function levelsOf({ alarm, subject }: AlarmReport): string {
  const level = (text: string) => text.replace(/[%+#/\0]/g, (sign) => encodeURIComponent(sign));
  return subject === '' ? level(alarm) : `${level(alarm)}/${level(subject)}`;
}

function nextState(report: Report, state: LineState | undefined): LineState | undefined {
  switch (report.kind) {
    case 'run':
      return {
        ...begin(state, report.run.line, report.run.end_ms ?? report.run.start_ms),
        run: report.run.run,
        gap_um: report.run.gap_um,
      };
    case 'observation':
      return {
        ...begin(state, report.line, report.time_ms),
        run: report.run,
        gap_um: report.gap_um,
        loading_mg_cm2: report.mean_mg_cm2,
      };
    case 'adapter': {
      const before = begin(state, report.line, report.time_ms);
      return { ...before, adapters: { ...before.adapters, [report.adapter]: report.state } };
    }
    case 'alarm': {
      const before = begin(state, report.line, report.time_ms);
      const { [levelsOf(report)]: _, ...others } = before.alarms;
      const alarms = report.state === 'NORM' ? others : { ...others, [levelsOf(report)]: report.state };
      return { ...before, alarms };
    }
    default:
      return state;
  }
}

const begin = (state: LineState | undefined, line: string, time_ms: number): LineState => ({
  ...(state ?? { line, adapters: {}, alarms: {} }),
  // Adapters and gauges have clocks of their own: the state never goes back in time.
  time_ms: Math.max(time_ms, state?.time_ms ?? time_ms),
});

const predictionOf = ({ line, time_ms, version, curve, current }: PredictionReport) => ({
  line,
  time_ms,
  version,
  current,
  curve: curve.map(({ gap_um, mean_mg_cm2, sd_mg_cm2, interval90_mg_cm2, extrapolation }) => ({
    gap_um,
    mean_mg_cm2,
    sd_mg_cm2,
    interval90_mg_cm2,
    extrapolation,
  })),
});

function withoutKind<R extends { readonly kind: string }>({ kind: _, ...payload }: R): Omit<R, 'kind'> {
  return payload;
}
