/** Where a line's messages go in the cluster. */
export interface Place {
  readonly site: string;
  readonly area: string;
  readonly partitions: number;
}

const PREFIX = 'gapwise.line';

/**
 * The partition of a line, from 0: FNV-1a (Fowler, Noll, Vo) over the name. It depends on nothing else, so that every
 * edge and every worker agrees without asking.
 */
export function partitionOf(line: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partitions;
}

/** Subject of a line's messages: the partition first, so that one filter gives it whole; then names after ISA-95. */
export const subjectOf = (line: string, { site, area, partitions }: Place): string =>
  `${PREFIX}.${partitionOf(line, partitions)}.${site}.${area}.${line}`;

export const partitionFilter = (partition: number): string => `${PREFIX}.${partition}.>`;

export const everySubject = `${PREFIX}.>`;
