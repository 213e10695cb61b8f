import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Figure, Metered } from '../core/figure.ts';

export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE;

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelForm = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The figures of all parts, and of this process, as Prometheus reads them (its text format). Figures are asked for at
 * each scrape, so that nobody has to keep them twice; a part that fails to answer is left out and counted, and costs
 * the others nothing.
 */
export function createMetrics(parts: readonly Metered[]): () => Promise<string> {
  const process = new Registry();
  collectDefaultMetrics({ register: process });
  let failures = 0;
  return async () => {
    const figures: Figure[] = [];
    for (const part of parts) {
      try {
        figures.push(...part.figures());
      } catch {
        failures++;
      }
    }
    figures.push({
      name: 'gapwise_metrics_failures_total',
      help: 'Parts that could not tell their figures at a scrape.',
      type: 'counter',
      value: failures,
    });
    return `${await registryOf(figures).metrics()}\n${await process.metrics()}`;
  };
}

/** All values of one name stand together under one head: the format asks for it. */
function registryOf(figures: readonly Figure[]): Registry {
  const registry = new Registry();
  const names = new Map<string, Figure[]>();
  for (const figure of figures) {
    const same = names.get(figure.name) ?? [];
    if (fits(figure, same[0])) names.set(figure.name, [...same, figure]);
  }
  for (const [name, same] of names) {
    const { help, type, labels = {} } = same[0]!;
    const settings = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    const counter = type === 'counter' ? new Counter(settings) : undefined;
    const gauge = counter ? undefined : new Gauge(settings);
    for (const { labels: of = {}, value } of same) {
      counter?.inc(of, value);
      gauge?.set(of, value);
    }
  }
  return registry;
}

/** Whether Prometheus would take it: a name and labels of its form, the same for all of a name, counters from 0 up. */
function fits({ name, type, labels = {}, value }: Figure, first: Figure | undefined): boolean {
  const keys = Object.keys(labels).sort().join();
  return (
    nameForm.test(name) &&
    Object.keys(labels).every((label) => labelForm.test(label)) &&
    (type === 'gauge' || value >= 0) &&
    (!first ||
      (first.type === type &&
        Object.keys(first.labels ?? {})
          .sort()
          .join() === keys))
  );
}
