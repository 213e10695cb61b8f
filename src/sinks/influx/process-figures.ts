import type { Figure } from '../../core/figure.ts';

/** What the process as a whole takes, under the names that Prometheus clients agree on. */
export function* processFigures(): Iterable<Figure> {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, help: string, value: number): Figure => ({ name, help, type: 'gauge', value });
  yield gauge('process_resident_memory_bytes', 'Resident memory.', rss);
  yield gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed);
  yield gauge('nodejs_external_memory_bytes', 'Memory outside the heap.', external);
  yield gauge('process_uptime_seconds', 'Time since the process began.', process.uptime());
  yield {
    name: 'process_cpu_seconds_total',
    help: 'Processor time of all threads.',
    type: 'counter',
    value: (user + system) / 1e6,
  };
}
