import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Agent } from '../../../src/agent/agent.ts';
import { GAP_RANGE_UM } from '../../../src/config/predictor.ts';
import { BadInputError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openStore } from '../../../src/store/store.ts';
import { agentOn } from './support/line.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-agent-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('tells the gaps that it answers for, and answers for no others', async () => {
  const store = await openStore(folder);
  const { agent } = agentOn(store, 1_000);
  const whole = new Agent([{ agent, lab: [] }], silentLogger);
  expect(whole.describe('coater-1')?.gapRange_um).toEqual(GAP_RANGE_UM);
  const [low, high] = GAP_RANGE_UM;
  expect(whole.predict('coater-1', [low, high]).answer).toHaveLength(2);
  expect(() => whole.predict('coater-1', [low - 1])).toThrow(BadInputError);
  expect(() => whole.nextGap('coater-1', high + 1)).toThrow(BadInputError);
  await store.close();
});
