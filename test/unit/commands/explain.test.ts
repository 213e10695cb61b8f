import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { firstValueFrom, last, take } from 'rxjs';
import { afterAll, expect, it } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { register } from '../../../src/commands/explain.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Explanation } from '../../../src/pipeline/explain.ts';
import { openStore } from '../../../src/store/store.ts';
import { lineAgent, sorted } from '../../faults/agent.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapwise-explain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function explain(...args: string[]): Promise<{ explanations: Explanation[] }> {
  let text = '';
  const program = new Command().exitOverride();
  register(program, {
    out: { write: (more) => (text += more) },
    err: { write: () => {} },
    environment: {},
    clock: systemClock,
    log: silentLogger,
    logAt: () => silentLogger,
    stop: new AbortController().signal,
  });
  await program.parseAsync(['explain', ...args, '--json'], { from: 'user' });
  return JSON.parse(text) as { explanations: Explanation[] };
}

it('explains a scan beside the agent at work, from the journal behind its oldest snapshot', async () => {
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `state: ${folder}/state
lines:
  - name: coater-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    sources: [{ type: mqtt, url: "mqtt://127.0.0.1:1", topics: ["a/{line}/{gauge}"] }]
    pipeline: { pairing: { web_length_m: 4 } }
`,
  );
  const store = await openStore(join(folder, 'state', 'store'));
  const pipeline = { pairing: { web_length_m: 4 } };
  const { agent, mouth, reports } = lineAgent(store, { line: 'coater-1', pipeline });
  await agent.start();
  const scenario = scenarioOf({
    name: 'one run',
    parameters: { web_length_m: 4 },
    defaults: { duration_s: 300, web_speed_m_min: 2 },
    runs: [{ gap_um: 150 }],
  });
  const messages = [...generate(scenario, 2, 'coater-1')];
  const worked = firstValueFrom(agent.processed.pipe(take(messages.length), last()));
  for (const message of messages) mouth.say(message);
  await worked;
  const seen = sorted(reports).observations[10]!;
  const { explanations } = await explain('--config', config, '--scan', String(seen.scan));
  expect(explanations).toMatchObject([{ verdict: 'accepted', observation: seen }]);
  await expect(explain('--config', config, '--scan', '99999')).rejects.toThrow(/not among the messages kept/);
  await expect(explain('--config', config, '--scan', '1', '--line', 'b')).rejects.toThrow(
    /allowed: coater-1/,
  );
  // It expects what all lab tables of the line lead to expect, so it reads all of them.
  writeFileSync(
    config,
    readFileSync(config, 'utf8').replace('.csv }', '.csv, also: [{ file: absent.csv }] }'),
  );
  await expect(explain('--config', config, '--scan', String(seen.scan))).rejects.toThrow(/absent\.csv/);
  await agent.stop();
  await store.close();
});
