import type { AlarmAction, AlarmReport } from '../../src/core/alarm.ts';
import { historyKinds } from '../../src/core/api-history.ts';
import { BadInputError } from '../../src/core/errors.ts';
import type { HistoryEntry, HistoryQuery, HistoryReader } from '../../src/core/history.ts';
import type { Report } from '../../src/core/report.ts';
import type { ReportId } from '../../src/core/report-id.ts';
import type { AlarmDesk } from '../../src/http/ports.ts';

const kinds: ReadonlySet<string> = new Set(historyKinds);

/** A history that forgets with its process: stands in for the store where the page and the server are tested. */
export class MemoryHistory implements HistoryReader {
  readonly #entries: { line: string; entry: HistoryEntry }[] = [];

  keep(report: Report, id?: ReportId): void {
    if (!kinds.has(report.kind)) return;
    const record = report as HistoryEntry['record'];
    const { line, time_ms } =
      record.kind === 'run'
        ? { line: record.run.line, time_ms: record.run.end_ms ?? record.run.start_ms }
        : { line: record.line ?? '', time_ms: record.time_ms };
    this.#entries.push({ line, entry: { ...(id && { id }), time_ms, record } });
  }

  read({ line, kinds: wanted, from_ms, to_ms, reverse, limit }: HistoryQuery): HistoryEntry[] {
    const found = this.#entries
      .filter((kept) => kept.line === line)
      .map(({ entry }) => entry)
      .filter(({ record }) => !wanted || wanted.includes(record.kind))
      .filter(({ time_ms }) => time_ms >= (from_ms ?? -Infinity) && time_ms <= (to_ms ?? Infinity))
      .sort((a, b) => a.time_ms - b.time_ms);
    if (reverse) found.reverse();
    return found.slice(0, limit);
  }
}

/** Alarms that come when a test says so, and obey the people who acknowledge and shelve them. */
export class MemoryDesk implements AlarmDesk {
  readonly #alarms = new Map<string, AlarmReport>();
  readonly #tell: (report: AlarmReport) => void;
  readonly actions: AlarmAction[] = [];

  constructor(tell: (report: AlarmReport) => void) {
    this.#tell = tell;
  }

  raise(alarm: Omit<AlarmReport, 'kind' | 'state' | 'active' | 'since_ms'>): void {
    this.#set({ ...alarm, kind: 'alarm', state: 'UNACK', active: true, since_ms: alarm.time_ms });
  }

  alarms(line: string): AlarmReport[] {
    return [...this.#alarms.values()].filter((alarm) => alarm.line === line && alarm.state !== 'NORM');
  }

  act(action: AlarmAction): void {
    const alarm = this.#alarms.get(`${action.line} ${action.alarm} ${action.subject}`);
    if (!alarm) throw new BadInputError(`there is no alarm "${action.alarm}"`, { where: 'body.alarm' });
    this.actions.push(action);
    const { until_ms: _, ...rest } = alarm;
    const state = { acknowledge: 'ACKED', shelve: 'SHLVD', unshelve: 'UNACK' } as const;
    this.#set({
      ...rest,
      time_ms: action.time_ms,
      state: state[action.action],
      by: action.by,
      ...(action.comment !== undefined && { comment: action.comment }),
      ...(action.until_ms !== undefined && { until_ms: action.until_ms }),
    });
  }

  #set(alarm: AlarmReport): void {
    this.#alarms.set(`${alarm.line} ${alarm.alarm} ${alarm.subject}`, alarm);
    this.#tell(alarm);
  }
}
