import { z } from 'zod';
import { scenarioFileSchema } from './schema.ts';

/** The JSON Schema of a scenario file, for editors and other programs. */
export const scenarioJsonSchema = (): object => ({
  title: 'gapwise scenario',
  description: 'What happens on a simulated coating line.',
  ...z.toJSONSchema(scenarioFileSchema, { io: 'input', reused: 'ref' }),
});
