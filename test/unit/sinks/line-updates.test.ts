import { describe, expect, test } from 'vitest';
import type { AlarmReport } from '../../../src/core/alarm.ts';
import { BadInputError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Report } from '../../../src/core/report.ts';
import { LineImage } from '../../../src/sinks/line-image.ts';
import type { LineKnowledge } from '../../../src/sinks/line-ports.ts';
import { LineUpdates } from '../../../src/sinks/line-updates.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { abstraction, adapter, observation, prediction, t0 } from './reports.ts';

const source = fakeLine(5, 'a');
const knowledge: LineKnowledge = {
  advise: source.advisor.advise as LineKnowledge['advise'],
};

const alarm = (name: string, replaced: Partial<AlarmReport> = {}): AlarmReport => ({
  kind: 'alarm',
  line: 'a',
  alarm: name,
  subject: '',
  time_ms: t0,
  priority: 'low',
  state: 'UNACK',
  active: true,
  since_ms: t0,
  detail: '',
  ...replaced,
});

const updatesOf = (mostAlarms = 10, target_mg_cm2: number | undefined = 22) =>
  new LineUpdates({ name: 'a', target_mg_cm2, tolerance_mg_cm2: 0.5 }, knowledge, mostAlarms, silentLogger);

test('every value that is told has a node in the model', () => {
  const updates = updatesOf();
  const others: Report[] = [
    observation(1),
    prediction(t0),
    abstraction,
    adapter('degraded'),
    alarm('drift', { subject: 'a/b' }),
    { kind: 'run', run: { line: 'a', run: 1, gap_um: 150, start_ms: t0, end_ms: t0 + 1 } },
  ];
  const reports = [...Array.from({ length: 120 }, () => source.step()).flat(), ...others];
  const groups = new Set<string>();
  for (const { path, model, values } of reports.flatMap((report) => updates.of(report))) {
    groups.add(path.split('/')[0] ?? '');
    if (model === undefined) continue;
    const names = model.variables.map(({ name }) => name);
    expect(names, path).toEqual(expect.arrayContaining(Object.keys(values)));
  }
  expect([...groups].sort()).toEqual([
    'Abstraction',
    'Advice',
    'Alarms',
    'Coating',
    'CurrentRun',
    'Curve',
    'Health',
    'Prediction',
    'ProcessValues',
  ]);
});

test('a prediction beyond all data is marked, and so is advice that is out of reach', () => {
  const far = prediction(t0);
  const now = { ...far.current!.now, extrapolation: 'outside' as const };
  const updates = updatesOf().of({ ...far, current: { ...far.current!, now } });
  expect(updates.find(({ path }) => path === 'Prediction')?.quality).toBe('outside-data');
  expect(updates.find(({ path }) => path === 'CurrentRun')?.quality).toBe('good');
  const noWay = new LineUpdates(
    { name: 'a', target_mg_cm2: 22 },
    {
      ...knowledge,
      advise: (...asked) => {
        const { version, answer } = knowledge.advise(...asked);
        return { version, answer: { ...answer, reachable: false } };
      },
    },
    1,
    silentLogger,
  );
  expect(noWay.of(prediction(t0)).find(({ path }) => path === 'Advice')?.quality).toBe('out-of-range');
});

test('advice that fails leaves no old figures, and says why', () => {
  const failing: LineKnowledge = {
    ...knowledge,
    advise: () => {
      throw new BadInputError('no gap gives so heavy a coating');
    },
  };
  const updates = new LineUpdates({ name: 'a', target_mg_cm2: 99 }, failing, 1, silentLogger);
  const advice = updates.of(prediction(t0)).find(({ path }) => path === 'Advice');
  expect(advice?.values).toMatchObject({ Gap: undefined, Remarks: ['no gap gives so heavy a coating'] });
});

test('alarms are counted as ISA-18.2 has them, up to their limit', () => {
  const updates = updatesOf(3);
  const list = (report: AlarmReport) =>
    updates.of(report).find(({ path }) => path === 'Alarms')?.values as Record<string, unknown> | undefined;
  list(alarm('one', { priority: 'medium' }));
  expect(list(alarm('two', { priority: 'high' }))).toEqual({
    Active: 2,
    Unacknowledged: 2,
    HighestPriority: 'high',
  });
  expect(list(alarm('two', { state: 'RTNUN', active: false }))).toEqual({
    Active: 1,
    Unacknowledged: 2,
    HighestPriority: 'medium',
  });
  expect(list(alarm('one', { state: 'SHLVD' }))).toEqual({
    Active: 0,
    Unacknowledged: 1,
    HighestPriority: '',
  });
  list(alarm('three'));
  expect(list(alarm('four'))).toBeUndefined();
});

test('the end of an outage is no second outage', () => {
  const updates = updatesOf();
  const outage = {
    kind: 'outage',
    line: 'a',
    source: 'mqtt',
    time_ms: t0,
    reason: 'stale',
    detail: 'x',
  } as const;
  expect(updates.of(outage)[0]?.values['Outages']).toBe(1);
  expect(updates.of({ ...outage, until_ms: t0 + 5 })[0]).toMatchObject({
    values: { Outages: 1 },
    time_ms: t0 + 5,
  });
});

describe('what is no longer kept up to date', () => {
  const image = new LineImage((path) => (path === 'Prediction' ? 'observation' : undefined));
  const take = (path: string, value: number, quality: 'good' | 'outside-data' = 'good') =>
    image.take({ path, values: { Mean: value }, quality, time_ms: t0 });

  test('is marked with its value and time, and freed by news', () => {
    take('Prediction', 22, 'outside-data');
    take('Curve', 7);
    expect(image.mark('observation', true)).toEqual([
      { path: 'Prediction/Mean', value: 22, quality: 'stale', time_ms: t0 },
    ]);
    expect(image.mark('observation', true)).toEqual([]);
    // A value that comes while the line is silent, after a restart for example, is no fresher than the line.
    expect(take('Prediction', 23, 'outside-data')[0]?.quality).toBe('stale');
    expect(image.mark('observation', false)).toEqual([
      { path: 'Prediction/Mean', value: 23, quality: 'outside-data', time_ms: t0 },
    ]);
    expect(image.mark('gap', true)).toEqual([]);
  });
});
