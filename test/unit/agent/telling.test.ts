import { expect, it } from 'vitest';
import { Telling } from '../../../src/agent/telling.ts';
import type { Report } from '../../../src/core/report.ts';
import { type Dispatch, idText } from '../../../src/core/report-id.ts';

const machine = (time_ms: number): Report => ({ kind: 'machine', line: 'a', time_ms, values: {} });

it('numbers what follows from a message; what comes up meanwhile and follows from none has no id', () => {
  const telling = new Telling();
  const told: string[] = [];
  telling.dispatches.subscribe(({ id, report }: Dispatch<Report>) =>
    told.push(`${id ? idText(id) : '-'} ${'time_ms' in report ? report.time_ms : ''}`),
  );
  telling.following(7, () => {
    telling.tell(machine(1));
    telling.aside(machine(2));
    telling.tell(machine(3));
  });
  telling.tell(machine(4));
  expect(() =>
    telling.following(9, () => {
      telling.tell(machine(5));
      throw new Error('broken');
    }),
  ).toThrow('broken');
  telling.tell(machine(6));
  expect(told).toEqual(['7.0 1', '- 2', '7.1 3', '- 4', '9.0 5', '- 6']);
});
