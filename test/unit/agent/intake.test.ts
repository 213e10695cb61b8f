import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Kept, throughJournal } from '../../../src/agent/intake.ts';
import type { LineMessage } from '../../../src/core/messages.ts';
import type { Arrival } from '../../../src/core/source.ts';

interface Append {
  message: LineMessage;
  settle: { commit(): void; fail(): void };
}

/** A journal whose commits happen when the test says so. */
function setUp(pendingLimit = 100) {
  const appends: Append[] = [];
  const arrivals = new Subject<Arrival>();
  const [kept, answers, refused]: [Kept[], string[], string[]] = [[], [], []];
  const append = (message: LineMessage) =>
    new Promise<number>((resolve, reject) => {
      const position = appends.length + 1;
      const settle = { commit: () => resolve(position), fail: () => reject(new Error('disk full')) };
      appends.push({ message, settle });
    });
  const onRefused = (message: LineMessage, why: string) => refused.push(`${message.time_ms}: ${why}`);
  arrivals.pipe(throughJournal(append, { pendingLimit, onRefused })).subscribe((one) => kept.push(one));
  const arrive = (time_ms: number) =>
    arrivals.next({
      message: { kind: 'machine', line: 'a', time_ms, values: {} },
      acknowledge: () => answers.push(`kept ${time_ms}`),
      refuse: () => answers.push(`refused ${time_ms}`),
    });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { appends, arrive, kept, answers, refused, settled };
}

describe('the way through the journal', () => {
  it('acknowledges only what is durable', async () => {
    const { appends, arrive, kept, answers, settled } = setUp();
    arrive(1);
    await settled();
    expect([answers, kept]).toEqual([[], []]);
    appends[0]?.settle.commit();
    await settled();
    expect(answers).toEqual(['kept 1']);
    expect(kept).toMatchObject([{ position: 1, message: { time_ms: 1 } }]);
  });

  it('appends at once, and passes on in order whatever the order of commits', async () => {
    const { appends, arrive, kept, settled } = setUp();
    for (const time of [1, 2, 3]) arrive(time);
    expect(appends).toHaveLength(3);
    for (const append of [...appends].reverse()) append.settle.commit();
    await settled();
    expect(kept.map(({ position }) => position)).toEqual([1, 2, 3]);
  });

  it('refuses what the store can not take, and goes on', async () => {
    const { appends, arrive, kept, answers, refused, settled } = setUp();
    for (const time of [1, 2]) arrive(time);
    appends[0]?.settle.fail();
    appends[1]?.settle.commit();
    await settled();
    expect(answers).toEqual(['refused 1', 'kept 2']);
    expect(refused).toEqual(['1: disk full']);
    expect(kept).toHaveLength(1);
  });

  it('refuses more than the limit that waits, and takes again once there is room', async () => {
    const { appends, arrive, answers, settled } = setUp(2);
    for (const time of [1, 2, 3]) arrive(time);
    expect(answers).toEqual(['refused 3']);
    expect(appends).toHaveLength(2);
    for (const append of appends) append.settle.commit();
    await settled();
    arrive(4);
    expect(appends).toHaveLength(3);
  });
});
