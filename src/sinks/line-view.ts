import type { Logger } from '../core/logger.ts';
import type { Report } from '../core/report.ts';
import { LineImage, type VariableState } from './line-image.ts';
import { type GroupModel, groups, processValues } from './line-model.ts';
import type { LineKnowledge, OutputLine } from './line-ports.ts';
import { LineUpdates } from './line-updates.ts';

/** A variable that changed, and the group that it belongs to; process values have none. */
export interface Change extends VariableState {
  readonly group: GroupModel | undefined;
}

export interface LineViewSettings {
  /** Alarms that are shown; further ones are named in the log. */
  readonly max_alarms: number;
  /** Without anything new for this long a value is marked as the last usable one (s). */
  readonly stale_after_s: number;
}

/** A line as plant systems see it: kept up to date by its reports, and by the time that passes without any. */
export class LineView {
  readonly #updates: LineUpdates;
  readonly #image = new LineImage(freshBy);
  readonly #models = new Map<string, GroupModel | undefined>();
  readonly #heard: Record<'gap' | 'profile' | 'observation', Heard | undefined> = {
    gap: undefined,
    profile: undefined,
    observation: undefined,
  };
  readonly #staleAfter_ms: number;

  constructor(line: OutputLine, knowledge: LineKnowledge, settings: LineViewSettings, log: Logger) {
    this.#updates = new LineUpdates(line, knowledge, settings.max_alarms, log);
    this.#staleAfter_ms = 1_000 * settings.stale_after_s;
  }

  /** What the report changes. @param now_ms by our own clock, for telling when news fails to come. */
  take(report: Report, now_ms: number): Change[] {
    const changes: VariableState[] = [];
    const { kind } = report;
    if (kind === 'gap' || kind === 'profile' || kind === 'observation') {
      this.#heard[kind] = { event_ms: report.time_ms, at_ms: now_ms };
      if (kind !== 'profile') changes.push(...this.#image.mark(kind, false));
    }
    for (const update of this.#updates.of(report)) {
      this.#models.set(update.path, update.model);
      changes.push(...this.#image.take(update));
    }
    return this.#withGroups(changes);
  }

  /** To be called now and then: how old everything is, and what has grown too old. */
  tick(now_ms: number): Change[] {
    const { gap, profile, observation } = this.#heard;
    // A clock of a device that is ahead of ours makes no negative age.
    const age_s = (of: Heard | undefined) => of && Math.max(0, (now_ms - of.event_ms) / 1_000);
    const values = {
      ...this.#updates.counts,
      MachineDataAge: age_s(gap),
      ScanAge: age_s(profile),
      ObservationAge: age_s(observation),
    };
    const model = groups.Health;
    this.#models.set('Health', model);
    const changes = [
      ...this.#image.take({ path: 'Health', model, values, quality: 'good', time_ms: now_ms }),
    ];
    for (const news of ['gap', 'observation'] as const) {
      const last = this.#heard[news];
      if (last && now_ms - last.at_ms > this.#staleAfter_ms) changes.push(...this.#image.mark(news, true));
    }
    return this.#withGroups(changes);
  }

  /** Everything, for whoever begins anew. */
  all(): Change[] {
    return this.#withGroups([...this.#image.states]);
  }

  #withGroups(states: readonly VariableState[]): Change[] {
    return states.map((state) => ({
      ...state,
      group: this.#models.get(state.path.slice(0, state.path.lastIndexOf('/'))),
    }));
  }
}

/** When something last came: its own time, and ours. */
interface Heard {
  readonly event_ms: number;
  readonly at_ms: number;
}

type FreshBy = 'gap' | 'observation';

/** The news that keeps a group up to date, by its path. */
const freshness = new Map<string, FreshBy | undefined>([
  ...Object.entries<GroupModel>(groups).map(([path, { freshBy }]) => [path, freshBy] as const),
  ...Object.entries(processValues).map(([name, { freshBy }]) => [`ProcessValues/${name}`, freshBy] as const),
]);

const freshBy = (groupPath: string): FreshBy | undefined => freshness.get(groupPath);
