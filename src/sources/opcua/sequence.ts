/** How many lost messages are asked for at once: far more than are ever on their way. */
const mostMissing = 100;

/**
 * Follows the sequence numbers of a subscription (OPC 10000-4, 5.14.1.1): each message with data has the next one, a
 * keep-alive tells the number that will come next without using it up.
 */
export class Sequence {
  /** Unknown before the first message: not every server begins with 1. */
  #next: number | undefined;

  /** A new subscription counts anew. */
  restart(): void {
    this.#next = undefined;
  }

  /** @returns numbers of messages that should have come before this one and did not, each told once. */
  missing(sequenceNumber: number, keepAlive: boolean): number[] {
    const next = this.#next ?? sequenceNumber;
    // Beyond 32 bits it counts from 1 again; what comes late otherwise was asked for already.
    if (sequenceNumber < next && next - sequenceNumber < 2 ** 31) return [];
    this.#next = sequenceNumber + (keepAlive ? 0 : 1);
    const from = Math.max(next, sequenceNumber - mostMissing);
    return Array.from({ length: Math.max(0, sequenceNumber - from) }, (_, i) => from + i);
  }
}
