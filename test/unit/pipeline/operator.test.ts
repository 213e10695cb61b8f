import { from, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../../../src/core/stage.ts';
import { fieldCell, throughStage } from '../../../src/pipeline/operator.ts';

/** Sums up; can't bear 13. */
const summing: Stage<number, number, { sum: number }> = {
  name: 'summing',
  start: () => ({ sum: 0 }),
  step: ({ sum }, n) => {
    if (n === 13) throw new Error('unlucky');
    return { state: { sum: sum + n }, out: n === 0 ? [] : [sum + n, -n] };
  },
};

describe('throughStage', () => {
  it('goes on after an exception from the state before it', () => {
    const cell = { state: summing.start() };
    const out: number[] = [];
    const failures: unknown[] = [];
    from([1, 13, 0, 2])
      .pipe(
        throughStage(summing, cell, (thrown, input, stage) => failures.push([String(thrown), input, stage])),
      )
      .subscribe((n) => out.push(n));
    expect(out).toEqual([1, -1, 3, -2]);
    expect(failures).toEqual([['Error: unlucky', 13, 'summing']]);
    expect(cell.state).toEqual({ sum: 3 });
  });

  it('passes completion and errors of the source', () => {
    const events: string[] = [];
    const observer = { complete: () => events.push('complete'), error: () => events.push('error') };
    of(1)
      .pipe(throughStage(summing, { state: summing.start() }, () => {}))
      .subscribe(observer);
    throwError(() => new Error('gone'))
      .pipe(throughStage(summing, { state: summing.start() }, () => {}))
      .subscribe(observer);
    expect(events).toEqual(['complete', 'error']);
  });
});

describe('fieldCell', () => {
  it('replaces the larger state instead of changing it', () => {
    const before = { a: 1, b: 2 };
    const cell = { state: before };
    fieldCell(cell, 'a').state = 5;
    expect(cell.state).toEqual({ a: 5, b: 2 });
    expect(before).toEqual({ a: 1, b: 2 });
  });
});
