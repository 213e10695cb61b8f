import type {
  AdviceDocument,
  ErrorDocument,
  LineState,
  LinesDocument,
  NextGapDocument,
  PredictDocument,
} from '../../core/api.ts';

/** The API lies beside the page, wherever a proxy may have put both. */
const base = new URL('api/v1/', document.baseURI);

/** An answer that is not a success, in the server's own words. */
export class ApiError extends Error {}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(new URL(path, base), signal ? { signal } : {});
  if (answer.ok) return (await answer.json()) as T;
  const { error } = (await answer.json().catch(() => ({ error: undefined }))) as Partial<ErrorDocument>;
  throw new ApiError(error ? error.what : `${answer.status} ${answer.statusText}`);
}

const ofLine = (line: string, path: string) => `lines/${encodeURIComponent(line)}/${path}`;

export const getLines = (): Promise<LinesDocument> => get('lines');
export const getState = (line: string): Promise<LineState> => get(ofLine(line, 'state'));
export const eventsUrl = (line: string): URL => new URL(ofLine(line, 'events'), base);

export const getPrediction = (line: string, gap_um: number, signal: AbortSignal): Promise<PredictDocument> =>
  get(ofLine(line, `predict?gap=${gap_um}`), signal);

export const getNextGap = (line: string, at_um: number, signal: AbortSignal): Promise<NextGapDocument> =>
  get(ofLine(line, `next?at=${at_um}`), signal);

export function getAdvice(
  line: string,
  wanted_mg_cm2: number,
  tolerance_mg_cm2: number | undefined,
  signal: AbortSignal,
): Promise<AdviceDocument> {
  const tolerance = tolerance_mg_cm2 === undefined ? '' : `&tolerance=${tolerance_mg_cm2}`;
  return get(ofLine(line, `advise?loading=${wanted_mg_cm2}${tolerance}`), signal);
}
