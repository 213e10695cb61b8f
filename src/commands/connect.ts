import type { Observable, Subscription } from 'rxjs';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Report } from '../core/report.ts';
import type { Dispatch } from '../core/report-id.ts';
import type { Sink } from '../core/sink.ts';

/** Reports to every sink; one that throws loses that report, is named in the log, and hurts nobody else. */
export function connect(
  dispatches: Observable<Dispatch<Report>>,
  sinks: () => Iterable<Sink>,
  log: Logger,
): Subscription {
  return dispatches.subscribe(({ id, report }) => {
    for (const sink of sinks()) {
      try {
        sink.accept(report, id);
      } catch (error) {
        log.error({ event: 'sink-failed', sink: sink.name, kind: report.kind }, messageOf(error));
      }
    }
  });
}
