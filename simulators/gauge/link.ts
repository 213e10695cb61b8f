import type { IClientOptions, MqttClient } from 'mqtt';
import { type Cancel, type Clock, systemClock } from '../../src/core/clock.ts';
import { messageOf, RetryableError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Random } from '../../src/core/random.ts';
import { type RetrySettings, retryDelays } from '../../src/core/retry.ts';

/** One message, made at the moment at which it goes out. */
export type MakeMessage = () => {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos: 0 | 1;
};

export interface BrokerLinkOptions {
  /** `mqtt://host:port`, `mqtts://…` or `ws://…`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly clientId?: string | undefined;
  /** Asked before each connection, for what the broker is to say when it is lost. */
  readonly will?: () => NonNullable<IClientOptions['will']>;
  /** Called after each connection, before anything that waits goes out. */
  readonly onConnect?: (client: MqttClient) => Promise<void>;
  readonly random: Random;
  readonly clock?: Clock | undefined;
  readonly log: Logger;
}

/**
 * A device's connection to its broker. A lost one is made again, after delays that grow and are drawn a little
 * differently for each device; the log hears of the loss and of the return, not of each attempt. Messages go out one
 * after the other, in order, and again if the broker hasn't acknowledged them.
 */
export interface BrokerLink {
  /**
   * Resolves once connected, or after the first attempt if the broker may be away.
   *
   * @throws RetryableError when the broker can't be reached and may not be away.
   */
  start(mayBeAway: boolean): Promise<void>;
  /**
   * Resolves once the broker has it, or, while the broker is away, once it is among those that wait. When
   * {@link MOST_WAITING} do, it resolves when there is room: the device stands still rather than lose anything.
   */
  send(make: MakeMessage): Promise<void>;
  /** Drops the connection without a goodbye, and stays away. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** What waits is given up. Safe to call twice. */
  stop(): Promise<void>;
}

/** Scans of more than two hours. */
export const MOST_WAITING = 1000;
const RETRY: RetrySettings = { initial_ms: 250, max_ms: 30_000, factor: 2, jitter: 0.5 };
const CONNECT_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly make: MakeMessage;
  /** Lets whoever sent it go on. */
  readonly release: () => void;
}

export function createBrokerLink(options: BrokerLinkOptions): BrokerLink {
  const { url, log, random, clock = systemClock } = options;
  const waiting: Waiting[] = [];
  /** Those that wait for room among the waiting. */
  const outside: (() => void)[] = [];
  let client: MqttClient | undefined;
  let up = false;
  let wanted = false;
  let stopped = false;
  let pumping = false;
  let delays = retryDelays(RETRY, random);
  let cancelRetry: Cancel | undefined;

  const settings = (): IClientOptions => ({
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.clientId !== undefined && { clientId: options.clientId }),
    ...(options.will && { will: options.will() }),
  });

  async function connect(): Promise<void> {
    const { connect: open } = await import('mqtt');
    if (!wanted) return;
    const fresh = open(url, settings());
    client = fresh;
    try {
      await new Promise<void>((resolve, reject) => {
        fresh.once('connect', () => resolve());
        fresh.once('error', reject);
        fresh.once('close', () => reject(new Error('no connection')));
      });
    } catch (error) {
      fresh.end(true);
      throw error;
    }
    // Without a listener a late network error would end the process; what follows from it is a `close`.
    fresh.on('error', (error) => log.debug({ event: 'gauge-connection-error' }, messageOf(error)));
    fresh.once('close', () => lost(fresh));
    await options.onConnect?.(fresh);
    up = true;
    delays = retryDelays(RETRY, random);
    void pump();
  }

  function lost(which: MqttClient): void {
    if (client !== which) return;
    up = false;
    for (const { release } of waiting) release();
    if (!wanted) return;
    log.warn({ event: 'gauge-connection-lost' }, `the connection to ${url} is lost; it will be made again`);
    retryLater();
  }

  function keepTrying(why: unknown): void {
    if (stopped) return;
    log.warn({ event: 'gauge-waits' }, `${url}: ${messageOf(why)}; trying until the broker is there`);
    retryLater();
  }

  function retryLater(): void {
    cancelRetry = clock.after(delays.next().value, () => {
      connect().then(
        () => log.info({ event: 'gauge-connected' }, `connected to ${url}`),
        (error) => {
          log.debug({ event: 'gauge-still-away' }, messageOf(error));
          if (wanted) retryLater();
        },
      );
    });
  }

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      for (let next = waiting[0]; next && up && client; next = waiting[0]) {
        const { topic, payload, qos } = next.make();
        if (!(await delivered(client, topic, payload, qos))) break;
        waiting.shift();
        next.release();
        outside.shift()?.();
      }
    } finally {
      pumping = false;
    }
  }

  return {
    async start(mayBeAway) {
      wanted = true;
      try {
        await connect();
      } catch (cause) {
        if (mayBeAway) {
          keepTrying(cause);
          return;
        }
        wanted = false;
        throw new RetryableError(`the broker can't be reached: ${messageOf(cause)}`, { where: url, cause });
      }
    },
    async send(make) {
      while (waiting.length >= MOST_WAITING && !stopped) {
        await new Promise<void>((resolve) => {
          outside.push(resolve);
        });
      }
      if (stopped) return;
      await new Promise<void>((release) => {
        waiting.push({ make, release });
        if (!up) release();
        void pump();
      });
    },
    async goDown() {
      wanted = false;
      cancelRetry?.();
      up = false;
      client?.stream.destroy();
      await client?.endAsync(true);
    },
    async comeBack() {
      wanted = true;
      try {
        await connect();
      } catch (error) {
        keepTrying(error);
      }
    },
    async stop() {
      stopped = true;
      wanted = false;
      cancelRetry?.();
      const orderly = up && waiting.length === 0;
      up = false;
      for (const { release } of waiting.splice(0)) release();
      for (const release of outside.splice(0)) release();
      await client?.endAsync(!orderly);
    },
  };
}

/** False when the connection was lost before the broker had acknowledged it. */
function delivered(
  client: MqttClient,
  topic: string,
  payload: Buffer | string,
  qos: 0 | 1,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cut = () => resolve(false);
    client.once('close', cut);
    client.publish(topic, payload, { qos }, (error) => {
      client.off('close', cut);
      resolve(!error);
    });
  });
}
