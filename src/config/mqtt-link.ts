import mqtt, { type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import type { Cancel, Clock } from '../core/clock.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import { retryDelays } from '../core/retry.ts';
import type { StatusBoard } from '../core/status-board.ts';
import { type MqttConnection, mqttClientOptions, withoutCredentials } from './mqtt-options.ts';

export interface MqttLinkParts {
  readonly connection: MqttConnection;
  /** Where the configuration names none. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly board: StatusBoard;
  /** Jitter of the delays. */
  readonly random: Random;
  /** What the next attempt adds: its will, its session. Asked anew for each. */
  readonly options: () => IClientOptions;
  /** The broker has let this client in. Setting the board to `connected` is the user's business. */
  readonly onConnect: (client: MqttClient, connack: IConnackPacket) => void;
  /** The connection is gone and will be tried again. */
  readonly onClose?: () => void;
}

/** A goodbye may take this long (ms); then the connection is cut. */
const GOODBYE_MS = 2_000;

/**
 * Keeps a connection to a broker: a new client for each attempt, so that nothing of an old connection can ever reach
 * a new one, and jittered delays between them that start anew after each success.
 */
export class MqttLink {
  readonly #parts: MqttLinkParts;
  #delays: Generator<number, never>;
  #client: MqttClient | undefined;
  #cancelRetry: Cancel = () => {};
  #closed = true;

  constructor(parts: MqttLinkParts) {
    this.#parts = parts;
    this.#delays = retryDelays(parts.connection.retry, parts.random);
  }

  /** Only while it is connected. */
  get client(): MqttClient | undefined {
    return this.#client?.connected === true ? this.#client : undefined;
  }

  /** Starts the first attempt. @throws ConfigError for TLS files or a URL that can't work. */
  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#connect();
  }

  /** Breaks the connection, so that it is made anew. */
  drop(): void {
    this.#client?.stream.destroy();
  }

  /**
   * Leaves in good order if the broker answers in time; it publishes the will only for those who vanish.
   *
   * @param farewell what is still to be said.
   */
  async close(farewell: (client: MqttClient) => Promise<unknown> = async () => {}): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    await new Promise<void>((resolve) => {
      const cut = () => client.end(true, {}, () => resolve());
      if (!client.connected) {
        cut();
        return;
      }
      const cancel = this.#parts.clock.after(GOODBYE_MS, cut);
      const leave = () =>
        client.end(false, {}, () => {
          cancel();
          resolve();
        });
      farewell(client).then(leave, leave);
    });
  }

  #connect(): void {
    const { board, connection, clientId, options, onConnect, onClose } = this.#parts;
    board.set('connecting', `connecting to ${withoutCredentials(connection.url)}`);
    let client: MqttClient;
    try {
      client = mqtt.connect(connection.url, { ...mqttClientOptions(connection, clientId), ...options() });
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(messageOf(error), { where: 'url', cause: error });
    }
    this.#client = client;
    let lastError = 'the broker closed the connection';
    client.on('error', (error) => {
      lastError = messageOf(error);
      // After a refused connection the client would stay open without a word.
      client.end(true);
    });
    client.on('connect', (connack) => {
      if (this.#client !== client) return;
      this.#delays = retryDelays(connection.retry, this.#parts.random);
      onConnect(client, connack);
    });
    client.on('close', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      client.end(true);
      onClose?.();
      this.#retry(lastError);
    });
    client.connect();
  }

  #retry(reason: string): void {
    if (this.#closed) return;
    const { board, clock, log } = this.#parts;
    const delay_ms = Math.round(this.#delays.next().value);
    board.set('disconnected', reason);
    log.info({ event: 'mqtt-retry', delay_ms }, reason);
    this.#cancelRetry = clock.after(delay_ms, () => {
      try {
        this.#connect();
      } catch (error) {
        // A certificate that is being replaced may be away for a moment.
        this.#retry(messageOf(error));
      }
    });
  }
}
