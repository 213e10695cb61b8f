import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keyReference } from '../../../src/commands/key-reference.ts';
import { configurationSchema } from '../../../src/commands/schema.ts';

const anew = process.env['WRITE_SCHEMAS'] !== undefined;
const hint = 'is old: WRITE_SCHEMAS=1 npx vitest run test/unit/commands/schema.test.ts && npm run format';

describe('the schema of the configuration', () => {
  const schema = configurationSchema();

  it('is the one that ships', () => {
    const file = 'config/schemas/gapwise.schema.json';
    if (anew) writeFileSync(file, JSON.stringify(schema));
    expect(JSON.parse(readFileSync(file, 'utf8')), `${file} ${hint}`).toEqual(schema);
  });

  it('has a reference in words that ships, too', () => {
    const file = 'config/KEYS.md';
    if (anew) writeFileSync(file, keyReference(schema));
    expect(readFileSync(file, 'utf8'), `${file} ${hint}`).toBe(keyReference(schema));
  });

  it('has every key of every kind of adapter in the reference', () => {
    const reference = keyReference(schema);
    for (const key of [
      'lines[].sources[].endpoint',
      'lines[].sources[].tags',
      'sinks[].url',
      'http.operators',
      'fleet.servers',
    ])
      expect(reference).toContain(`\`${key}\``);
  });
});
