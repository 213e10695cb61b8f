/**
 * Alarms after ANSI/ISA-18.2-2016 (IEC 62682): an alarm has a condition that comes and goes, and people who take note
 * of it. The states carry the standard's short names.
 */
export type AlarmState =
  /** Normal: the condition is absent and nobody need do anything. */
  | 'NORM'
  /** The condition is there, and nobody has acknowledged it. */
  | 'UNACK'
  /** The condition is there; somebody knows. */
  | 'ACKED'
  /** The condition went by itself before anybody acknowledged it. */
  | 'RTNUN'
  /** Shelved: hidden by somebody, until a time that they named. */
  | 'SHLVD';

export type AlarmPriority = 'low' | 'medium' | 'high';

/** An alarm as it now stands; told at each change. */
export interface AlarmReport {
  readonly kind: 'alarm';
  readonly line: string;
  /** Stable name, e.g. `prediction-drift`; with `subject` it names the alarm of a line. */
  readonly alarm: string;
  /** What it is about where there may be several: the adapter, the gap. Empty otherwise. */
  readonly subject: string;
  readonly time_ms: number;
  readonly priority: AlarmPriority;
  readonly state: AlarmState;
  /** Whether the condition is there, also while shelved. */
  readonly active: boolean;
  /** When the condition last came (ms). */
  readonly since_ms: number;
  /** What happened, with figures, in words for the operator. */
  readonly detail: string;
  /** Who acknowledged or shelved it last. */
  readonly by?: string;
  readonly comment?: string;
  /** Where it is shelved: until when (ms). */
  readonly until_ms?: number;
}

/** What somebody does about an alarm: a message of the line like any other, so it is journaled and survives a crash. */
export interface AlarmAction {
  readonly kind: 'action';
  readonly line: string;
  readonly time_ms: number;
  readonly action: 'acknowledge' | 'shelve' | 'unshelve';
  readonly alarm: string;
  readonly subject: string;
  readonly by: string;
  readonly comment?: string;
  /** For shelving: until when (ms). */
  readonly until_ms?: number;
}
