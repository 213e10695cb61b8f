import { computed, effect, signal } from '@preact/signals';
import type { LineSummary } from '../../core/api.ts';
import type { LoadingUnit } from '../model/format.ts';
import type { LineModel } from '../model/line-model.ts';
import { type Connection, verdict } from '../model/verdict.ts';
import { getLines } from './api.ts';
import { followLine } from './follow.ts';

/** A coater tells its parameters every second: after this long without a word something is wrong. */
const silence_ms = 30_000;

/** What the page shows and how; made once, by the page's entry. */
export type Store = ReturnType<typeof createStore>;

export const views = ['line', 'predict', 'abstraction', 'quality'] as const;
/** Minutes that the line's charts can show. */
export const windows = [15, 60, 120] as const;
export type ViewName = (typeof views)[number];
export type Theme = 'auto' | 'light' | 'dark';

export function createStore() {
  const lines = signal<readonly LineSummary[]>([]);
  const line = signal(new URLSearchParams(location.search).get('line') ?? '');
  const model = signal<LineModel | undefined>(undefined);
  const connection = signal<Connection>('connecting');
  const silent = signal(false);
  const view = signal<ViewName>(viewOf(location.hash) ?? 'line');
  const theme = remembered<Theme>('theme', 'auto', ['auto', 'light', 'dark']);
  const unit = remembered<LoadingUnit>('unit', 'mg/cm²', ['mg/cm²', 'g/m²']);
  const window_min = remembered<(typeof windows)[number]>('window', 60, windows);
  const systemDark = signal(matchMedia('(prefers-color-scheme: dark)').matches);
  const dark = computed(() => (theme.value === 'auto' ? systemDark.value : theme.value === 'dark'));

  addEventListener('hashchange', () => {
    // Another fragment, such as the skip link's, leaves the view as it is.
    view.value = viewOf(location.hash) ?? view.value;
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
    systemDark.value = event.matches;
  });
  effect(() => {
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light';
  });

  // However fast batches come, the page is drawn once for each frame the screen shows.
  let newest: LineModel | undefined;
  let frame = 0;
  const show = () => {
    frame = 0;
    model.value = newest;
  };
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    silent.value = false;
    clearTimeout(silence);
    silence = setTimeout(() => {
      silent.value = true;
    }, silence_ms);
  };

  let stop = () => {};
  function choose(name: string): void {
    stop();
    line.value = name;
    newest = undefined;
    model.value = undefined;
    connection.value = 'connecting';
    stop = followLine(name, {
      onModel(next) {
        newest = next;
        heard();
        if (frame === 0) frame = requestAnimationFrame(show);
      },
      onConnection(next) {
        connection.value = next;
      },
    });
  }

  async function start(): Promise<void> {
    try {
      lines.value = (await getLines()).lines;
    } catch {
      connection.value = 'lost';
    }
    const first = lines.value.find((summary) => summary.line === line.value) ?? lines.value[0];
    if (first) choose(first.line);
    else setTimeout(start, 2_000);
  }

  return {
    lines,
    line,
    model,
    connection,
    view,
    theme,
    unit,
    window_min,
    dark,
    choose,
    start,
    verdict: computed(() => verdict(model.value, connection.value, silent.value)),
  };
}

const viewOf = (hash: string) => views.find((name) => hash === `#${name}`);

/** A setting that this browser keeps; private windows may forbid it, which does no harm. */
function remembered<T extends string | number>(name: string, preset: T, choices: readonly T[]) {
  const key = `gapwise.${name}`;
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(key);
  } catch {}
  const value = signal<T>(choices.find((choice) => String(choice) === kept) ?? preset);
  effect(() => {
    const text = String(value.value);
    try {
      localStorage.setItem(key, text);
    } catch {}
  });
  return value;
}
