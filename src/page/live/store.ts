import { computed, effect, signal } from '@preact/signals';
import type { LineSummary } from '../../core/api.ts';
import { type TimeBase, timeBases } from '../model/coated-time.ts';
import type { LoadingUnit } from '../model/format.ts';
import type { LineModel } from '../model/line-model.ts';
import { type Connection, verdict } from '../model/verdict.ts';
import { ApiError, createApi } from './api.ts';
import { followLine } from './follow.ts';
import { createSession } from './session.ts';
import { remembered } from './settings.ts';

/** A coater tells its parameters every second: after this long without a word something is wrong. */
const silence_ms = 30_000;

/** What the page shows and how; made once, by the page's entry. */
export type Store = ReturnType<typeof createStore>;

export const views = ['line', 'predict', 'quality', 'abstraction', 'alarms', 'history'] as const;
/** Minutes that the line's charts can show. */
export const windows = [15, 60, 120] as const;
export type ViewName = (typeof views)[number];
export type Theme = 'auto' | 'light' | 'dark';

export function createStore() {
  const session = createSession();
  const api = createApi(() => session.token.value);
  /** Whether this agent lets nobody read who has not signed in. */
  const locked = signal(false);
  const signingIn = signal(false);
  const lines = signal<readonly LineSummary[]>([]);
  const line = signal(new URLSearchParams(location.search).get('line') ?? '');
  const model = signal<LineModel | undefined>(undefined);
  const connection = signal<Connection>('connecting');
  const silent = signal(false);
  const view = signal<ViewName>(viewOf(location.hash) ?? 'line');
  const theme = remembered<Theme>('theme', 'auto', ['auto', 'light', 'dark']);
  const unit = remembered<LoadingUnit>('unit', 'mg/cm²', ['mg/cm²', 'g/m²']);
  const window_min = remembered<(typeof windows)[number]>('window', 60, windows);
  const timeBase = remembered<TimeBase>('time-base', 'auto', timeBases);
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
    stop = followLine(api, name, {
      onModel(next) {
        newest = next;
        heard();
        if (frame === 0) frame = requestAnimationFrame(show);
      },
      onConnection(next) {
        connection.value = next;
      },
      onLocked() {
        locked.value = true;
      },
    });
  }

  async function start(): Promise<void> {
    try {
      const [me, known] = await Promise.all([api.me(), api.lines()]);
      session.me.value = me;
      lines.value = known.lines;
      locked.value = false;
    } catch (thrown) {
      const { status } = thrown instanceof ApiError ? thrown : {};
      // A token from before is not good any more: what can be read without one still can.
      if (status === 401 && session.token.value !== undefined) return signOut();
      locked.value = status === 401;
      if (locked.value) return;
      connection.value = 'lost';
    }
    const first = lines.value.find((summary) => summary.line === line.value) ?? lines.value[0];
    if (first) choose(first.line);
    else setTimeout(start, 2_000);
  }

  /** @throws ApiError where the token is not known. */
  async function signIn(token: string): Promise<void> {
    await api.me(token);
    session.token.value = token;
    signingIn.value = false;
    await start();
  }

  function signOut(): Promise<void> {
    session.token.value = undefined;
    session.me.value = undefined;
    return start();
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
    timeBase,
    api,
    me: session.me,
    locked,
    signingIn,
    signIn,
    signOut,
    choose,
    start,
    verdict: computed(() => verdict(model.value, connection.value, silent.value)),
  };
}

const viewOf = (hash: string) => views.find((name) => hash === `#${name}`);
