import { effect, signal } from '@preact/signals';
import type { MeDocument } from '../../core/api-alarms.ts';

const key = 'gapwise.token';

/** Who sits at this page. */
export type Session = ReturnType<typeof createSession>;

/**
 * The token that somebody signed in with. It lives as long as the browser's tab does and nowhere else: not in a
 * cookie, which foreign pages could make use of, and not on the disk.
 */
export function createSession() {
  const token = signal<string | undefined>(stored());
  const me = signal<MeDocument | undefined>(undefined);
  effect(() => {
    try {
      if (token.value === undefined) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, token.value);
    } catch {}
  });
  return { token, me };
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}
