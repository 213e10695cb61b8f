import { z } from 'zod';
import { GAP_RANGE_UM } from '../config/predictor.ts';
import type { Limits } from '../core/api.ts';
import { historyKinds } from '../core/api-history.ts';
import { BadInputError } from '../core/errors.ts';
import type { Interval } from '../core/prediction.ts';

const loadings_mg_cm2: Interval = [0, 500];

/** What may be asked of a line, by the gaps that can be set on it; checkGap holds a question to those. */
export const limitsOf = (gapRange_um: Interval = GAP_RANGE_UM): Limits => ({
  gap_um: gapRange_um,
  loading_mg_cm2: loadings_mg_cm2,
});

/** Keeps one request from holding up the others. */
export const mostGaps = 200;
export const gap = z.coerce.number().positive();
const loading = z.coerce.number().gt(loadings_mg_cm2[0]).max(loadings_mg_cm2[1]);

/** A moment: milliseconds since the epoch, or a date and time of ISO 8601 with its offset. */
const moment = z.string().transform((text, context) => {
  const time_ms = /^-?\d+$/.test(text) ? Number(text) : isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Math.abs(time_ms) <= 8.64e15) return time_ms;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 80))} can't be used` });
  return z.NEVER;
});
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

const span = { from: moment.optional(), to: moment.optional() };
const count = (most: number, preset: number) => z.coerce.number().int().min(1).max(most).default(preset);

/** The questions of the API by what they ask. */
export const queries = {
  predict: z.strictObject({
    gap: z.string().transform((text, context) => {
      const parts = text.split(',').map((part) => part.trim());
      const gaps = parts.flatMap((part) => {
        const parsed = part === '' ? undefined : gap.safeParse(part);
        return parsed?.success ? [parsed.data] : [];
      });
      if (gaps.length < parts.length || gaps.length > mostGaps)
        context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 80))} can't be used` });
      return gaps;
    }),
  }),
  next: z.strictObject({ at: gap }),
  advise: z.strictObject({ loading, tolerance: loading.optional() }),
  history: z.strictObject({
    ...span,
    kinds: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(historyKinds)))
      .optional(),
    reverse: z.enum(['true', 'false']).default('false'),
    limit: count(2_000, 500),
    cursor: z
      .string()
      .regex(/^-?\d{1,16}(\.\d{1,6})?:\d{1,9}$/, "can't be used")
      .optional(),
  }),
  scans: z.strictObject({ ...span, points: count(10_000, 1_000) }),
  runs: z.strictObject(span),
  heat: z.strictObject({ ...span, rows: count(4_000, 600), columns: count(800, 200) }),
} as const;

const settable = `that can be set on the line (µm): its state says which under limits, ${GAP_RANGE_UM[0]} to ${GAP_RANGE_UM[1]} where its configuration says nothing else`;

/** What would be accepted, in words, by parameter. */
export const allowed: Record<string, string> = {
  gap: `1 to ${mostGaps} comma gaps ${settable}; e.g. gap=120,140`,
  at: `a comma gap ${settable}; e.g. at=104.5`,
  loading: 'a mass loading above 0 and up to 500 mg/cm², e.g. loading=22.5',
  tolerance: 'half the width of the tolerance, above 0 and up to 500 mg/cm², e.g. tolerance=0.5',
  from: 'milliseconds since the Unix epoch, or a time like 2024-03-04T06:00:00Z; by default a day before the end',
  to: 'milliseconds since the Unix epoch, or a time like 2024-03-04T18:00:00Z; by default the line’s time, and for `history` the end',
  kinds: `some of ${historyKinds.join(',')}; by default all`,
  reverse: 'true for newest first, or false',
  limit: '1 to 2000 entries on a page',
  cursor: 'what the page before said under next',
  points: '1 to 10000 points at most',
  rows: '1 to 4000 stretches of time',
  columns: '1 to 800 stretches across the web',
};

/** @throws BadInputError naming the parameter, what is wrong with it and what would be allowed. */
export function parseQuery<Name extends keyof typeof queries>(
  name: Name,
  query: unknown,
): z.infer<(typeof queries)[Name]> {
  return parsed(queries[name], query, 'query') as z.infer<(typeof queries)[Name]>;
}

/** The same for the body of a request that changes something. @throws BadInputError */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  if (body === null || typeof body !== 'object')
    throw new BadInputError('a JSON object is needed', { where: 'body' });
  return parsed(schema, body, 'body');
}

function parsed<Schema extends z.ZodType>(schema: Schema, asked: unknown, part: string): z.infer<Schema> {
  const result = schema.safeParse(asked);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys')
    throw new BadInputError('no such parameter', {
      where: `${part}.${issue.keys[0]}`,
      allowed: keysOf(schema).join(', '),
    });
  const name = String(issue.path[0]);
  const missing = (asked as Record<string, unknown>)[name] === undefined;
  throw new BadInputError(missing ? 'is missing' : issue.message, {
    where: `${part}.${name}`,
    allowed: part === 'query' ? allowed[name] : undefined,
  });
}

const keysOf = (schema: z.ZodType): string[] =>
  Object.keys(z.toJSONSchema(schema, { io: 'input' }).properties ?? {});
