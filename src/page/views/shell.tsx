import { type ViewName, views } from '../live/store.ts';
import type { MessageKey } from '../messages/en.ts';
import { t } from '../messages/text.ts';
import { unacknowledged } from '../model/alarms.ts';
import { AbstractionView } from './abstraction-view.tsx';
import { AlarmBanner } from './alarm-banner.tsx';
import { AlarmsView } from './alarms-view.tsx';
import { useStore } from './context.ts';
import { Glance } from './glance.tsx';
import { Header } from './header.tsx';
import { HistoryView } from './history-view.tsx';
import { LineView } from './line-view.tsx';
import { PredictView } from './predict-view.tsx';
import { QualityView } from './quality-view.tsx';
import { Locked, SignInDialog } from './sign-in.tsx';

const content: Record<ViewName, () => preact.JSX.Element> = {
  line: LineView,
  predict: PredictView,
  abstraction: AbstractionView,
  quality: QualityView,
  alarms: AlarmsView,
  history: HistoryView,
};

export function Shell() {
  const { view, locked, model } = useStore();
  const View = content[view.value];
  const waiting = unacknowledged(model.value?.alarms ?? []).length;
  return (
    <>
      <a class="skip" href="#content">
        {t('app.skip')}
      </a>
      <Header />
      <SignInDialog />
      {locked.value ? (
        <main id="content" tabIndex={-1}>
          <Locked />
        </main>
      ) : (
        <>
          <Glance />
          <AlarmBanner />
          <nav class="tabs" aria-label={t('app.subtitle')}>
            {views.map((name) => (
              <a key={name} href={`#${name}`} aria-current={name === view.value ? 'page' : undefined}>
                {t(`view.${name}` satisfies MessageKey)}
                {name === 'alarms' && waiting > 0 && <b class="count">{waiting}</b>}
              </a>
            ))}
          </nav>
          <main id="content" tabIndex={-1}>
            <View />
          </main>
        </>
      )}
    </>
  );
}
