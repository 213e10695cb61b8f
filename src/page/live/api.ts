import type { AlarmAction } from '../../core/alarm.ts';
import type {
  AdviceDocument,
  ErrorDocument,
  LineState,
  LinesDocument,
  NextGapDocument,
  PredictDocument,
} from '../../core/api.ts';
import type { AlarmsDocument, MeDocument } from '../../core/api-alarms.ts';
import type { HeatDocument, HistoryDocument, RunsDocument, ScansDocument } from '../../core/api-history.ts';
import { type EventHandlers, followEvents } from './events.ts';

/** The API lies beside the page, wherever a proxy may have put both. */
const base = new URL('api/v1/', document.baseURI);

/** An answer that is not a success, in the server's own words. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, what: string) {
    super(what);
    this.status = status;
  }
}

/** A stretch of time, both ends included (ms). */
export interface Span {
  readonly from_ms: number;
  readonly until_ms: number;
}

/** What may be done about an alarm, and with what words. */
export type AlarmRequest = Pick<AlarmAction, 'alarm' | 'subject' | 'comment'> & { readonly minutes?: number };

export type Api = ReturnType<typeof createApi>;

/** @param token of who has signed in, asked for at each request */
export function createApi(token: () => string | undefined) {
  const headers = (): Record<string, string> => {
    const shown = token();
    return shown === undefined ? {} : { authorization: `Bearer ${shown}` };
  };

  async function ask<T>(path: string, settings: RequestInit = {}): Promise<T> {
    const answer = await fetch(new URL(path, base), {
      ...settings,
      headers: { ...headers(), ...settings.headers },
    });
    if (answer.ok) return (await answer.json()) as T;
    const { error } = (await answer.json().catch(() => ({ error: undefined }))) as Partial<ErrorDocument>;
    throw new ApiError(answer.status, error ? error.what : `${answer.status} ${answer.statusText}`);
  }
  const of = (line: string, path: string) => `lines/${encodeURIComponent(line)}/${path}`;
  const spanned = ({ from_ms, until_ms }: Span) => `from=${Math.round(from_ms)}&to=${Math.round(until_ms)}`;

  return {
    me: (signIn?: string) =>
      ask<MeDocument>('me', signIn === undefined ? {} : { headers: { authorization: `Bearer ${signIn}` } }),
    lines: () => ask<LinesDocument>('lines'),
    state: (line: string) => ask<LineState>(of(line, 'state')),
    events: (line: string, handlers: EventHandlers) =>
      followEvents(new URL(of(line, 'events'), base), headers(), handlers),
    predict: (line: string, gap_um: number, signal: AbortSignal) =>
      ask<PredictDocument>(of(line, `predict?gap=${gap_um}`), { signal }),
    nextGap: (line: string, at_um: number, signal: AbortSignal) =>
      ask<NextGapDocument>(of(line, `next?at=${at_um}`), { signal }),
    advise: (
      line: string,
      wanted_mg_cm2: number,
      tolerance_mg_cm2: number | undefined,
      signal: AbortSignal,
    ) => {
      const tolerance = tolerance_mg_cm2 === undefined ? '' : `&tolerance=${tolerance_mg_cm2}`;
      return ask<AdviceDocument>(of(line, `advise?loading=${wanted_mg_cm2}${tolerance}`), { signal });
    },
    scans: (line: string, span: Span, points: number, signal: AbortSignal) =>
      ask<ScansDocument>(of(line, `history/scans?${spanned(span)}&points=${points}`), { signal }),
    heat: (line: string, span: Span, rows: number, columns: number, signal: AbortSignal) =>
      ask<HeatDocument>(of(line, `history/heat?${spanned(span)}&rows=${rows}&columns=${columns}`), {
        signal,
      }),
    runs: (line: string, span: Span, signal: AbortSignal) =>
      ask<RunsDocument>(of(line, `history/runs?${spanned(span)}`), { signal }),
    happened: (line: string, span: Span, kinds: string, signal: AbortSignal) =>
      ask<HistoryDocument>(of(line, `history?${spanned(span)}&kinds=${kinds}&reverse=true&limit=200`), {
        signal,
      }),
    act: (line: string, action: AlarmAction['action'], request: AlarmRequest) =>
      ask<AlarmsDocument>(of(line, `alarms/${action}`), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      }),
  };
}
