import { connection, connectOnce } from '../../config/mqtt-once.ts';
import type { MqttSinkSettings } from '../../config/sinks.ts';
import type { Finding } from '../../core/finding.ts';

/** Connects under a client id of its own and publishes nothing. It never throws. */
export async function checkMqttSink(settings: MqttSinkSettings): Promise<Finding[]> {
  const client = connectOnce(settings, 'gapwise-sink');
  if (!('connected' in client)) return [client];
  try {
    return [await connection(client)];
  } finally {
    client.end(true);
  }
}
