import type { Theme } from '../live/store.ts';
import { t } from '../messages/text.ts';
import { formatTime, type LoadingUnit } from '../model/format.ts';
import { AdapterDots } from './adapters.tsx';
import { useStore } from './context.ts';
import { SignInButton } from './sign-in.tsx';

const themes: readonly Theme[] = ['auto', 'light', 'dark'];
const units: readonly LoadingUnit[] = ['mg/cm²', 'g/m²'];

export function Header() {
  const store = useStore();
  const { lines, line, model, theme, unit } = store;
  return (
    <header class="header">
      <div class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path class="brand-bar" d="M4 10h11l4 7h9" />
          <path class="brand-web" d="M4 24h24" />
        </svg>
        <span class="brand-name">gapwise</span>
      </div>
      {lines.value.length > 1 ? (
        <select
          aria-label={t('app.line')}
          value={line.value}
          onChange={(event) => store.choose(event.currentTarget.value)}
        >
          {lines.value.map((summary) => (
            <option key={summary.line} value={summary.line}>
              {summary.title}
            </option>
          ))}
        </select>
      ) : (
        <h1 class="line-title">{model.value?.title ?? lines.value[0]?.title ?? ''}</h1>
      )}
      <AdapterDots />
      <dl class="header-facts">
        <div>
          <dt>{t('app.model')}</dt>
          <dd data-test="version">{model.value?.curve?.version ?? '–'}</dd>
        </div>
        <div>
          <dt>{t('app.clock')}</dt>
          <dd>{formatTime(model.value?.time_ms)}</dd>
        </div>
      </dl>
      <select
        aria-label={t('app.unit')}
        value={unit.value}
        onChange={(event) => {
          unit.value = event.currentTarget.value as LoadingUnit;
        }}
      >
        {units.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label={t('app.theme')}
        value={theme.value}
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme;
        }}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {t(`app.theme.${name}`)}
          </option>
        ))}
      </select>
      <SignInButton />
    </header>
  );
}
