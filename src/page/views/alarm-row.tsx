import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { AlarmAction, AlarmReport } from '../../core/alarm.ts';
import { messageOf } from '../../core/errors.ts';
import { t } from '../messages/text.ts';
import { alarmName } from '../model/alarms.ts';
import { formatDay, withLocalTimes } from '../model/format.ts';
import { useStore } from './context.ts';

/** A shape for each priority, so that nobody has to tell them by colour. */
const shapes: Record<AlarmReport['priority'], string> = {
  high: 'M8 1L15.5 14.5H.5z',
  medium: 'M8 1L15 8L8 15L1 8z',
  low: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12',
};

export function PriorityIcon({ priority }: { priority: AlarmReport['priority'] }) {
  return (
    <svg
      class={`priority is-${priority}`}
      viewBox="0 0 16 16"
      role="img"
      aria-label={t(`alarms.priority.${priority}`)}
    >
      <path d={shapes[priority]} />
    </svg>
  );
}

const shelvings_min = [15, 60, 480] as const;

/** One alarm: what it is, since when, who knows of it, and what can be done about it. */
export function AlarmRow({ alarm }: { alarm: AlarmReport }) {
  const { api, line, me, signingIn } = useStore();
  const id = useId();
  const comment = useSignal('');
  const minutes = useSignal<number>(60);
  const failure = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const name = alarmName(alarm);

  const act = async (action: AlarmAction['action'], further: { minutes?: number } = {}) => {
    if (me.value?.role !== 'operator') {
      signingIn.value = true;
      return;
    }
    busy.value = true;
    failure.value = undefined;
    const words = comment.value.trim();
    try {
      const { alarm: which, subject } = alarm;
      // What it then is comes with the line's news, as for everybody.
      await api.act(line.value, action, {
        alarm: which,
        subject,
        ...(words !== '' && { comment: words }),
        ...further,
      });
      comment.value = '';
    } catch (thrown) {
      failure.value = t('alarms.failed', { what: messageOf(thrown) });
    }
    busy.value = false;
  };
  const button = (action: AlarmAction['action'], main: boolean, further?: { minutes: number }) => (
    <button
      type="button"
      class={main ? 'button is-main' : 'button'}
      disabled={busy.value}
      aria-label={t(`alarms.${action}.label`, { name })}
      onClick={() => void act(action, further)}
    >
      {t(`alarms.${action}`)}
    </button>
  );

  return (
    <li class="alarm" data-test={`alarm-${alarm.alarm}`} data-state={alarm.state}>
      <PriorityIcon priority={alarm.priority} />
      <div class="alarm-words">
        <h3>{name}</h3>
        <p>{withLocalTimes(alarm.detail)}</p>
        <p class="note">{standing(alarm).join(' · ')}</p>
      </div>
      <div class="alarm-actions">
        <label class="alarm-comment" for={id}>
          <span class="visually-hidden">{t('alarms.comment')}</span>
          <input
            id={id}
            type="text"
            maxLength={500}
            placeholder={t('alarms.comment')}
            value={comment.value}
            onInput={(event) => {
              comment.value = event.currentTarget.value;
            }}
          />
        </label>
        {(alarm.state === 'UNACK' || alarm.state === 'RTNUN') && button('acknowledge', true)}
        {alarm.state === 'SHLVD' ? (
          button('unshelve', false)
        ) : (
          <span class="alarm-shelve">
            <select
              aria-label={t('alarms.shelve.for')}
              value={minutes.value}
              onChange={(event) => {
                minutes.value = Number(event.currentTarget.value);
              }}
            >
              {shelvings_min.map((choice) => (
                <option key={choice} value={choice}>
                  {t(`alarms.shelve.${choice}`)}
                </option>
              ))}
            </select>
            {button('shelve', false, { minutes: minutes.value })}
          </span>
        )}
      </div>
      {failure.value && (
        <p class="answer-error" role="alert">
          {failure.value}
        </p>
      )}
    </li>
  );
}

function standing({ since_ms, state, active, by, time_ms, comment, until_ms }: AlarmReport): string[] {
  return [
    t('alarms.since', { time: formatDay(since_ms) }),
    ...(state === 'RTNUN' ? [t('alarms.gone')] : []),
    ...(state === 'SHLVD' && until_ms !== undefined
      ? [t('alarms.until', { time: formatDay(until_ms) })]
      : []),
    ...(state === 'SHLVD' && active ? [t('alarms.still-there')] : []),
    ...(by !== undefined && (state === 'ACKED' || state === 'SHLVD')
      ? [t('alarms.by', { name: by, time: formatDay(time_ms) })]
      : []),
    ...(comment !== undefined && (state === 'ACKED' || state === 'SHLVD') ? [comment] : []),
  ];
}
