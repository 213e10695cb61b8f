import type { AlarmReport } from '../core/alarm.ts';
import type { GapNow, Limits, LineBatch, LineState, ScanPoint, Tally } from '../core/api.ts';
import { historyKinds } from '../core/api-history.ts';
import type { HistoryEntry } from '../core/history.ts';
import type { Outage } from '../core/messages.ts';
import type {
  AbstractionReport,
  AdapterReport,
  PredictionReport,
  Report,
  ReportKind,
} from '../core/report.ts';
import { compareIds, type ReportId } from '../core/report-id.ts';
import { curveDocument, gapPoints, goalOf, labPoint, scanPoint } from './documents.ts';
import { type GapPoint, GapThinning } from './gap-thinning.ts';
import { keptNames, keptOutages, keptVersions, type MemoryLimits, News } from './news.ts';
import type { LineDescription } from './ports.ts';
import { encode, type PackedProfile, pack } from './profile-codec.ts';
import { limitsOf } from './query.ts';
import { RecentMap, Ring } from './ring.ts';
import { RunBook } from './run-book.ts';

/** Scans that a page loads at once: two hours at one scan in 8 s, the longest stretch that its first view shows. */
const pageScans = 900;

/** Reports with the time of a device. A recording's lies years before the clock of the agent that plays it. */
const byDevice: ReadonlySet<ReportKind> = new Set(['profile', 'gap', 'run', 'observation', 'dropped']);

/** What the store remembers as well, so that it may be told twice: restored from there, and by the agent once more. */
const stored: ReadonlySet<ReportKind> = new Set(historyKinds);

/**
 * What the server remembers of one line: enough for a page that has just loaded (`state`), and what has come since
 * the last batch (`takeBatch`). Everything in it is bounded.
 */
export class LineMemory {
  readonly line: string;
  readonly #describe: () => LineDescription;
  readonly #thinning = new GapThinning();
  readonly #gaps: Ring<GapPoint>;
  readonly #profiles: Ring<PackedProfile>;
  readonly #scans: Ring<ScanPoint>;
  readonly #runs: RunBook;
  readonly #versions = new Ring<AbstractionReport>(keptVersions);
  readonly #outages = new Ring<Outage>(keptOutages);
  readonly #adapters = new RecentMap<string, AdapterReport>(keptNames);
  readonly #dropped = new RecentMap<string, Tally>(keptNames);
  readonly #deadLetters = new RecentMap<string, Tally>(keptNames);
  readonly #alarms = new RecentMap<string, AlarmReport>(keptNames);
  #gapNow: GapNow | undefined;
  #prediction: PredictionReport | undefined;
  #time_ms: number | null = null;
  /** Whether `#time_ms` comes from a device. */
  #byDevice = false;
  #sequence = 0;
  /** The last report that came from the store instead of the agent. */
  #restored: ReportId | undefined;
  #news: News;

  constructor(line: string, limits: MemoryLimits, describe: () => LineDescription) {
    this.line = line;
    this.#describe = describe;
    this.#gaps = new Ring(limits.gapPoints);
    this.#profiles = new Ring(limits.scans);
    this.#scans = new Ring(limits.scans);
    this.#runs = new RunBook(limits.runs);
    this.#news = new News(limits);
  }

  get time_ms(): number | null {
    return this.#time_ms;
  }

  get title(): string {
    return this.#describe().title ?? this.line;
  }

  /** What may be asked about this line. */
  get limits(): Limits {
    return limitsOf(this.#describe().gapRange_um);
  }

  get adapters(): AdapterReport[] {
    return this.#adapters.values();
  }

  /** Every profile that is kept, oldest first. */
  get profiles(): PackedProfile[] {
    return this.#profiles.toArray();
  }

  /** Takes in what the store remembers, in its order, before the agent tells anything. */
  restore(entries: Iterable<HistoryEntry>): void {
    for (const { id, record } of entries) {
      this.accept(record);
      if (id && (!this.#restored || compareIds(id, this.#restored) > 0)) this.#restored = id;
    }
    this.#runs.changes();
    this.#news = new News(this.#news.limits);
  }

  accept(report: Report, id?: ReportId): void {
    if (id && this.#restored && stored.has(report.kind) && compareIds(id, this.#restored) <= 0) return;
    this.#news.any = true;
    this.#advance(report);
    switch (report.kind) {
      case 'profile': {
        const packed = pack(report);
        this.#profiles.push(packed);
        this.#news.profiles.push(packed);
        return;
      }
      case 'gap': {
        const { time_ms, gap_um, operator_um, gear_um } = report;
        this.#gapNow = { time_ms, gap_um, operator_um, gear_um };
        this.#news.gapNow = this.#gapNow;
        for (const point of this.#thinning.take({ time_ms, gap_um })) {
          this.#gaps.push(point);
          this.#news.gaps.push(point);
        }
        return;
      }
      case 'observation': {
        const point = scanPoint(report);
        this.#scans.push(point);
        this.#news.scans.push(point);
        return;
      }
      case 'run':
        this.#runs.coated(report.run);
        return;
      case 'forecast':
        this.#runs.forecast(report);
        return;
      case 'alarm': {
        const key = `${report.alarm} ${report.subject}`;
        this.#alarms.set(key, report);
        this.#news.alarms.set(key, report);
        return;
      }
      case 'prediction':
        this.#prediction = report;
        this.#news.prediction = report;
        this.#runs.predicted(report);
        return;
      case 'abstraction':
        this.#versions.push(report);
        this.#news.versions.push(report);
        return;
      case 'outage':
        this.#outages.push(report);
        this.#news.outages.push(report);
        return;
      case 'adapter':
        this.#adapters.set(report.adapter, report);
        this.#news.adapters.set(report.adapter, report);
        return;
      case 'dropped': {
        const count = (this.#dropped.get(report.reason)?.count ?? 0) + 1;
        const last = `scan ${report.scan}: ${report.detail}`;
        const tally = { reason: report.reason, count, last_ms: report.time_ms, last };
        this.#dropped.set(report.reason, tally);
        this.#news.dropped.set(report.reason, tally);
        return;
      }
      case 'dead-letter': {
        const last = `${report.where}: ${report.detail}`;
        // A letter that names no line is shown with every line: nobody would look for it elsewhere.
        const reason = report.line === undefined ? `${report.reason} (no line named)` : report.reason;
        const tally = { reason, count: report.count, last_ms: report.time_ms, last };
        this.#deadLetters.set(reason, tally);
        this.#news.deadLetters.set(reason, tally);
        return;
      }
    }
  }

  /** Devices tell the line's time. What the agent stamps by its own clock counts only until the first of them does. */
  #advance(report: Report): void {
    const time_ms = report.kind === 'run' ? report.run.start_ms : report.time_ms;
    const device = byDevice.has(report.kind);
    if (this.#byDevice && !device) return;
    const before = device === this.#byDevice ? this.#time_ms : null;
    this.#byDevice = device;
    this.#time_ms = Math.max(before ?? time_ms, time_ms);
  }

  /** Everything, up to and including the last batch taken: take one first, so that nothing comes twice. */
  state(): LineState {
    const description = this.#describe();
    const { lab, title = this.line, runs } = description;
    this.#runs.measured(runs);
    return {
      line: this.line,
      title,
      sequence: this.#sequence,
      time_ms: this.#time_ms,
      ...goalOf(description),
      limits: limitsOf(description.gapRange_um),
      lab: lab.map(labPoint),
      gap_now: this.#gapNow ?? null,
      gaps: gapPoints(this.#gaps.toArray()),
      profiles: encode(this.#profiles.newest(pageScans)),
      scans: this.#scans.newest(pageScans),
      runs: this.#runs.rows(),
      curve: this.#prediction ? curveDocument(this.#prediction) : null,
      abstractions: this.#versions.toArray(),
      adapters: this.#adapters.values(),
      outages: this.#outages.toArray(),
      dropped: this.#dropped.values(),
      dead_letters: this.#deadLetters.values(),
      alarms: this.#alarms.values(),
    };
  }

  /** What has come since the last call, as one event; `undefined` where nothing has. */
  takeBatch(): LineBatch | undefined {
    const news = this.#news;
    if (!news.any || this.#time_ms === null) return undefined;
    this.#news = new News(news.limits);
    // The measured figures of a run change with what the model has seen, which a prediction report announces.
    if (news.prediction) this.#runs.measured(this.#describe().runs);
    return news.batch(++this.#sequence, this.#time_ms, this.#runs.changes());
  }
}
