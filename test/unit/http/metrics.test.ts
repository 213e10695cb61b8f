import { describe, expect, it } from 'vitest';
import type { Figure } from '../../../src/core/figure.ts';
import { createMetrics } from '../../../src/http/metrics.ts';

const figure = (name: string, value: number, changes: Partial<Figure> = {}): Figure => ({
  name,
  help: `of ${name}`,
  type: 'gauge',
  value,
  ...changes,
});
const scrape = (...figures: Figure[]) => createMetrics([{ figures: () => figures }])();

describe('metrics', () => {
  it('have one head for each name, and each value with its labels', async () => {
    const text = await scrape(
      figure('gapwise_spool_bytes', 17, { labels: { sink: 'influx' } }),
      figure('gapwise_scans_total', 663, { type: 'counter', labels: { line: 'coater-1' } }),
      figure('gapwise_spool_bytes', 0, { labels: { sink: 'mqtt "a"' } }),
    );
    expect(text.match(/# TYPE gapwise_spool_bytes gauge/g)).toHaveLength(1);
    expect(text).toContain('gapwise_spool_bytes{sink="influx"} 17\n');
    expect(text).toContain('gapwise_spool_bytes{sink="mqtt \\"a\\""} 0\n');
    expect(text).toContain('# HELP gapwise_scans_total of gapwise_scans_total\n');
    expect(text).toContain('gapwise_scans_total{line="coater-1"} 663\n');
    expect(text).toContain('process_resident_memory_bytes ');
  });

  it('are asked for at each scrape and never added up', async () => {
    let value = 5;
    const metrics = createMetrics([
      { figures: () => [figure('gapwise_scans_total', value, { type: 'counter' })] },
    ]);
    expect(await metrics()).toContain('\ngapwise_scans_total 5\n');
    value = 6;
    expect(await metrics()).toContain('\ngapwise_scans_total 6\n');
  });

  it('go on where a part fails or tells what Prometheus would not take', async () => {
    const broken = {
      figures: () => {
        throw new Error('gone');
      },
    };
    const odd = [
      figure('not a name', 1),
      figure('gapwise_twice', 1, { labels: { a: 'x' } }),
      figure('gapwise_twice', 2, { labels: { b: 'x' } }),
      figure('gapwise_back_total', -1, { type: 'counter' }),
    ];
    const text = await createMetrics([broken, { figures: () => odd }])();
    expect(text).toContain('gapwise_metrics_failures_total 1\n');
    expect(text).toContain('gapwise_twice{a="x"} 1\n');
    expect(text).not.toMatch(/not a name|gapwise_twice\{b|gapwise_back/);
  });
});
