import { setImmediate } from 'node:timers/promises';
import { Subject } from 'rxjs';
import type { RecordingSourceSettings } from '../../config/recording.ts';
import type { Cancel } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { LineMessage } from '../../core/messages.ts';
import type { Arrival, Source } from '../../core/source.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SourceDependencies } from '../dependencies.ts';
import { openRecording, type Recording } from './recording.ts';

/**
 * Plays logs of coater and gauge as the messages that live sources would have brought, by event time, then
 * completes. `settings.data` is the folder of the files. At most `window` messages wait for their acknowledgement
 * at a time, so that a fast replay is as fast as the slowest part behind it and no faster.
 */
export function createRecordingSource(
  settings: RecordingSourceSettings,
  dependencies: SourceDependencies,
): Source {
  return new RecordingSource(settings, dependencies);
}

const window = 256;

/** Pause before a message that the store refused is handed over again (ms). */
const refused_ms = 500;

class RecordingSource implements Source {
  readonly name = 'recording';
  readonly #settings: RecordingSourceSettings;
  readonly #dependencies: SourceDependencies;
  readonly #board: StatusBoard;
  readonly #arrivals = new Subject<Arrival>();
  #started = false;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(settings: RecordingSourceSettings, dependencies: SourceDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    const log = dependencies.log.child({ source: this.name, line: dependencies.line });
    this.#board = new StatusBoard(log);
  }

  get arrivals() {
    return this.#arrivals.asObservable();
  }

  get status() {
    return this.#board.changes;
  }

  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const { line, deadLetters } = this.#dependencies;
    const recording = await openRecording(this.#settings, line, (fault) =>
      deadLetters.take({ source: this.name, line, ...fault }),
    );
    this.#board.set('connected', `playing ${this.#settings.data}`);
    void this.#play(recording).finally(() => recording.close());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    this.#board.set('stopped', 'stopped');
  }

  async #play(recording: Recording): Promise<void> {
    const messages = recording.messages();
    let ending = 'played to the end';
    try {
      await this.#playAll(messages);
    } catch (error) {
      // The files were there at the start; what was read until now stays good.
      ending = messageOf(error);
    }
    if (this.#stopped) return;
    this.#board.set('stopped', ending);
    this.#arrivals.complete();
  }

  async #playAll(messages: AsyncIterator<LineMessage, void>): Promise<void> {
    const { clock } = this.#dependencies;
    const { speed } = this.#settings;
    const begun_ms = clock.now_ms();
    let next = await messages.next();
    const first_ms = next.done ? 0 : next.value.time_ms;
    const due_ms = ({ time_ms }: LineMessage) =>
      speed === undefined ? begun_ms : begun_ms + (time_ms - first_ms) / speed;

    while (!next.done && !this.#stopped) {
      await this.#until(due_ms(next.value));
      if (this.#stopped) return;
      const now_ms = clock.now_ms();
      let batch: LineMessage[] = [next.value];
      next = await messages.next();
      while (!next.done && batch.length < window && due_ms(next.value) <= now_ms) {
        batch.push(next.value);
        next = await messages.next();
      }
      batch = await this.#deliver(batch);
      while (batch.length > 0 && !this.#stopped) {
        await this.#until(clock.now_ms() + refused_ms);
        batch = await this.#deliver(batch);
      }
      // Lets everything else have its turn, also when nothing behind this source ever waits.
      await setImmediate();
    }
  }

  /** Resolves once all are acknowledged or refused, with those that were refused: they are to be sent again. */
  #deliver(batch: readonly LineMessage[]): Promise<LineMessage[]> {
    return new Promise((resolve) => {
      const refused: LineMessage[] = [];
      let waiting = batch.length;
      this.#wake = () => resolve([]);
      for (const message of batch) {
        let settled = false;
        const settle = (again: boolean) => {
          if (settled) return;
          settled = true;
          if (again) refused.push(message);
          if (--waiting === 0) resolve(refused);
        };
        this.#arrivals.next({ message, acknowledge: () => settle(false), refuse: () => settle(true) });
      }
    });
  }

  #until(due_ms: number): Promise<void> {
    const delay_ms = due_ms - this.#dependencies.clock.now_ms();
    if (delay_ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      this.#wake = () => {
        cancel();
        resolve();
      };
      cancel = this.#dependencies.clock.after(delay_ms, resolve);
    });
  }
}
