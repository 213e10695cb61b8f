import type { AlarmReport } from '../core/alarm.ts';
import type { GapNow, LineBatch, RunRow, ScanPoint, Tally } from '../core/api.ts';
import type { Outage } from '../core/messages.ts';
import type { AbstractionReport, AdapterReport, PredictionReport } from '../core/report.ts';
import { curveDocument, gapPoints } from './documents.ts';
import type { GapPoint } from './gap-thinning.ts';
import { encode, type PackedProfile } from './profile-codec.ts';
import { RecentMap, Ring } from './ring.ts';

/** How much is kept for one line. */
export interface MemoryLimits {
  readonly scans: number;
  readonly gapPoints: number;
  readonly runs: number;
}

export const keptVersions = 200;
export const keptOutages = 200;
export const keptNames = 64;

/** What waits for the next batch; bounded like the memory itself, for a batch that is late. */
export class News {
  any = false;
  readonly limits: MemoryLimits;
  gapNow: GapNow | undefined;
  prediction: PredictionReport | undefined;
  readonly gaps: Ring<GapPoint>;
  readonly profiles: Ring<PackedProfile>;
  readonly scans: Ring<ScanPoint>;
  readonly versions = new Ring<AbstractionReport>(keptVersions);
  readonly outages = new Ring<Outage>(keptOutages);
  readonly adapters = new RecentMap<string, AdapterReport>(keptNames);
  readonly dropped = new RecentMap<string, Tally>(keptNames);
  readonly deadLetters = new RecentMap<string, Tally>(keptNames);
  readonly alarms = new RecentMap<string, AlarmReport>(keptNames);

  constructor(limits: MemoryLimits) {
    this.limits = limits;
    this.gaps = new Ring(limits.gapPoints);
    this.profiles = new Ring(limits.scans);
    this.scans = new Ring(limits.scans);
  }

  batch(sequence: number, time_ms: number, runs: RunRow[]): LineBatch {
    return {
      sequence,
      time_ms,
      ...(this.gapNow && { gap_now: this.gapNow }),
      ...(this.gaps.length > 0 && { gaps: gapPoints(this.gaps.toArray()) }),
      ...(this.profiles.length > 0 && { profiles: encode(this.profiles.toArray()) }),
      ...(this.prediction && { curve: curveDocument(this.prediction) }),
      ...filled('scans', this.scans.toArray()),
      ...filled('runs', runs),
      ...filled('abstractions', this.versions.toArray()),
      ...filled('adapters', this.adapters.values()),
      ...filled('outages', this.outages.toArray()),
      ...filled('dropped', this.dropped.values()),
      ...filled('dead_letters', this.deadLetters.values()),
      ...filled('alarms', this.alarms.values()),
    };
  }
}

const filled = <K extends keyof LineBatch, T>(key: K, items: readonly T[]): { [P in K]?: readonly T[] } =>
  items.length > 0 ? ({ [key]: items } as { [P in K]?: readonly T[] }) : {};
