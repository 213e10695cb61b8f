import type { AlarmReport } from '../../core/alarm.ts';
import { t } from '../messages/text.ts';
import { acknowledged, shelved, unacknowledged } from '../model/alarms.ts';
import { AlarmRow } from './alarm-row.tsx';
import { useStore } from './context.ts';

/** What needs somebody, what somebody knows of, and what is hidden for a while. */
export function AlarmsView() {
  const { model, me } = useStore();
  const alarms = model.value?.alarms ?? [];
  return (
    <div class="alarms-view">
      <AlarmList
        title={t('alarms.waiting')}
        none={t('alarms.waiting.none')}
        alarms={unacknowledged(alarms)}
      />
      <AlarmList
        title={t('alarms.acknowledged')}
        none={t('alarms.acknowledged.none')}
        alarms={acknowledged(alarms)}
      />
      <AlarmList title={t('alarms.shelved')} none={t('alarms.shelved.none')} alarms={shelved(alarms)} />
      {me.value?.role !== 'operator' && <p class="note">{t('alarms.sign-in')}</p>}
    </div>
  );
}

function AlarmList(props: { title: string; none: string; alarms: readonly AlarmReport[] }) {
  const { title, none, alarms } = props;
  return (
    <section class="card">
      <h2>{title}</h2>
      {alarms.length === 0 ? (
        <p class="note">{none}</p>
      ) : (
        <ul class="alarm-list">
          {alarms.map((alarm) => (
            <AlarmRow key={`${alarm.alarm} ${alarm.subject}`} alarm={alarm} />
          ))}
        </ul>
      )}
    </section>
  );
}
