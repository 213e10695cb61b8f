/** One figure that a part tells of itself, in the terms of Prometheus: see prometheus.io/docs/practices/naming. */
export interface Figure {
  /** Snake case, with the unit at its end and `_total` for counters: `gapwise_spool_bytes`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Of bounded cardinality: lines, adapters, reasons; never scans or times. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Something that can be asked how it fares. Asking is cheap and changes nothing. */
export interface Metered {
  figures(): Iterable<Figure>;
}
