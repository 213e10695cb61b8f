import type { MessageKey } from '../messages/en.ts';
import { alarmName, unacknowledged } from './alarms.ts';
import { formatTime } from './format.ts';
import { currentRun, type LineModel, measuredRun } from './line-model.ts';

/** How the page as a whole feels: colour is kept for what needs somebody. */
export type Mood = 'fine' | 'idle' | 'attention' | 'trouble';

export interface Verdict {
  readonly mood: Mood;
  readonly message: MessageKey;
  readonly values: Readonly<Record<string, string | number>>;
}

export type Connection = 'connecting' | 'live' | 'lost';

/**
 * "Is it fine?", answered in one sentence; the gravest reason wins. `silent` says that nothing has come from the
 * line for a while though the agent is there.
 */
export function verdict(model: LineModel | undefined, connection: Connection, silent = false): Verdict {
  if (connection === 'lost') return say('trouble', 'verdict.lost');
  if (!model) return say('idle', 'verdict.connecting');
  const away = model.adapters.find(({ state }) => state === 'disconnected');
  if (away) return say('attention', 'verdict.adapter-away', { adapter: away.adapter });
  if (silent) return say('attention', 'verdict.silent', { time: formatTime(model.time_ms) });

  const alarm = unacknowledged(model.alarms).find(({ active }) => active);
  if (alarm && alarm.priority !== 'low') return say('attention', 'verdict.alarm', { name: alarmName(alarm) });

  const run = currentRun(model);
  const seen = measuredRun(model);
  const last = model.scans.at(-1);
  if (!run) return say('idle', model.runs.length === 0 ? 'verdict.no-run-yet' : 'verdict.standing');
  if (!last || seen?.run !== run.run) return say('fine', 'verdict.waiting', { run: run.run });

  const { tolerance } = model;
  const level = seen.measured?.level_mg_cm2 ?? last.mean_mg_cm2;
  const interval = seen.predicted?.interval90_mg_cm2;
  if (tolerance && (level < tolerance.low_mg_cm2 || level > tolerance.high_mg_cm2))
    return say('attention', 'verdict.out-of-tolerance', { run: run.run });
  if (interval && (level < interval[0] || level > interval[1]))
    return say('attention', 'verdict.unexpected', { run: run.run });
  const worn = model.adapters.find(({ state }) => state === 'degraded');
  // Seen, but nobody at the coater needs to act: what is behind catches up by itself.
  if (worn) return say('fine', 'verdict.adapter-degraded', { adapter: worn.adapter });
  return say('fine', interval ? 'verdict.as-predicted' : 'verdict.coating', { run: run.run });
}

const say = (mood: Mood, message: MessageKey, values: Verdict['values'] = {}): Verdict => ({
  mood,
  message,
  values,
});
