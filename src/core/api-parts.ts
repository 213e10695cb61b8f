/** What the schemas of the API's documents are made of. */
import { z } from 'zod';
import type { Interval } from './prediction.ts';

export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
export const record = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).readonly();

/** Milliseconds since the Unix epoch. */
export const time_ms = z.number();
export const numbers = list(z.number());
export const interval = z
  .tuple([z.number(), z.number()])
  .readonly()
  .describe('Low and high end.') satisfies z.ZodType<Interval>;
