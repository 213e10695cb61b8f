import type { LineBatch } from '../../core/api.ts';
import { type LineModel, modelOf, withBatch } from '../model/line-model.ts';
import type { Connection } from '../model/verdict.ts';
import { type Api, ApiError } from './api.ts';

/** The server sends something every 10 s at least; without a sign of life for this long the line is dead. */
const silence_ms = 25_000;
const firstPause_ms = 500;
const longestPause_ms = 8_000;
const unauthorized = 401;

export interface Followed {
  onModel(model: LineModel): void;
  onConnection(connection: Connection): void;
  /** Somebody has to sign in first; the following has ended. */
  onLocked(): void;
}

/**
 * Follows a line for as long as the page is open. The events are opened first and kept back until the state has
 * come, so that nothing is lost between the two; after every interruption, and where a batch is missing, the state
 * is loaded afresh. Returns the function that ends it.
 */
export function followLine(api: Api, line: string, followed: Followed): () => void {
  let close = () => {};
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let pause_ms = firstPause_ms;
  /** Counts the connections, so that a late answer to an earlier one is recognised and left. */
  let attempt = 0;

  function connect(): void {
    const mine = ++attempt;
    let model: LineModel | undefined;
    let waiting: LineBatch[] = [];
    const current = () => mine === attempt;
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
        const loaded = modelOf(await api.state(line));
        if (!current()) return;
        model = loaded;
        followed.onModel(model);
        followed.onConnection('live');
        pause_ms = firstPause_ms;
        const kept = waiting;
        waiting = [];
        for (const batch of kept) take(batch);
      } catch (thrown) {
        if (current()) failed(thrown instanceof ApiError ? thrown.status : undefined);
      }
    };
    const failed = (status: number | undefined) => {
      if (status === unauthorized) {
        end();
        followed.onLocked();
      } else lost();
    };

    close();
    close = api.events(line, {
      onEvent(name, data) {
        if (!current()) return;
        alive();
        if (name === 'ready') void load();
        else if (name === 'batch') take(JSON.parse(data) as LineBatch);
      },
      onEnd(status) {
        if (current()) failed(status);
      },
    });
    alive();
  }

  function lost(): void {
    end();
    followed.onConnection('lost');
    retry = setTimeout(connect, pause_ms);
    pause_ms = Math.min(longestPause_ms, pause_ms * 2);
  }

  function end(): void {
    attempt++;
    close();
    clearTimeout(watchdog);
    clearTimeout(retry);
  }

  connect();
  return end;
}
