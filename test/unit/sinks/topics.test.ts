import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AlarmReport } from '../../../src/core/alarm.ts';
import type { Report } from '../../../src/core/report.ts';
import { jsonSchemaOf, payloadSchemas, type Topic } from '../../../src/sinks/mqtt/schemas.ts';
import { type LineState, publicationsOf } from '../../../src/sinks/mqtt/topics.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { abstraction, adapter, observation, prediction, t0 } from './reports.ts';

const id = { position: 12, index: 3 };
const own = (report: Report) => publicationsOf('plant', report, id, undefined).publications[0];

const alarm: AlarmReport = {
  kind: 'alarm',
  line: 'a',
  alarm: 'prediction-drift',
  subject: '143 µm/+',
  time_ms: t0,
  priority: 'high',
  state: 'UNACK',
  active: true,
  since_ms: t0,
  detail: 'heavier than predicted',
};

test('predictions and abstractions are retained below the line, under their id', () => {
  const predicted = own(prediction(t0));
  expect(predicted).toMatchObject({ topic: 'plant/a/prediction', retain: true, matters: 'latest' });
  const { id: told, curve } = JSON.parse(predicted?.payload ?? '');
  expect(told).toBe('12.3');
  expect(curve).toHaveLength(2);
  expect(curve[1]).toEqual({
    gap_um: 147,
    mean_mg_cm2: 21,
    sd_mg_cm2: 0.5,
    interval90_mg_cm2: [19, 23],
    extrapolation: 'none',
  });
  const mapped = own(abstraction);
  expect(mapped).toMatchObject({ topic: 'plant/a/abstraction', retain: true, matters: 'each' });
  expect(JSON.parse(mapped?.payload ?? '')).toMatchObject({ version: 4, alphaLoading: { '2,2': 1 } });
});

test('a map that is only told again after a start is no event', () => {
  expect(publicationsOf('plant', abstraction, undefined, undefined).publications[0]?.matters).toBe('latest');
});

test('what is said about an alarm stands in one level of the topic', () => {
  expect(own(alarm)).toMatchObject({
    topic: 'plant/a/alarm/prediction-drift/143 µm%2F%2B',
    retain: true,
    matters: 'each',
  });
  expect(own({ ...alarm, subject: '' })?.topic).toBe('plant/a/alarm/prediction-drift');
});

test('the state of a line gathers what the reports tell, and never goes back in time', () => {
  let state: LineState | undefined;
  const stale = { ...alarm, alarm: 'stale', subject: '' };
  const alarms: Report[] = [alarm, { ...stale, state: 'ACKED' }, { ...stale, state: 'NORM' }];
  for (const report of [observation(5), adapter('connected'), adapter('degraded'), ...alarms]) {
    state = publicationsOf('gapwise', report, id, state).state;
  }
  expect(state).toEqual({
    line: 'a',
    time_ms: t0 + 40_000,
    run: 3,
    gap_um: 150,
    loading_mg_cm2: 22.25,
    adapters: { mqtt: 'degraded' },
    alarms: { 'prediction-drift/143 µm%2F%2B': 'UNACK' },
  });
});

test('what only the page has use for is not published', () => {
  const gap = { kind: 'gap', line: 'a', time_ms: t0, gap_um: 1, operator_um: 1, gear_um: 1 } as const;
  expect(publicationsOf('gapwise', gap, id, undefined)).toEqual({ publications: [], state: undefined });
  const observed = publicationsOf('gapwise', observation(1), id, undefined).publications;
  expect(observed.map(({ topic, retain }) => [topic, retain])).toEqual([
    ['gapwise/a/observation', false],
    ['gapwise/a/state', true],
  ]);
});

describe('JSON Schema', () => {
  const topics = Object.keys(payloadSchemas) as Topic[];

  test.each(topics)('%s stands in config/schemas/mqtt as the code has it', (topic) => {
    const file = new URL(`../../../config/schemas/mqtt/${topic}.schema.json`, import.meta.url);
    const schema = JSON.parse(JSON.stringify(jsonSchemaOf(topic)));
    // `WRITE_SCHEMAS=1 npx vitest run test/unit/sinks/topics.test.ts && npm run format` makes them anew.
    if (process.env['WRITE_SCHEMAS'] === '1') writeFileSync(file, JSON.stringify(schema, undefined, 2));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema);
  });

  test('every payload of a line at work is what its schema says', () => {
    const line = fakeLine(7, 'a');
    const reports: Report[] = [
      ...Array.from({ length: 200 }, () => line.step()).flat(),
      observation(1),
      prediction(t0),
      abstraction,
      adapter('degraded'),
      alarm,
      { ...alarm, by: 'anna', comment: 'seen', until_ms: t0 + 1, state: 'SHLVD' },
      { kind: 'outage', line: 'a', source: 'mqtt', time_ms: t0, until_ms: t0, reason: 'stale', detail: '' },
      {
        kind: 'forecast',
        line: 'a',
        time_ms: t0,
        run: 1,
        version: '1.2',
        // Before the line's first run no gap with data is near.
        prediction: { ...prediction(t0).curve[0]!, distanceToLine_um: Number.POSITIVE_INFINITY },
      },
    ];
    const seen = new Set<string>();
    let state: LineState | undefined;
    for (const report of reports) {
      const { publications, state: next } = publicationsOf('p', report, id, state);
      state = next;
      for (const { topic, payload } of publications) {
        const [, , name] = topic.split('/') as [string, string, Topic];
        seen.add(name);
        const result = payloadSchemas[name].safeParse(JSON.parse(payload));
        expect(result.error?.issues ?? [], `${topic} ${payload.slice(0, 200)}`).toEqual([]);
      }
    }
    expect([...seen, 'status'].sort()).toEqual([...topics].sort());
  });
});
