import { type ViewName, views } from '../live/store.ts';
import type { MessageKey } from '../messages/en.ts';
import { t } from '../messages/text.ts';
import { AbstractionView } from './abstraction-view.tsx';
import { useStore } from './context.ts';
import { Glance } from './glance.tsx';
import { Header } from './header.tsx';
import { LineView } from './line-view.tsx';
import { PredictView } from './predict-view.tsx';
import { QualityView } from './quality-view.tsx';

const content: Record<ViewName, () => preact.JSX.Element> = {
  line: LineView,
  predict: PredictView,
  abstraction: AbstractionView,
  quality: QualityView,
};

export function Shell() {
  const { view } = useStore();
  const View = content[view.value];
  return (
    <>
      <a class="skip" href="#content">
        {t('app.skip')}
      </a>
      <Header />
      <Glance />
      <nav class="tabs" aria-label={t('app.subtitle')}>
        {views.map((name) => (
          <a key={name} href={`#${name}`} aria-current={name === view.value ? 'page' : undefined}>
            {t(`view.${name}` satisfies MessageKey)}
          </a>
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        <View />
      </main>
    </>
  );
}
