/** What came of looking at one thing before the agent runs. */
export interface Finding {
  /** The thing: `connection`, `tag web_speed_m_min`, `topic …`. */
  readonly subject: string;
  /** A warning does not keep the agent from working; a failure does. */
  readonly level: 'ok' | 'warning' | 'failed';
  /** What was found, in words and figures. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

export const ok = (subject: string, detail: string): Finding => ({ subject, level: 'ok', detail });

export const warning = (subject: string, detail: string, advice: string): Finding => ({
  subject,
  level: 'warning',
  detail,
  advice,
});

export const failed = (subject: string, detail: string, advice: string): Finding => ({
  subject,
  level: 'failed',
  detail,
  advice,
});
