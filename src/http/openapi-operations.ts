import type { z } from 'zod';
import { alarmChangeSchema, alarmShelvingSchema } from '../core/api-alarms.ts';
import type { DocumentName } from './openapi-documents.ts';
import { queries } from './query.ts';

/** One route of the API, as its description tells it. */
export interface Operation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  /** Of a request that changes something: those need an operator's token. */
  readonly body?: z.ZodType;
  readonly ok: string;
  /** Of the answer; a text of no schema where it is left out. */
  readonly document?: DocumentName;
  /** `application/json` where it is left out. */
  readonly type?: string;
  /** Answers that only this route gives. */
  readonly further?: Readonly<Record<number, string>>;
  readonly public?: boolean;
}

const ofLine = (path: string) => `/api/v1/lines/{line}/${path}`;
const noHistory = { 501: 'This agent keeps no history.' };

const alarmChange = (action: string, summary: string, body: z.ZodType): Operation => ({
  method: 'post',
  path: ofLine(`alarms/${action}`),
  id: action,
  summary,
  body,
  ok: 'The alarms as they now stand',
  document: 'Alarms',
  further: { 501: 'This agent raises no alarms.' },
});

/** Every route but those of the page itself. */
export const operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/live',
    id: 'live',
    summary: 'Whether the process answers',
    ok: 'It does',
    type: 'text/plain',
    public: true,
  },
  {
    method: 'get',
    path: '/ready',
    id: 'ready',
    summary: 'Whether everything has started; degraded is ready',
    ok: 'It has',
    type: 'text/plain',
    further: { 503: 'Not yet.' },
    public: true,
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    summary: 'Figures of all parts, for Prometheus',
    ok: 'Text format 0.0.4',
    type: 'text/plain',
  },
  {
    method: 'get',
    path: '/api/v1/openapi.json',
    id: 'openapi',
    summary: 'This document',
    ok: 'OpenAPI 3.1',
    type: 'application/json',
  },
  {
    method: 'get',
    path: '/api/v1/health',
    id: 'health',
    summary: 'How the agent fares, with reasons where it is degraded',
    ok: 'Health',
    document: 'Health',
  },
  {
    method: 'get',
    path: '/api/v1/me',
    id: 'me',
    summary: 'Whose token came with the request',
    ok: 'Name and role',
    document: 'Me',
  },
  {
    method: 'get',
    path: '/api/v1/lines',
    id: 'lines',
    summary: 'The lines of this agent',
    ok: 'The lines',
    document: 'Lines',
  },
  {
    method: 'get',
    path: ofLine('state'),
    id: 'state',
    summary: 'How a line is: all that a page needs that has just loaded',
    ok: 'State',
    document: 'LineState',
  },
  {
    method: 'get',
    path: ofLine('events'),
    id: 'events',
    summary:
      'News as server-sent events: "ready" at first, "batch" with data as the schema says, "beat" in between',
    ok: 'An endless stream',
    document: 'LineBatch',
    type: 'text/event-stream',
  },
  {
    method: 'get',
    path: ofLine('predict'),
    id: 'predict',
    summary: 'Loading that the line’s next run would have',
    query: queries.predict,
    ok: 'One prediction for each gap, in the order asked',
    document: 'Predictions',
  },
  {
    method: 'get',
    path: ofLine('advise'),
    id: 'advise',
    summary: 'Gap to set for a wanted loading',
    query: queries.advise,
    ok: 'Advice',
    document: 'Advice',
  },
  {
    method: 'get',
    path: ofLine('next'),
    id: 'next',
    summary: 'Gap worth running next, so as to know the loading at another gap better',
    query: queries.next,
    ok: 'The gap, and what one run there would bring',
    document: 'NextGap',
    further: { 501: 'This line’s model can’t tell.' },
  },
  {
    method: 'get',
    path: ofLine('history'),
    id: 'history',
    summary: 'What happened, in pages',
    query: queries.history,
    ok: 'A page in order of time; `next` is the cursor of the one behind it',
    document: 'History',
    further: noHistory,
  },
  {
    method: 'get',
    path: ofLine('history/scans'),
    id: 'scans',
    summary: 'Loading of the accepted scans over time, thinned to about so many points',
    query: queries.scans,
    ok: 'The scans',
    document: 'Scans',
    further: noHistory,
  },
  {
    method: 'get',
    path: ofLine('history/runs'),
    id: 'runs',
    summary: 'Runs of a stretch of time: coated, predicted, measured',
    query: queries.runs,
    ok: 'The runs',
    document: 'Runs',
    further: noHistory,
  },
  {
    method: 'get',
    path: ofLine('history/heat'),
    id: 'heat',
    summary: 'Loading across the web over time, as far back as this process has seen it',
    query: queries.heat,
    ok: 'A regular grid',
    document: 'Heat',
  },
  {
    method: 'get',
    path: ofLine('alarms'),
    id: 'alarms',
    summary: 'Alarms that are not simply normal',
    ok: 'The alarms',
    document: 'Alarms',
    further: { 501: 'This agent raises no alarms.' },
  },
  alarmChange('acknowledge', 'Says that somebody has taken note of an alarm', alarmChangeSchema),
  alarmChange('shelve', 'Hides an alarm for a while', alarmShelvingSchema),
  alarmChange('unshelve', 'Shows a shelved alarm again', alarmChangeSchema),
];
