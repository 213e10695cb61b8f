/**
 * Every failure that gapwise raises on purpose says what is wrong, where, and what would be allowed. Its kind
 * decides what happens next: the thrower never needs to know who catches.
 */
export type ErrorKind =
  /** One message or file can't be used; it is counted and left behind, the stream goes on. */
  | 'bad-input'
  /** A peer is away or busy; the same call may succeed later. */
  | 'retryable'
  /** The configuration or the command line is wrong; nothing starts (exit code 2). */
  | 'config'
  /** The process can't go on without risking data (exit code 1). */
  | 'fatal';

export interface ErrorDetails {
  /** Where the fault lies: a config path, file and line, topic, node id, column. */
  where?: string | undefined;
  /** The values that would have been accepted, in words. */
  allowed?: string | undefined;
  cause?: unknown;
}

export abstract class GapwiseError extends Error {
  abstract readonly kind: ErrorKind;
  readonly where: string | undefined;
  readonly allowed: string | undefined;

  constructor(what: string, details: ErrorDetails = {}) {
    const where = details.where ? `${details.where}: ` : '';
    const allowed = details.allowed ? ` (allowed: ${details.allowed})` : '';
    super(`${where}${what}${allowed}`, { cause: details.cause });
    this.name = new.target.name;
    this.where = details.where;
    this.allowed = details.allowed;
  }
}

export class BadInputError extends GapwiseError {
  readonly kind = 'bad-input';
}

export class RetryableError extends GapwiseError {
  readonly kind = 'retryable';
}

export class ConfigError extends GapwiseError {
  readonly kind = 'config';
}

export class FatalError extends GapwiseError {
  readonly kind = 'fatal';
}

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
