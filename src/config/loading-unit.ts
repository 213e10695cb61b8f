import { z } from 'zod';

/** Units in which gauges report mass loading. */
export const loadingUnit = z.enum(['g/m2', 'mg/cm2']);

export type LoadingUnit = z.output<typeof loadingUnit>;
