import { z } from 'zod';
import { configSchema } from '../config/schema.ts';
import type { RegisterCommand } from './command.ts';
import { type KeySchema, keyReference } from './key-reference.ts';

export const register: RegisterCommand = (program, context) => {
  program
    .command('schema')
    .description('Print every key of the configuration: as JSON Schema, or in words.')
    .option('--markdown', 'a table for people instead of JSON Schema for editors')
    .addHelpText(
      'after',
      '\nAn editor that knows the schema completes keys and marks faults while you write: begin the file with\n' +
        '  # yaml-language-server: $schema=gapwise.schema.json',
    )
    .action(({ markdown }: { markdown?: boolean }) => {
      const schema = configurationSchema();
      context.out.write(markdown ? keyReference(schema) : `${JSON.stringify(schema, null, 2)}\n`);
    });
};

/** JSON Schema (draft 2020-12) of a configuration as people write it: what has a default may be left out. */
export function configurationSchema(): KeySchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return { ...(schema as KeySchema), title: 'Configuration of a gapwise agent' };
}
