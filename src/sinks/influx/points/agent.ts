import type { Figure } from '../../../core/figure.ts';
import type { Instant } from '../instant.ts';
import type { PointParts } from '../point.ts';

/**
 * The agent's own figures under the names that its metrics have: one point for all figures of the same labels, which
 * stand in one tag (`spool=influx`), so that every point of the measurement has the same tags.
 */
export function agentPoints(host: string, figures: Iterable<Figure>, at: Instant): PointParts[] {
  const fieldsOf = new Map<string, Record<string, number>>();
  for (const { name, labels = {}, value } of figures) {
    const of = Object.entries(labels)
      .map(([label, text]) => `${label}=${text}`)
      .sort()
      .join(' ');
    const fields = fieldsOf.get(of) ?? {};
    fields[name] = value;
    fieldsOf.set(of, fields);
  }
  return [...fieldsOf].map(([of, fields]) => ({ measurement: 'agent', tags: { host, of }, fields, at }));
}
