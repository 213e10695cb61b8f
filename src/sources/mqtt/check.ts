import type { MqttClient } from 'mqtt';
import { connection, connectOnce } from '../../config/mqtt-once.ts';
import type { MqttSourceSettings } from '../../config/sources.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { checkLoading, coatedLevel, type LabRange } from '../loading-check.ts';
import { scanDecoder } from './formats.ts';
import { SparkplugSession } from './sparkplug/session.ts';
import { topicPattern } from './topics.ts';

export interface MqttCheckDependencies {
  readonly line: string;
  readonly clock: Clock;
  /** How long to wait for a scan, ms; 0: not at all. */
  readonly wait_ms: number;
  /** To judge by whether the unit of the scans can be meant. */
  readonly lab?: LabRange | undefined;
}

/**
 * Connects, subscribes and waits for one scan. The client id is another than the agent's and the session is clean:
 * an agent at work keeps its connection and its messages. It never throws.
 */
export async function checkMqttSource(
  settings: MqttSourceSettings,
  { line, clock, wait_ms, lab }: MqttCheckDependencies,
): Promise<Finding[]> {
  const client = connectOnce(settings, `gapwise-${line}`);
  if (!('connected' in client)) return [client];
  const findings: Finding[] = [];
  try {
    const connected = await connection(client);
    findings.push(connected);
    if (connected.level === 'failed') return findings;
    const first = firstMessage(client, clock, wait_ms);
    const patterns = settings.topics.map((topic) => topicPattern(topic, settings.topic_line ?? line));
    const subscribed = await subscriptions(
      client,
      patterns.map(({ filter }) => filter),
    );
    findings.push(...subscribed);
    if (wait_ms === 0 || subscribed.every(({ level }) => level === 'failed')) return findings;
    findings.push(...scanFindings(settings, line, await first, wait_ms, lab));
    return findings;
  } finally {
    client.end(true);
  }
}

function subscriptions(client: MqttClient, filters: readonly string[]): Promise<Finding[]> {
  return new Promise((resolve) => {
    const refused = (topic: string, detail: string) =>
      failed(`topic ${topic}`, detail, "check the topic and this user's rights at the broker");
    client.once('close', () => resolve(filters.map((topic) => refused(topic, 'the broker hung up'))));
    client.subscribe([...filters], { qos: 1 }, (error, granted) => {
      const notGranted = new Set(granted?.filter(({ qos }) => qos >= 128).map(({ topic }) => topic));
      resolve(
        filters.map((topic) => {
          if (notGranted.has(topic)) return refused(topic, 'the broker refuses the subscription');
          if (error && notGranted.size === 0) return refused(topic, messageOf(error));
          return ok(`topic ${topic}`, 'subscribed');
        }),
      );
    });
  });
}

interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
}

/** Listens from now on. */
function firstMessage(client: MqttClient, clock: Clock, wait_ms: number): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(wait_ms, () => resolve(undefined));
    client.once('message', (topic, payload, { qos }) => {
      cancel();
      resolve({ topic, payload, qos });
    });
    client.once('close', () => {
      cancel();
      resolve(undefined);
    });
  });
}

function scanFindings(
  settings: MqttSourceSettings,
  line: string,
  message: Message | undefined,
  wait_ms: number,
  lab: LabRange | undefined,
): Finding[] {
  if (!message) {
    return [
      warning(
        'scan',
        `none came in ${wait_ms / 1000} s`,
        'start the gauge; check topics; some brokers grant a subscription and then send nothing for want of rights',
      ),
    ];
  }
  const subject = `scan on ${message.topic}`;
  if (message.payload.byteLength > settings.max_payload_bytes) {
    return [failed(subject, `${message.payload.byteLength} bytes`, 'raise max_payload_bytes')];
  }
  if (settings.payload.type === 'sparkplug') {
    const { refusal } = new SparkplugSession(settings.payload, settings.invalid_values).take(
      message.topic,
      message.payload,
    );
    // Without the births before it, a single message can't be more than well formed.
    return [
      refusal?.reason === 'malformed'
        ? failed(subject, refusal.detail, 'check that the topic carries Sparkplug B')
        : ok(subject, 'a Sparkplug message came'),
    ];
  }
  const decoded = scanDecoder(settings.payload, settings.invalid_values)(message.payload);
  if (!decoded.ok) {
    return [failed(subject, `${decoded.reason}: ${decoded.detail}`, 'make payload fit what the gauge sends')];
  }
  const expected = settings.topic_line ?? line;
  if (decoded.value.line !== undefined && decoded.value.line !== expected) {
    return [
      failed(subject, `it is of line ${decoded.value.line}, not ${expected}`, 'check topics and topic_line'),
    ];
  }
  const { loading_mg_cm2, scan } = decoded.value;
  const middle = loading_mg_cm2[loading_mg_cm2.length >> 1] ?? Number.NaN;
  const detail = `scan ${scan}, ${loading_mg_cm2.length} locations, ${middle.toFixed(2)} mg/cm² at the middle`;
  const told =
    message.qos === 0
      ? warning(subject, `${detail}, sent at QoS 0`, 'let the gauge publish at QoS 1, or scans may get lost')
      : ok(subject, detail);
  const unit = lab && checkLoading(coatedLevel(loading_mg_cm2), lab);
  return unit ? [told, unit] : [told];
}
