import type { Observable } from 'rxjs';
import type { Metered } from './figure.ts';
import type { LineMessage } from './messages.ts';

/**
 * An adapter that turns one connection, file or simulator into line messages. It never ends its stream by an
 * error: what can't be decoded goes to the dead letters, a lost peer shows in `status`, and retrying is its own
 * business. Only a finite source (a recording) completes.
 */
export interface Source extends Partial<Metered> {
  readonly name: string;
  readonly arrivals: Observable<Arrival>;
  readonly status: Observable<AdapterStatus>;
  /** Resolves once the first attempt to connect is under way; rejects only for a configuration that can't work. */
  start(): Promise<void>;
  /** Stops taking in messages and releases everything; safe to call twice. */
  stop(): Promise<void>;
}

/** A decoded message and the promise that it will be kept. */
export interface Arrival {
  readonly message: LineMessage;
  /** To be called once the message is durable (MQTT: this releases the PUBACK). */
  acknowledge(): void;
  /** The store can't take it: the source must see to it that the peer delivers it again. */
  refuse(): void;
}

export interface AdapterStatus {
  readonly state: 'connecting' | 'connected' | 'degraded' | 'disconnected' | 'stopped';
  readonly detail: string;
}

/** Something that arrived and can't be used: counted by reason, logged, kept for a while as an excerpt. */
export interface DeadLetter {
  readonly source: string;
  readonly line: string | undefined;
  /** Topic, node id, file and row: where it came from. */
  readonly where: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

export type DeadLetterReason =
  | 'malformed'
  | 'wrong-length'
  | 'not-a-number'
  | 'out-of-range'
  | 'invalid-time'
  | 'unknown-tag'
  | 'unknown-line'
  | 'late'
  | 'stage-failed'
  | 'too-large';

/** Where dead letters go. Taking one never throws. */
export interface DeadLetters {
  take(letter: DeadLetter): void;
}
