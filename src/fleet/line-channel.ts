import type { SpoolEntry } from '../core/spool.ts';
import type { Cluster } from './cluster.ts';
import { type EnvelopeEntry, packEnvelope, unpackEnvelope } from './envelope.ts';

/** An entry of the spool with what it holds. */
export interface Waiting {
  readonly spooled: SpoolEntry;
  readonly entry: EnvelopeEntry;
}

const timeout_ms = 5_000;

/**
 * One line's way into the stream. The edge is the only writer of its line's subject, and says with each publication
 * which sequence the subject's last message has: the stream refuses anything else. So messages stand there once and in
 * order whatever was lost on the way, however late it is sent again; the stream's own memory of message ids would
 * forget after two minutes.
 */
export class LineChannel {
  readonly #line: string;
  readonly #subject: string;
  readonly #stream: string;
  /** Sequence and position of the subject's last message; unknown at first and after a failure. */
  #last: { readonly sequence: number; readonly position: number } | undefined;

  constructor(line: string, subject: string, stream: string) {
    this.#line = line;
    this.#subject = subject;
    this.#stream = stream;
  }

  /** Resolves once the stream has them all. Rejects where that is not known: the same may then be sent again. */
  async send(cluster: Cluster, waiting: readonly Waiting[]): Promise<void> {
    const last = this.#last ?? (await this.#look(cluster));
    const entries = waiting.map(({ entry }) => entry).filter(({ position }) => position > last.position);
    const newest = entries.at(-1);
    if (!newest) return;
    this.#last = undefined;
    const { seq } = await cluster.jetstream.publish(
      this.#subject,
      packEnvelope({ line: this.#line, entries }),
      {
        expect: { lastSubjectSequence: last.sequence },
        timeout: timeout_ms,
      },
    );
    this.#last = { sequence: seq, position: newest.position };
  }

  async #look({ manager }: Cluster) {
    const message = await manager.streams.getMessage(this.#stream, { last_by_subj: this.#subject });
    if (!message) return { sequence: 0, position: 0 };
    const newest = unpackEnvelope(message.data).entries.at(-1);
    return { sequence: message.seq, position: newest?.position ?? 0 };
  }
}
