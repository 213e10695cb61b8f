import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../core/errors.ts';

export interface Asked<T> {
  readonly answer: T | undefined;
  readonly error: string | undefined;
}

const typing_ms = 120;
/** While scans come in, the model moves with each of them; asking again now and then is enough. */
const refresh_ms = 1_000;

/**
 * Asks the agent whenever the question changes, once typing pauses, and asks again while the model changes. The old
 * answer stays until the new one has come, and a late answer to an old question is left.
 *
 * @param question `undefined` for a question that can't be asked
 */
export function useAnswer<T>(
  question: string | undefined,
  version: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ answer: undefined, error: undefined });
  const last = useRef({ question: '', at: 0 });

  // `ask` belongs to the question
  useEffect(() => {
    if (question === undefined) {
      setAsked({ answer: undefined, error: undefined });
      return;
    }
    const stop = new AbortController();
    const same = last.current.question === question;
    const wait_ms = same ? Math.max(0, last.current.at + refresh_ms - performance.now()) : typing_ms;
    const timer = setTimeout(async () => {
      last.current = { question, at: performance.now() };
      try {
        const answer = await ask(stop.signal);
        if (!stop.signal.aborted) setAsked({ answer, error: undefined });
      } catch (thrown) {
        if (!stop.signal.aborted) setAsked({ answer: undefined, error: messageOf(thrown) });
      }
    }, wait_ms);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [question, version]);

  return asked;
}
