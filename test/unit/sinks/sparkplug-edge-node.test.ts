import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { encodeSparkplug, rebirthCommand } from '../../../src/core/sparkplug/encode.ts';
import { decodeSparkplug, metricValue } from '../../../src/core/sparkplug/payload.ts';
import { dataType } from '../../../src/core/sparkplug/types.ts';
import type { LineKnowledge } from '../../../src/sinks/line-ports.ts';
import { LineView } from '../../../src/sinks/line-view.ts';
import { EdgeNode, type SparkplugMessage } from '../../../src/sinks/mqtt/sparkplug/edge-node.ts';
import { fakeLine } from '../../support/fake-line.ts';
import { SparkplugHost } from '../../support/sparkplug-host.ts';
import { observation, t0 } from './reports.ts';

const knowledge: LineKnowledge = {
  advise: () => {
    throw new Error('no target is configured');
  },
};
const view = (name: string) =>
  new LineView({ name }, knowledge, { max_alarms: 10, stale_after_s: 60 }, silentLogger);

/** Two lines, a node and a host that hears everything. */
function plant() {
  const views = new Map(['a', 'b'].map((name) => [name, view(name)]));
  const node = new EdgeNode('g', 'n', [...views.keys()]);
  const host = new SparkplugHost();
  const hear = ({ topic, payload }: SparkplugMessage) =>
    host.take(topic, payload, { qos: topic.includes('NDEATH') ? 1 : 0, retain: false });
  const births = (bdSeq: number) => {
    for (const message of node.births(t0, bdSeq, (line) => views.get(line)!.all())) hear(message);
  };
  const tell = (line: string, ...reports: Parameters<LineView['take']>[0][]) => {
    for (const report of reports) {
      const shown = views.get(line)!;
      const message = node.data(t0, line, shown.take(report, t0), () => shown.all());
      if (message) hear(message);
    }
  };
  return { node, host, hear, births, tell, views };
}

test('births name everything, data follow by alias with what the reports say', () => {
  const { host, births, tell, views } = plant();
  views.get('a')!.take(observation(1), t0);
  births(7);
  expect(host.devices).toEqual(['a', 'b']);
  // What was known before stands in the birth, what is not known is null.
  expect(host.values.get('a/ProcessValues/MassLoading')).toBe(22.25);
  expect(host.values.get('b/ProcessValues/MassLoading')).toBeUndefined();
  tell('b', { ...observation(2, { mean_mg_cm2: 23.5 }), line: 'b' });
  expect(host.values.get('b/ProcessValues/MassLoading')).toBe(23.5);
  expect(host.counts).toEqual({ births: 1, deaths: 0, rebirths: 0, data: 1, wraps: 0 });
});

test('a metric that no birth has named is named by a new birth of its device', () => {
  const { host, births, tell } = plant();
  births(0);
  tell('a', {
    kind: 'adapter',
    line: 'a',
    adapter: 'opcua',
    time_ms: t0,
    state: 'degraded',
    detail: 'two tags are missing',
  });
  expect(host.values.get('a/Health/Adapters/opcua/State')).toBe('degraded');
  expect(host.counts.data).toBe(0);
  tell('a', observation(3));
  expect(host.counts.data).toBe(1);
});

test('the sequence wraps at 256, and a rebirth begins it anew under the same bdSeq', () => {
  const { node, host, births, tell } = plant();
  births(255);
  for (let scan = 0; scan < 600; scan++) tell('a', observation(scan));
  expect(host.counts).toMatchObject({ data: 600, wraps: 2 });
  const command = rebirthCommand(t0);
  expect(node.asksForRebirth('spBv1.0/g/NCMD/n', command)).toBe(true);
  expect(node.asksForRebirth('spBv1.0/g/NCMD/other', command)).toBe(false);
  expect(node.asksForRebirth('spBv1.0/g/NCMD/n', Buffer.from([0xff, 1]))).toBe(false);
  host.asking();
  births(255);
  tell('a', observation(601));
  expect(host.counts.rebirths).toBe(1);
});

test('a day of a line keeps to the rules, and its latest figures arrive', () => {
  const { host, births, tell } = plant();
  births(0);
  const line = fakeLine(4, 'a');
  const reports = Array.from({ length: 150 }, () => line.step()).flat();
  tell('a', ...reports);
  const last = reports.findLast((report) => report.kind === 'prediction')!;
  expect(host.values.get('a/Prediction/Mean')).toBe(last.current!.now.mean_mg_cm2);
  expect(host.values.get('a/Prediction/ModelVersion')).toBe(last.version);
  const curve = host.values.get('a/Curve/Low90') as Float64Array;
  expect([...curve]).toEqual(last.curve.map((point) => point.interval90_mg_cm2[0]));
});

test('a death ends the birth of its bdSeq and no other', () => {
  const { node, host, hear, births } = plant();
  births(3);
  hear(node.death(t0, 2));
  expect(host.alive).toBe(true);
  hear(node.death(t0, 3));
  expect(host.alive).toBe(false);
  births(4);
  expect(() => births(5)).toThrow('second NBIRTH');
});

test('quality grows stale with the line, and is told once', () => {
  const { node, births, views } = plant();
  const shown = views.get('a')!;
  shown.take(observation(1), t0);
  births(0);
  const message = (now_ms: number) =>
    decodeSparkplug(node.data(now_ms, 'a', shown.tick(now_ms), () => shown.all())!.payload);
  const ages = message(t0 + 1_000).metrics.length;
  expect(message(t0 + 61_000).metrics.length).toBeGreaterThan(ages);
  expect(message(t0 + 62_000).metrics.length).toBe(ages);
});

describe('encoding', () => {
  const metric = (datatype: number, value: Parameters<typeof encodeSparkplug>[2][number]['value']) => {
    const [read] = decodeSparkplug(
      encodeSparkplug(t0, 1, [{ name: 'm', timestamp_ms: t0, datatype, sendDatatype: true, value }]),
    ).metrics;
    return { ...read!, value: metricValue(read!, read!.datatype) };
  };

  test('whatever is written is read again', () => {
    fc.assert(
      fc.property(
        fc.double(),
        fc.maxSafeInteger(),
        fc.string(),
        fc.array(fc.double()),
        (x, n, text, list) => {
          expect(metric(dataType.Double, x).value).toBe(x);
          expect(metric(dataType.Int64, n).value).toBe(n);
          expect(metric(dataType.String, text).value).toBe(Buffer.from(text).toString());
          expect(metric(dataType.DoubleArray, list).value).toEqual(Float64Array.from(list));
        },
      ),
      { numRuns: 100 },
    );
    expect(metric(dataType.UInt32, 2 ** 32 - 1).value).toBe(2 ** 32 - 1);
    expect(metric(dataType.Boolean, false).value).toBe(false);
    expect(metric(dataType.Double, undefined)).toMatchObject({ value: undefined, datatype: 10 });
  });

  test('bytes are those of the specification’s schema', () => {
    const payload = encodeSparkplug(1, 2, [
      {
        name: 'x',
        alias: 5,
        timestamp_ms: 3,
        datatype: dataType.UInt32,
        sendDatatype: true,
        value: 300,
        properties: { engUnit: 'µm', Quality: 192 },
      },
    ]);
    // By hand: 1 timestamp, 2 metric {1 name, 2 alias, 3 timestamp, 4 datatype, 9 properties, 10 int}, 3 seq.
    const properties =
      '0a07656e67556e6974' +
      '0a075175616c697479' +
      '1207' +
      '080c' +
      '4203c2b56d' +
      '1205' +
      '0803' +
      '18c001';
    const metricHex = `0a01781005180320074a${(properties.length / 2).toString(16)}${properties}50ac02`;
    expect(payload.toString('hex')).toBe(`080112${(metricHex.length / 2).toString(16)}${metricHex}1802`);
  });
});
