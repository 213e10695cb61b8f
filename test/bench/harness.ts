import { cpus, totalmem } from 'node:os';

/**
 * What all benchmarks share: repeated timing, figures with their spread, ratios against targets, tables; and a
 * head with machine, Node version and date, without which no figure means anything. Ratios carry over between
 * machines, absolute times don't.
 */

/** A measured quantity: its median over the repetitions, the smallest and the largest. */
export interface Figure {
  readonly name: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly repetitions: number;
  /** What it should be, and whether it is. */
  readonly target?: { readonly atLeast?: number; readonly atMost?: number; readonly met: boolean };
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface PartDocument {
  readonly part: string;
  readonly machine: string;
  readonly node: string;
  readonly date: string;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}

/** Takes in the findings of one part and prints them as they come. */
export class Part {
  readonly #name: string;
  readonly #print: (line: string) => void;
  readonly #figures: Figure[] = [];
  readonly #tables: Table[] = [];
  readonly #notes: string[] = [];

  constructor(name: string, print: (line: string) => void) {
    this.#name = name;
    this.#print = print;
    print(`# ${name}: ${machine()}, Node ${process.version}, ${today()}`);
  }

  /** Values of one quantity, one for each repetition. */
  figure(
    name: string,
    values: readonly number[],
    unit: string,
    target?: { atLeast?: number; atMost?: number },
  ): Figure {
    const sorted = [...values].sort((x, y) => x - y);
    const median = sorted[Math.floor(sorted.length / 2)]!;
    const met =
      median >= (target?.atLeast ?? Number.NEGATIVE_INFINITY) &&
      median <= (target?.atMost ?? Number.POSITIVE_INFINITY);
    const figure: Figure = {
      name,
      median,
      low: sorted[0]!,
      high: sorted.at(-1)!,
      unit,
      repetitions: values.length,
      ...(target && { target: { ...target, met } }),
    };
    this.#figures.push(figure);
    this.#print(describe(figure));
    return figure;
  }

  /**
   * How many times `slow` takes the time of `fast`: median by median, its spread from the worst pairing of
   * repetitions to the best.
   */
  ratio(name: string, slow: Figure, fast: Figure, target?: { atLeast?: number; atMost?: number }): Figure {
    const pairings = [slow.low / fast.high, slow.median / fast.median, slow.high / fast.low];
    return this.figure(name, pairings, '×', target);
  }

  table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    this.#tables.push({ title, head, rows });
    const cells = [head, ...rows].map((row) =>
      row.map((cell) => (typeof cell === 'number' ? short(cell) : cell)),
    );
    const widths = head.map((_, c) => Math.max(...cells.map((row) => (row[c] ?? '').length)));
    this.#print(`\n${title}`);
    for (const row of cells) this.#print(`  ${row.map((cell, c) => cell.padStart(widths[c]!)).join('  ')}`);
  }

  /** A sentence on how something was measured, or why it wasn't. */
  note(text: string): void {
    this.#notes.push(text);
    this.#print(`- ${text}`);
  }

  document(): PartDocument {
    return {
      part: this.#name,
      machine: machine(),
      node: process.version,
      date: today(),
      figures: this.#figures,
      tables: this.#tables,
      notes: this.#notes,
    };
  }
}

/** Runs a part as the body of its own process: text as it goes, or with `--json` one document at its end. */
export async function benchmark(name: string, body: (part: Part) => Promise<void>): Promise<void> {
  const json = process.argv.includes('--json');
  const part = new Part(name, json ? () => {} : (line) => process.stdout.write(`${line}\n`));
  await body(part);
  if (json) process.stdout.write(`${JSON.stringify(part.document())}\n`);
}

/** Wall seconds that each of `repetitions` calls took; those of `warmUp` come first and don't count. */
export const seconds = (repetitions: number, call: () => unknown, warmUp = 1): Promise<number[]> =>
  timed(() => Number(process.hrtime.bigint()) / 1e9, repetitions, call, warmUp);

/**
 * The same in processor time of this process, its collector and compiler threads included: for work of one thread
 * that is its wall time on an idle machine, and nearly so on a busy one.
 */
export const processorSeconds = (repetitions: number, call: () => unknown, warmUp = 1): Promise<number[]> => {
  const now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  return timed(now, repetitions, call, warmUp);
};

async function timed(
  now: () => number,
  repetitions: number,
  call: () => unknown,
  warmUp: number,
): Promise<number[]> {
  const taken: number[] = [];
  for (let i = -warmUp; i < repetitions; i++) {
    const start = now();
    await call();
    if (i >= 0) taken.push(now() - start);
  }
  return taken;
}

function describe({ name, median, low, high, unit, repetitions, target }: Figure): string {
  const spread = repetitions > 1 ? ` (${short(low)} to ${short(high)})` : '';
  const bounds = [
    target?.atLeast === undefined ? '' : `at least ${short(target.atLeast)}`,
    target?.atMost === undefined ? '' : `at most ${short(target.atMost)}`,
  ].filter(Boolean);
  const verdict = target ? `   target ${bounds.join(', ')}: ${target.met ? 'met' : 'MISSED'}` : '';
  return `${name}: ${short(median)} ${unit}${spread}${verdict}`;
}

const short = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toString() : String(Number(value.toPrecision(3)));

function machine(): string {
  const cores = cpus();
  const memory_gb = Math.round(totalmem() / 2 ** 30);
  return `${cores[0]?.model.trim() ?? process.arch} × ${cores.length}, ${memory_gb} GiB`;
}

const today = (): string => new Date().toISOString().slice(0, 10);
