import { compareIds, type ReportId } from '../../../src/core/report-id.ts';
import type { Spool, SpoolEntry } from '../../../src/core/spool.ts';

/** The contract of `core/spool.ts` without a disk. */
export class MemorySpool implements Spool {
  #waiting: SpoolEntry[] = [];
  #sequence = 0;
  readonly #last = new Map<string, ReportId>();
  readonly rejected: { readonly text: string; readonly why: string }[] = [];

  get entries(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#waiting.reduce((sum, { payload }) => sum + payload.length, 0);
  }

  push(payload: Uint8Array, of?: { readonly line: string; readonly id: ReportId }): void {
    if (of) {
      const last = this.#last.get(of.line);
      if (last && compareIds(of.id, last) <= 0) return;
      this.#last.set(of.line, of.id);
    }
    this.#waiting.push({ sequence: this.#sequence++, payload });
  }

  peek(limit: { readonly entries: number; readonly bytes: number }): readonly SpoolEntry[] {
    let bytes = 0;
    return this.#waiting.filter(({ payload }, i) => {
      bytes += payload.length;
      return i < limit.entries && (i === 0 || bytes <= limit.bytes);
    });
  }

  async remove(entries: readonly SpoolEntry[]): Promise<void> {
    const gone = new Set(entries.map(({ sequence }) => sequence));
    this.#waiting = this.#waiting.filter(({ sequence }) => !gone.has(sequence));
  }

  async reject(entries: readonly SpoolEntry[], why: string): Promise<void> {
    for (const { payload } of entries) this.rejected.push({ text: Buffer.from(payload).toString(), why });
    await this.remove(entries);
  }

  async flushed(): Promise<void> {}

  *figures() {}
}
