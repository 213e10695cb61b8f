/**
 * Names a report for good: the message of the line's journal that led to it, and its place among the reports of that
 * message. The same messages give the same reports, so a report that is told again after a restart has the name it had
 * before: a sink that remembers the last name it kept knows what is new to it.
 */
export interface ReportId {
  readonly position: number;
  /** From 0. */
  readonly index: number;
}

/** Negative where `a` was told before `b`; both of one line. */
export const compareIds = (a: ReportId, b: ReportId): number => a.position - b.position || a.index - b.index;

/** `position.index`, as outputs carry it. */
export const idText = ({ position, index }: ReportId): string => `${position}.${index}`;

/** A report on its way to the sinks; without an id where it follows from no message (the state of an adapter). */
export interface Dispatch<Told> {
  readonly id?: ReportId;
  readonly report: Told;
}
