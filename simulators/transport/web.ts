import type { Deposit } from '../physics/head.ts';
import type { Patch } from '../physics/patch.ts';

/** What lies on the web at one place, and how it came there. */
export interface WebMark extends Deposit {
  /** Web length (m) that had passed the head when this left it. */
  readonly web_m: number;
  /** Index of the scheduled run, or -1 for none. */
  readonly run: number;
  /** Comma gap as it truly stood when this was laid down (µm), without the bar's zero error; no film: NaN. */
  readonly trueGap_um: number;
  /** The head had settled: no start, stop, gap or speed change within its lag. */
  readonly steady: boolean;
  /** Where the run is intermittent. */
  readonly patch?: Patch | undefined;
}

/**
 * The web between head and gauge. Marks go in by increasing web length as the head lays them down; a reader moves
 * along them from the start. The web carries length, not time: where it waits, so does the film.
 */
export interface Web {
  append(mark: WebMark): void;
  /** A reader of its own for each gauge; places may be asked for only in ascending order. */
  reader(): WebReader;
}

export interface WebReader {
  /** The film at web length `web_m`, between its two neighbouring marks; undefined before the first mark. */
  at(web_m: number): WebPlace | undefined;
}

export interface WebPlace {
  readonly level_mg_cm2: number;
  readonly tilt_mg_cm2: number;
  /** The mark behind it, i.e. the one laid down later. */
  readonly mark: WebMark;
}

/** Marks that are passed by every reader are cut off in blocks, so that a line can run for months. */
const BLOCK = 4096;

export function createWeb(): Web {
  let marks: WebMark[] = [];
  let cut = 0;
  const places: number[] = [];

  const forget = () => {
    const passed = Math.min(...places) - 1 - cut;
    if (passed < BLOCK) return;
    marks = marks.slice(passed);
    cut += passed;
  };

  return {
    append(mark) {
      marks.push(mark);
    },
    reader() {
      const me = places.push(cut) - 1;
      return {
        at(web_m) {
          let next = places[me] as number;
          while (next < cut + marks.length && (marks[next - cut] as WebMark).web_m < web_m) next++;
          if (next !== places[me]) {
            places[me] = next;
            forget();
          }
          const mark = marks[next - cut] ?? marks.at(-1);
          const before = marks[next - cut - 1];
          if (!mark || !before) return mark && mark.web_m === web_m ? { ...mark, mark } : undefined;
          const length = mark.web_m - before.web_m;
          const share = length > 0 ? Math.min(1, (web_m - before.web_m) / length) : 1;
          return {
            level_mg_cm2: before.level_mg_cm2 + share * (mark.level_mg_cm2 - before.level_mg_cm2),
            tilt_mg_cm2: before.tilt_mg_cm2 + share * (mark.tilt_mg_cm2 - before.tilt_mg_cm2),
            mark,
          };
        },
      };
    },
  };
}
