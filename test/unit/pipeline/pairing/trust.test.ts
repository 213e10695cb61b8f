import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../../../../src/config/pipeline.ts';
import type { LineMessage } from '../../../../src/core/messages.ts';
import { fullTrust, noTrust, type Trust, withEvidence } from '../../../../src/pipeline/pairing/trust.ts';
import { day, inOrder } from '../support/day.ts';
import { observations, play } from '../support/run.ts';

/** Evidence as pairs of letters: what the gauge saw, what the coater said (c coated, b bare). */
const given = (trust: Trust, evidence: string) =>
  evidence.split(' ').reduce((t, [seen, expected]) => withEvidence(t, seen === 'c', expected === 'c'), trust);

describe('trust in the clocks', () => {
  it('is lost by contradictions in a row, not by single ones', () => {
    expect(given(fullTrust, 'cb cb cc cb cb bb').doubted).toBe(false);
    expect(given(fullTrust, 'cb cb cb').doubted).toBe(true);
    // The bar was open, but no slurry flowed.
    expect(given(fullTrust, 'bc bc bc bc bc cc').doubted).toBe(false);
  });

  it('comes back when coating and bare foil have both been where they should', () => {
    expect(given(noTrust, 'cc cc cc cc cc cc cc').doubted).toBe(true);
    expect(given(noTrust, 'cc cc cc bb bb').doubted).toBe(true);
    expect(given(noTrust, 'cc cc cc bb bb bb').doubted).toBe(false);
    expect(given(noTrust, 'cc cc cc cb bb bb bb').doubted).toBe(true);
  });
});

describe('a clock that jumps', () => {
  const config = pipelineSchema.parse({ lanes: { edge_margin_locations: 2 }, pairing: { web_length_m: 12 } });
  const gaps = [120, 180, 140, 200, 160, 110];
  const plan = gaps.flatMap((gap_um) => [
    { s: 150, gap_um: 0, speed_m_min: 3 },
    { s: 400, gap_um, speed_m_min: 3 },
  ]);
  const data = day([...plan, { s: 300, gap_um: 0, speed_m_min: 3 }], { webLength_m: 12 });
  const undisturbed = observations(play(config, inOrder(data)).outputs);
  const AT = 900;

  it.each([
    ['machine', -500],
    ['machine', 500],
    ['scan', -500],
    ['scan', 500],
  ] as const)('costs the scans on their way, never the day or a wrong gap (%s, %d s)', (kind, by_s) => {
    const messages: LineMessage[] = inOrder(data).map((message) => {
      const jumped = message.kind === kind && message.time_ms >= data.machine[AT]!.time_ms;
      return jumped ? { ...message, time_ms: message.time_ms + by_s * 1000 } : message;
    });
    const { outputs } = play(config, messages);
    const wrong = observations(outputs).filter(({ scan, gap_um }) => !data.truth.get(scan)?.includes(gap_um));
    // Until the first contradiction nothing can be known of a jump forward; then the offset is learnt anew.
    expect(wrong.length).toBeLessThanOrEqual(by_s > 0 ? 40 : 0);
    expect(outputs.some((o) => o.kind === 'outage' && o.reason === 'clock-jump')).toBe(true);
    expect(observations(outputs).at(-1)!.scan).toBe(undisturbed.at(-1)!.scan);
    expect(observations(outputs).length).toBeGreaterThan(0.7 * undisturbed.length);
  });

  it('is forgiven when it jumps back', () => {
    const hour = inOrder(data).map((message): LineMessage => {
      const away = message.kind === 'machine' && message.time_ms >= data.machine[AT]!.time_ms;
      const back = message.time_ms >= data.machine[AT + 700]!.time_ms;
      return away && !back ? { ...message, time_ms: message.time_ms - 500_000 } : message;
    });
    const { outputs } = play(config, hour);
    const last = observations(outputs).at(-1)!;
    expect(last.scan).toBe(undisturbed.at(-1)!.scan);
    for (const { scan, gap_um } of observations(outputs)) expect(data.truth.get(scan)).toContain(gap_um);
  });
});
