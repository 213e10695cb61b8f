import type { GroupUpdate, NodeValue, Quality } from './line-updates.ts';

/** What one variable says. */
export interface VariableState {
  /** `GROUP/VARIABLE` below the line. */
  readonly path: string;
  readonly value: NodeValue;
  readonly quality: Quality | 'stale';
  readonly time_ms: number;
}

/** Which news keeps a group fresh; groups that are not named never grow stale. */
type FreshBy = (groupPath: string) => 'gap' | 'observation' | undefined;

/**
 * The values of a line as a plant should see them, apart from any connection: a server that opens late, or a session
 * that begins again, is filled from here. What is no longer kept up to date is marked, with the value and the time that it had.
 */
export class LineImage {
  readonly #freshBy: FreshBy;
  readonly #groups = new Map<string, GroupUpdate>();
  readonly #states = new Map<string, VariableState>();
  readonly #stale = new Set<'gap' | 'observation'>();

  constructor(freshBy: FreshBy) {
    this.#freshBy = freshBy;
  }

  /** The variables that changed. */
  take(update: GroupUpdate): readonly VariableState[] {
    const { path, values, quality, time_ms } = update;
    this.#groups.set(path, update);
    const fresh = this.#freshBy(path);
    const stale = fresh !== undefined && this.#stale.has(fresh);
    return Object.entries(values).map(([name, value]) =>
      this.#keep({ path: `${path}/${name}`, value, quality: stale ? 'stale' : quality, time_ms }),
    );
  }

  /** Marks what `news` used to keep fresh, or takes the mark away; the variables that changed. */
  mark(news: 'gap' | 'observation', stale: boolean): readonly VariableState[] {
    if (this.#stale.has(news) === stale) return [];
    if (stale) this.#stale.add(news);
    else this.#stale.delete(news);
    const changed = [...this.#states.values()].filter(({ path }) => this.#freshBy(groupOf(path)) === news);
    return changed.map((state) => {
      const quality = stale ? 'stale' : (this.#groups.get(groupOf(state.path))?.quality ?? 'good');
      return this.#keep({ ...state, quality });
    });
  }

  /** Every group with its model, and every variable. */
  get groups(): Iterable<GroupUpdate> {
    return this.#groups.values();
  }

  get states(): Iterable<VariableState> {
    return this.#states.values();
  }

  #keep(state: VariableState): VariableState {
    this.#states.set(state.path, state);
    return state;
  }
}

const groupOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
