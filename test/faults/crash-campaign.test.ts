import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireProgram } from '../support/real.ts';
import { type CampaignSettings, compileChild, type Outcome, runCampaign } from './crash-campaign.ts';

const full = process.env['GAPWISE_CAMPAIGN'] === 'full';
const hours = Number(process.env['GAPWISE_CAMPAIGN_HOURS'] ?? (full ? 24 : 0.3));
const size = { hours, kills: full ? 200 : 20 };
const calm: CampaignSettings = {
  seed: 3,
  hours: size.hours,
  kills: 0,
  brokerKills: 0,
  duplicates: 0,
  reordered: 0,
};
const timeout_ms = full ? 3_600_000 : 240_000;

const mosquitto = requireProgram('mosquitto');
let code: string;
let undisturbed: Outcome;

beforeAll(async () => {
  code = compileChild();
  undisturbed = await runCampaign(code, calm);
}, timeout_ms);
afterAll(() => rmSync(code, { recursive: true, force: true }));

/** Each scan that was used, or left out for a reason. */
const scansIn = ({ outputs }: Outcome): number[] =>
  outputs
    .map((output) => output.match(/^\{"kind":"(?:observation|dropped)".*?"scan":(\d+)/)?.[1])
    .filter((scan) => scan !== undefined)
    .map(Number);

/** The first few that others do not have; all of them would fill the screen. */
const surplus = (of: readonly string[], others: readonly string[]): string[] => {
  const known = new Set(others);
  return of.filter((text) => !known.has(text)).slice(0, 3);
};

/** Everything that a crash must not change, and the table. */
function compare(name: string, outcome: Outcome): void {
  const delivered = new Set(outcome.outputs);
  const missing = undisturbed.outputs.filter((output) => !delivered.has(output));
  const named = scansIn(outcome);
  const twice = named.length - new Set(named).size;
  // The last scans of the day wait for web that never comes, with crashes and without.
  const expected = new Set(scansIn(undisturbed));
  const got = new Set(named);
  const lost = [...expected].filter((scan) => outcome.doneScans.has(scan) && !got.has(scan)).length;
  console.table({
    campaign: name,
    scans: outcome.scans,
    'machine samples': outcome.samples,
    ...Object.fromEntries(Object.entries(outcome.kills).map(([phase, n]) => [`killed while ${phase}`, n])),
    'broker killed': outcome.brokerKills,
    'acknowledged scans lost': lost,
    'scans counted twice': twice,
    'outputs missing or different': missing.length,
    'outputs delivered': outcome.outputs.length,
    'delivered again, by the same id': outcome.deliveredAgain,
    'same model, bit for bit': outcome.learner === undisturbed.learner,
    seconds: Math.round(outcome.seconds),
  });
  expect(outcome.contradictions).toEqual([]);
  expect(lost).toBe(0);
  expect(twice).toBe(0);
  expect(missing.slice(0, 3)).toEqual([]);
  expect(surplus(outcome.outputs, undisturbed.outputs)).toEqual([]);
  expect(outcome.outputs).toHaveLength(undisturbed.outputs.length);
  expect(surplus(undisturbed.history, outcome.history)).toEqual([]);
  expect(outcome.history).toHaveLength(undisturbed.history.length);
  expect(outcome.learner).toBe(undisturbed.learner);
}

test.skipIf(!mosquitto)(
  `an agent killed ${size.kills} times in ${size.hours} simulated hours ends as one that was not`,
  async () => {
    expect(undisturbed.outputs.length).toBeGreaterThan(size.hours * 100);
    const outcome = await runCampaign(code, { ...calm, kills: size.kills });
    compare('kill -9', outcome);
    const kills = Object.values(outcome.kills).reduce((sum, n) => sum + n, 0);
    expect(kills).toBeGreaterThanOrEqual(size.kills * 0.9);
  },
  timeout_ms,
);

test.skipIf(!mosquitto)(
  'messages that come twice or change places, and a broker that is killed, change nothing either',
  async () => {
    const trouble = { brokerKills: full ? 50 : 3, duplicates: 0.05, reordered: 0.05 };
    const outcome = await runCampaign(code, { ...calm, ...trouble });
    compare('5 % twice, 5 % reordered, broker killed', outcome);
    expect(outcome.brokerKills).toBe(trouble.brokerKills);
  },
  timeout_ms,
);
