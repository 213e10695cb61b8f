/** Documents of the HTTP API about alarms and about who is asking; see api.ts. */
import { z } from 'zod';
import type { AlarmReport } from './alarm.ts';
import { list, record, time_ms } from './api-parts.ts';

export const alarmSchema = record({
  kind: z.literal('alarm'),
  line: z.string(),
  alarm: z.string(),
  subject: z.string().describe('What it is about where there may be several; empty otherwise.'),
  time_ms,
  priority: z.enum(['low', 'medium', 'high']),
  state: z
    .enum(['NORM', 'UNACK', 'ACKED', 'RTNUN', 'SHLVD'])
    .describe('ISA-18.2: normal, unacknowledged, acknowledged, gone but unacknowledged, shelved.'),
  active: z.boolean().describe('Whether the condition is there, also while shelved.'),
  since_ms: z.number().describe('When the condition last came.'),
  detail: z.string(),
  by: z.exactOptional(z.string()).describe('Who acknowledged or shelved it last.'),
  comment: z.exactOptional(z.string()),
  until_ms: z.exactOptional(z.number()).describe('Shelved until then.'),
}).describe('An alarm of a line as it now stands.') satisfies z.ZodType<AlarmReport>;

/** `GET /api/v1/lines/:line/alarms`, and the answer to every change of one. */
export const alarmsSchema = record({ line: z.string(), alarms: list(alarmSchema) });
export type AlarmsDocument = z.infer<typeof alarmsSchema>;

/** A working shift and then some: nobody shelves an alarm and forgets it. */
export const longestShelving_min = 1_440;

const name = z.string().min(1).max(100);
const which = { alarm: name, subject: z.string().max(200).default('') };
const comment = z.exactOptional(z.string().trim().min(1).max(500));

/** `POST /api/v1/lines/:line/alarms/acknowledge` and `…/unshelve` */
export const alarmChangeSchema = record({ ...which, comment }).describe('Which alarm, and why.');

/** `POST /api/v1/lines/:line/alarms/shelve` */
export const alarmShelvingSchema = record({
  ...which,
  comment,
  minutes: z.int().min(1).max(longestShelving_min).describe('How long it is to be hidden.'),
}).describe('Which alarm, for how long, and why.');

/** `GET /api/v1/me` */
export const meSchema = record({
  name: z.string().nullable().describe('Whose token came with the request; null without one.'),
  role: z.enum(['operator', 'reader', 'guest']),
});
export type MeDocument = z.infer<typeof meSchema>;
