import { t } from '../messages/text.ts';
import { alarmName, unacknowledged } from '../model/alarms.ts';
import { withLocalTimes } from '../model/format.ts';
import { PriorityIcon } from './alarm-row.tsx';
import { useStore } from './context.ts';

/** On every view while an alarm waits for somebody: the gravest of them, and the way to all. */
export function AlarmBanner() {
  const { model, view } = useStore();
  const waiting = unacknowledged(model.value?.alarms ?? []);
  const [first] = waiting;
  if (!first || view.value === 'alarms') return null;
  const values = { count: waiting.length, name: alarmName(first), detail: withLocalTimes(first.detail) };
  return (
    <div class={`banner is-${first.priority}`} role="alert" data-test="banner">
      <PriorityIcon priority={first.priority} />
      <p>{t(waiting.length === 1 ? 'alarms.banner.one' : 'alarms.banner', values)}</p>
      <a class="button" href="#alarms">
        {t('alarms.banner.show')}
      </a>
    </div>
  );
}
