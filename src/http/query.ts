import { z } from 'zod';
import { BadInputError } from '../core/errors.ts';

/** What may be asked; the limits keep one request from holding up the others. */
export const mostGaps = 200;
export const gap = z.coerce.number().positive().max(5_000);
export const loading = z.coerce.number().positive().max(500);

const predictQuery = z.strictObject({
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
});

const nextQuery = z.strictObject({ at: gap });

const adviseQuery = z.strictObject({
  loading,
  tolerance: loading.optional(),
});

/** What would be accepted, in words, by parameter. */
export const allowed: Record<string, string> = {
  gap: `1 to ${mostGaps} comma gaps above 0 and up to 5000 µm, e.g. gap=120,140`,
  at: 'a comma gap above 0 and up to 5000 µm, e.g. at=104.5',
  loading: 'a mass loading above 0 and up to 500 mg/cm², e.g. loading=22.5',
  tolerance: 'half the width of the tolerance, above 0 and up to 500 mg/cm², e.g. tolerance=0.5',
};

export const parsePredictQuery = (query: unknown) => parse(predictQuery, query);
export const parseNextQuery = (query: unknown) => parse(nextQuery, query);
export const parseAdviseQuery = (query: unknown) => parse(adviseQuery, query);

/** @throws BadInputError naming the parameter, what is wrong with it and what would be allowed. */
function parse<T extends z.ZodObject>(schema: T, query: unknown): z.infer<T> {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys')
    throw new BadInputError('no such parameter', {
      where: `query.${issue.keys[0]}`,
      allowed: Object.keys(schema.shape).join(', '),
    });
  const name = String(issue.path[0]);
  const missing = (query as Record<string, unknown>)[name] === undefined;
  throw new BadInputError(missing ? 'is missing' : issue.message, {
    where: `query.${name}`,
    allowed: allowed[name],
  });
}
