/** Counts of values from 0 up to a largest one; quantiles come out to the width of a bin, and no sorting is needed. */
export class Histogram {
  readonly #width: number;
  readonly #counts: Uint32Array;
  #total = 0;

  constructor(width: number, largest: number) {
    this.#width = width;
    this.#counts = new Uint32Array(Math.ceil(largest / width) + 1);
  }

  /** Takes a value ≥ 0; what is beyond the largest counts as that. */
  add(value: number): void {
    const bin = Math.min(this.#counts.length - 1, Math.floor(value / this.#width));
    this.#counts[bin]! += 1;
    this.#total += 1;
  }

  /** The lower edge of the bin that holds the share `share` of what is not below `from`; NaN where nothing is. */
  quantile(share: number, from = 0): number {
    const first = Math.ceil(from / this.#width);
    let below = 0;
    for (let bin = 0; bin < first; bin++) below += this.#counts[bin] ?? 0;
    const wanted = below + share * (this.#total - below - 1);
    if (this.#total === below) return Number.NaN;
    let seen = below;
    for (let bin = first; bin < this.#counts.length; bin++) {
      seen += this.#counts[bin]!;
      if (seen > wanted) return bin * this.#width;
    }
    return Number.NaN;
  }
}
