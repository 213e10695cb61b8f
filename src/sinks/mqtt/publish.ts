import type { MqttClient } from 'mqtt';
import { messageOf } from '../../core/errors.ts';
import type { Publication } from './topics.ts';

/** What became of a message: confirmed, refused for good (and why), or nobody knows. */
export type Outcome = 'confirmed' | 'lost' | { readonly refused: string };

export type Message = Pick<Publication, 'topic' | 'payload' | 'retain'>;

/**
 * Reason codes of MQTT 5 with which a broker says that this very message will never do: not authorized, topic name
 * invalid, packet too large, payload format invalid. MQTT 3.1.1 has no way to say so.
 */
const forGood = new Set([0x87, 0x90, 0x95, 0x99]);

/** Header, lengths and packet id of a PUBLISH, at most (bytes). */
const OVERHEAD = 16;

/**
 * Publishes all at QoS 1, in order, and waits for the broker's word on each, or for the end of the connection. It
 * never throws.
 */
export function publishAll(client: MqttClient, messages: readonly Message[]): Promise<Outcome[]> {
  return new Promise((resolve) => {
    const outcomes: Outcome[] = messages.map(() => 'lost');
    let open = messages.length;
    const done = () => {
      client.off('close', done);
      resolve(outcomes);
    };
    client.on('close', done);
    const settle = (i: number, outcome: Outcome) => {
      outcomes[i] = outcome;
      if (--open === 0) done();
    };
    if (open === 0) done();
    // What a broker has said of its limits stands in the options (MQTT 5 alone says it).
    const limit = client.options.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    for (const [i, { topic, payload, retain }] of messages.entries()) {
      const size = Buffer.byteLength(topic) + Buffer.byteLength(payload) + OVERHEAD;
      if (size > limit) settle(i, { refused: `${size} bytes, the broker takes ${limit}` });
      else client.publish(topic, payload, { qos: 1, retain }, (error) => settle(i, outcomeOf(error)));
    }
  });
}

function outcomeOf(error: Error | null | undefined): Outcome {
  if (!error) return 'confirmed';
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && forGood.has(code) ? { refused: messageOf(error) } : 'lost';
}
