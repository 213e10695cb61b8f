import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { messageOf } from '../core/errors.ts';
import { type Finding, failed, ok } from '../core/finding.ts';
import { networkFault } from '../core/network-faults.ts';
import { mqttClientOptions } from './mqtt-options.ts';

type Connection = Parameters<typeof mqttClientOptions>[0];

/** A client with a session of its own, or why there can't be one. */
export function connectOnce(settings: Connection, clientId: string): MqttClient | Finding {
  try {
    const options: IClientOptions = {
      ...mqttClientOptions(settings, clientId),
      clientId: `${settings.client_id ?? clientId}-check`,
      clean: true,
    };
    const client = mqtt.connect(settings.url, options);
    client.connect();
    return client;
  } catch (error) {
    return failed('connection', messageOf(error), 'check url and tls');
  }
}

/** Return codes of CONNACK: 3.1.1 (1 to 5) and 5 (from 128). */
const refusals: Readonly<Record<number, readonly [string, string]>> = {
  1: ['the broker does not speak this version of MQTT', 'set protocol_version to the other one'],
  2: ['the broker refuses the client id', 'set client_id'],
  3: ['the broker is not available', 'try later'],
  4: ['the broker refuses user name or password', 'check username and password'],
  5: ['the broker does not let this client in', 'check username and password, and the rights at the broker'],
  132: ['the broker does not speak this version of MQTT', 'set protocol_version to the other one'],
  133: ['the broker refuses the client id', 'set client_id'],
  134: ['the broker refuses user name or password', 'check username and password'],
  135: [
    'the broker does not let this client in',
    'check username and password, and the rights at the broker',
  ],
};

/** Resolves once the broker has answered or the attempt has failed. */
export function connection(client: MqttClient): Promise<Finding> {
  const subject = 'connection';
  return new Promise((resolve) => {
    client.once('connect', () => resolve(ok(subject, 'the broker lets this client in')));
    client.once('error', (error) => {
      const { code } = error as { code?: unknown };
      const refusal = typeof code === 'number' ? refusals[code] : undefined;
      if (refusal) resolve(failed(subject, refusal[0], refusal[1]));
      else
        resolve(
          networkFault(subject, error) ?? failed(subject, messageOf(error), 'check url, tls and the broker'),
        );
    });
    client.once('close', () =>
      resolve(
        failed(
          subject,
          'the connection was closed before the broker had answered',
          'check that this port speaks MQTT, with or without TLS as in the URL, and that the broker answers',
        ),
      ),
    );
  });
}
