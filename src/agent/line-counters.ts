import type { Figure } from '../core/figure.ts';
import type { LineMessage } from '../core/messages.ts';
import type { Report } from '../core/report.ts';
import type { AdapterStatus } from '../core/source.ts';

/** Counts by one label. */
type Tally = Map<string, number>;

const add = (tally: Tally, label: string): void => {
  tally.set(label, (tally.get(label) ?? 0) + 1);
};

/** What a line took in and told since the process began, in the terms of Prometheus. */
export class LineCounters {
  readonly #line: string;
  readonly #messages: Tally = new Map();
  readonly #dropped: Tally = new Map();
  readonly #outages: Tally = new Map();
  readonly #adapters = new Map<string, AdapterStatus['state']>();
  #accepted = 0;
  #refused = 0;

  constructor(line: string) {
    this.#line = line;
  }

  get refused(): number {
    return this.#refused;
  }

  processed({ kind }: LineMessage): void {
    add(this.#messages, kind);
  }

  /** The journal could not take a message. */
  refuse(): void {
    this.#refused++;
  }

  told(report: Report): void {
    if (report.kind === 'observation') this.#accepted++;
    else if (report.kind === 'dropped') add(this.#dropped, report.reason);
    else if (report.kind === 'outage') add(this.#outages, report.reason);
    else if (report.kind === 'adapter') this.#adapters.set(report.adapter, report.state);
  }

  *figures(): Iterable<Figure> {
    const { all, one } = figuresOf(this.#line);
    yield* all('messages', 'Messages worked off, by kind.', 'kind', this.#messages);
    yield one('scans_accepted', 'Scans that were learnt from.', this.#accepted);
    yield* all('scans_dropped', 'Scans that were not used, by reason.', 'reason', this.#dropped);
    yield* all('outages', 'Holes in the data, by reason.', 'reason', this.#outages);
    yield one(
      'messages_refused',
      'Messages that the journal could not take; their source sends them again.',
      this.#refused,
    );
    for (const [adapter, state] of this.#adapters) {
      yield {
        name: 'gapwise_adapter_up',
        help: '1 while the source or sink is connected.',
        type: 'gauge',
        labels: { line: this.#line, adapter },
        value: state === 'connected' ? 1 : 0,
      };
    }
  }
}

function figuresOf(line: string) {
  const one = (what: string, help: string, value: number, labels: Record<string, string> = {}): Figure => ({
    name: `gapwise_${what}_total`,
    help,
    type: 'counter',
    labels: { line, ...labels },
    value,
  });
  const all = (what: string, help: string, label: string, tally: Tally): Figure[] =>
    [...tally].map(([name, value]) => one(what, help, value, { [label]: name }));
  return { one, all };
}
