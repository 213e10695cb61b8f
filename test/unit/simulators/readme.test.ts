import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COATER_NAMESPACE_URI } from '../../../simulators/coater/contract.ts';
import { machineParameters } from '../../../simulators/coater/parameters.ts';
import { defaultTopic } from '../../../simulators/gauge/publisher.ts';
import { parameterNames, parameterTable } from '../../../simulators/physics/parameters.ts';
import { faultSchema } from '../../../simulators/scenario/fault-schema.ts';

const readme = readFileSync('simulators/README.md', 'utf8');

test('the table of parameters is the one in the code', () => {
  const rows = readme
    .split('\n')
    .filter((row) => row.startsWith('| `') && row.split('|').length === 8)
    // The formatter pads the columns.
    .map((row) => row.replace(/ +/g, ' '));
  expect(rows).toEqual(
    parameterNames.map((name) => {
      const { value, unit, range, meaning, source } = parameterTable[name];
      return `| \`${name}\` | ${value} | ${unit} | ${range[0]} to ${range[1]} | ${meaning} | ${source} |`;
    }),
  );
});

test('namespace, topic, number of variables, scenarios and faults are those in the code', () => {
  expect(readme).toContain(`\`${COATER_NAMESPACE_URI}\``);
  expect(readme).toContain(`\`${defaultTopic('LINE', 'GAUGE')}\``);
  expect(readme).toContain(`${machineParameters.length} variables`);
  for (const file of readdirSync('config/scenarios')) expect(readme).toContain(file);
  for (const option of faultSchema.options) expect(readme).toContain(`\`${option.shape.fault.value}\``);
});
