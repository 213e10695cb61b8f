import type { ComponentChildren } from 'preact';

interface ScrollBoxProps {
  /** What is in the box, for those who reach it by keyboard. */
  readonly label: string;
  readonly tall?: boolean;
  readonly children: ComponentChildren;
}

/** Holds what may be wider (or taller) than its place, and can be scrolled without a mouse. */
export function ScrollBox({ label, tall = false, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class={tall ? 'table table-tall' : 'table'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
