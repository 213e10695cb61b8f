import type { DeadLetterReason } from '../../core/source.ts';

/** A log as a table that is read bit by bit: memory does not grow with the file. */
export interface Rows {
  readonly file: string;
  /** The rows in the order of the file, some at a time; can be gone through once. */
  batches(): AsyncIterable<readonly Row[]>;
  close(): Promise<void>;
}

export interface Row {
  /** Where it stands, for people: `line 7`, `row 7`. */
  readonly at: string;
  /** Counts the rows that are not empty, usable or not, from 0. */
  readonly index: number;
  /** The cell as text; empty where there is no value. */
  text(column: string): string;
  /** The cell as a number; NaN where there is no value, and for what does not read as a number. */
  number(column: string): number;
  /** The cell as a list of numbers; undefined where it is none. */
  list(column: string): ArrayLike<number> | undefined;
}

/** A row that can't be used. */
export interface RowFault {
  readonly where: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

export type OnFault = (fault: RowFault) => void;

export const faultAt = (file: string, at: string, reason: DeadLetterReason, detail: string): RowFault => ({
  where: `${file}, ${at}`,
  reason,
  detail,
});

/** How a text file is laid out. */
export interface CsvLayout {
  readonly header: boolean;
  readonly delimiter: string;
  readonly decimal: '.' | ',';
}
