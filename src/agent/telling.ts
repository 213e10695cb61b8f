import { map, type Observable, Subject } from 'rxjs';
import type { Report } from '../core/report.ts';
import type { Dispatch, ReportId } from '../core/report-id.ts';

/**
 * Where all reports of a line come together. One that follows from a message gets the message's position in the
 * journal and its own place behind it as id: the same messages give the same reports with the same ids. One that
 * follows from none (an adapter's state, how things stood at the start) has no id.
 */
export class Telling {
  readonly #told = new Subject<Dispatch<Report>>();
  #next: ReportId | undefined;

  readonly dispatches: Observable<Dispatch<Report>> = this.#told.asObservable();
  readonly reports: Observable<Report> = this.#told.pipe(map(({ report }) => report));

  /** Whatever `work` tells, before it returns, follows from the message at `position`. */
  following(position: number, work: () => void): void {
    this.#next = { position, index: 0 };
    try {
      work();
    } finally {
      this.#next = undefined;
    }
  }

  /** What follows from no message, even where it comes up while one is worked off. */
  aside(report: Report): void {
    this.#told.next({ report });
  }

  tell(report: Report): void {
    const id = this.#next;
    if (id) this.#next = { position: id.position, index: id.index + 1 };
    this.#told.next({ ...(id && { id }), report });
  }
}
