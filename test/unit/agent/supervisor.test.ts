import { describe, expect, it } from 'vitest';
import { AdapterStopsAgent, type Supervised, Supervisor } from '../../../src/agent/supervisor.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';

/** Fails to start so many times. */
function stubborn(failures: number): Supervised & { readonly tries: number } {
  let tries = 0;
  return {
    name: 'stubborn',
    get tries() {
      return tries;
    },
    start: async () => {
      if (tries++ < failures) throw new Error(`no certificate (${tries})`);
    },
    stop: async () => {},
  };
}

/** Lets what a timer has begun come to its end. */
const settled = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

describe('supervisor', () => {
  it('tries again with growing delays until the adapter has started', async () => {
    const clock = new VirtualClock(0);
    const supervisor = new Supervisor(clock, silentLogger);
    const adapter = stubborn(3);
    await supervisor.start(adapter, 'retry');
    expect(supervisor.failures.get('stubborn')).toBe('no certificate (1)');
    const triesAt: number[] = [];
    for (let second = 1; second <= 30; second++) {
      const before = adapter.tries;
      clock.advanceTo(1000 * second);
      await settled();
      if (adapter.tries > before) triesAt.push(second);
    }
    expect(adapter.tries).toBe(4);
    expect(supervisor.failures.size).toBe(0);
    const waits = triesAt.map((second, i) => second - (triesAt[i - 1] ?? 0));
    expect(waits[2]).toBeGreaterThan(waits[0]!);
  });

  it('goes on without one that may be ignored', async () => {
    const clock = new VirtualClock(0);
    const supervisor = new Supervisor(clock, silentLogger);
    const adapter = stubborn(1);
    await supervisor.start(adapter, 'ignore');
    clock.advanceTo(600_000);
    await settled();
    expect(adapter.tries).toBe(1);
    expect(supervisor.failures.size).toBe(1);
  });

  it('says that the agent is not to run without one that must be there', async () => {
    const supervisor = new Supervisor(new VirtualClock(0), silentLogger);
    await expect(supervisor.start(stubborn(1), 'stop')).rejects.toThrow(AdapterStopsAgent);
    await expect(supervisor.start(stubborn(1), 'stop')).rejects.toThrow(
      "stubborn can't start: no certificate",
    );
  });

  it('leaves no attempt behind when it is stopped', async () => {
    const clock = new VirtualClock(0);
    const supervisor = new Supervisor(clock, silentLogger);
    const adapter = stubborn(9);
    await supervisor.start(adapter, 'retry');
    await supervisor.stop();
    clock.advanceTo(600_000);
    await settled();
    expect(adapter.tries).toBe(1);
  });
});
