import type { AdapterStatus } from '../../core/source.ts';
import { t } from '../messages/text.ts';
import { useStore } from './context.ts';

/** A shape for each state, so that nobody has to tell them by colour. */
const shapes: Record<AdapterStatus['state'], string> = {
  connected: 'M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10',
  connecting: 'M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10M8 5.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5',
  degraded: 'M8 2.5L14 13H2z',
  disconnected: 'M3 5l2-2l3 3l3-3l2 2l-3 3l3 3l-2 2l-3-3l-3 3l-2-2l3-3z',
  stopped: 'M4 4h8v8H4z',
};

export function StateIcon({ state }: { state: AdapterStatus['state'] }) {
  return (
    <svg class={`state state-${state}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[state]} fill-rule="evenodd" />
    </svg>
  );
}

export function AdapterDots() {
  const adapters = useStore().model.value?.adapters ?? [];
  return (
    <ul class="adapters" aria-label={t('app.adapters')}>
      {adapters.map(({ adapter, state, detail }) => (
        <li key={adapter} title={`${adapter}: ${t(`adapter.${state}`)}. ${detail}`}>
          <StateIcon state={state} />
          <span>{adapter}</span>
          <span class="visually-hidden">{t(`adapter.${state}`)}</span>
        </li>
      ))}
    </ul>
  );
}
