import type { Observation } from '../../core/observation.ts';
import type { AbstractionReport, PredictionReport, Report } from '../../core/report.ts';

/** One message to publish; `key` marks those of which only the latest matters. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** What is published as the state of a line: a digest of the latest reports. */
export interface LineState {
  readonly line: string;
  readonly time_ms: number;
  readonly run?: number;
  readonly gap_um?: number;
  readonly loading_mg_cm2?: number;
  readonly adapters: Readonly<Record<string, string>>;
}

/**
 * Publications for a report, and the state of its line after it. Pure. Reports that only a page has use for
 * (profiles, every gap reading) lead to none.
 */
export function publicationsOf(
  prefix: string,
  report: Report,
  state: LineState | undefined,
): { readonly publications: readonly Publication[]; readonly state: LineState | undefined } {
  const next = nextState(report, state);
  const publications: Publication[] = [];
  const topic = (line: string, name: string) => `${prefix}/${line}/${name}`;
  switch (report.kind) {
    case 'prediction':
      publications.push({
        topic: topic(report.line, 'prediction'),
        payload: predictionOf(report),
        retain: true,
      });
      break;
    case 'abstraction':
      publications.push({
        topic: topic(report.line, 'abstraction'),
        payload: abstractionOf(report),
        retain: true,
      });
      break;
    case 'observation':
      publications.push({
        topic: topic(report.line, 'observation'),
        payload: observationOf(report),
        retain: false,
      });
      break;
    case 'outage': {
      const { kind: _, ...outage } = report;
      publications.push({
        topic: topic(report.line, 'outage'),
        payload: JSON.stringify(outage),
        retain: false,
      });
      break;
    }
  }
  if (next !== undefined && next !== state) {
    publications.push({ topic: topic(next.line, 'state'), payload: JSON.stringify(next), retain: true });
  }
  return { publications, state: next };
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
    default:
      return state;
  }
}

const begin = (state: LineState | undefined, line: string, time_ms: number): LineState => ({
  ...(state ?? { line, adapters: {} }),
  // Adapters and gauges have clocks of their own: the state never goes back in time.
  time_ms: Math.max(time_ms, state?.time_ms ?? time_ms),
});

function predictionOf({ line, time_ms, version, curve, current }: PredictionReport): string {
  return JSON.stringify({
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
}

function abstractionOf({ kind: _, ...abstraction }: AbstractionReport): string {
  return JSON.stringify(abstraction);
}

function observationOf({ kind: _, ...observation }: Observation): string {
  return JSON.stringify(observation);
}
