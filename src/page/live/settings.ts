import { effect, type Signal, signal } from '@preact/signals';

/** A setting that this browser keeps; private windows may forbid it, which does no harm. */
export function remembered<T extends string | number>(
  name: string,
  preset: T,
  choices: readonly T[],
): Signal<T> {
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
