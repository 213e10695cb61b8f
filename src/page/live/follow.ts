import type { LineBatch } from '../../core/api.ts';
import { type LineModel, modelOf, withBatch } from '../model/line-model.ts';
import type { Connection } from '../model/verdict.ts';
import { eventsUrl, getState } from './api.ts';

/** The server sends something every 10 s at least; without a sign of life for this long the line is dead. */
const silence_ms = 25_000;
const longestPause_ms = 8_000;

export interface Followed {
  onModel(model: LineModel): void;
  onConnection(connection: Connection): void;
}

/**
 * Follows a line for as long as the page is open. The events are opened first and kept back until the state has
 * come, so that nothing is lost between the two; after every interruption, and where a batch is missing, the state
 * is loaded afresh. Returns the function that ends it.
 */
export function followLine(line: string, followed: Followed): () => void {
  let events: EventSource | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let pause_ms = 500;
  /** Counts the connections, so that a late answer to an earlier one is recognised and left. */
  let attempt = 0;

  function connect(): void {
    const mine = ++attempt;
    let model: LineModel | undefined;
    let waiting: LineBatch[] = [];
    const current = () => mine === attempt;
    events?.close();
    events = new EventSource(eventsUrl(line));

    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(lost, silence_ms);
    };
    const take = (batch: LineBatch) => {
      if (!model) waiting.push(batch);
      else if (batch.sequence === model.sequence + 1) {
        model = withBatch(model, batch);
        followed.onModel(model);
      } else if (batch.sequence > model.sequence) lost();
    };
    const load = async () => {
      try {
        const loaded = modelOf(await getState(line));
        if (!current()) return;
        model = loaded;
        followed.onModel(model);
        followed.onConnection('live');
        pause_ms = 500;
        const kept = waiting;
        waiting = [];
        for (const batch of kept) take(batch);
      } catch {
        if (current()) lost();
      }
    };

    events.addEventListener('ready', () => {
      alive();
      void load();
    });
    events.addEventListener('beat', alive);
    events.addEventListener('batch', (event: MessageEvent<string>) => {
      alive();
      if (current()) take(JSON.parse(event.data) as LineBatch);
    });
    events.addEventListener('error', () => {
      if (current()) lost();
    });
    alive();
  }

  function lost(): void {
    attempt++;
    events?.close();
    clearTimeout(watchdog);
    clearTimeout(retry);
    followed.onConnection('lost');
    retry = setTimeout(connect, pause_ms);
    pause_ms = Math.min(longestPause_ms, pause_ms * 2);
  }

  connect();
  return () => {
    attempt++;
    events?.close();
    clearTimeout(watchdog);
    clearTimeout(retry);
  };
}
