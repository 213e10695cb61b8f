import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { axisWidth, rightPadding } from '../charts/trends.ts';
import { latest, panned, type TimeWindow, zoomed } from '../model/time-window.ts';

interface PanZoomProps {
  readonly label: string;
  readonly window: TimeWindow;
  readonly now_ms: number;
  readonly onWindow: (window: TimeWindow) => void;
  readonly children: ComponentChildren;
}

const keyShare = 0.2;
const keyFactor = 1.5;
const wheelFactor = 1.0015;

/** Moves and zooms a stretch of time: dragged, pinched, by wheel (sideways; with Ctrl to zoom) or by keyboard. */
export function PanZoom({ label, window, now_ms, onWindow, children }: PanZoomProps) {
  const fingers = useRef(new Map<number, number>());
  /** Where in the pictures something lies: 0 at the left end of time, 1 at the right. */
  const share = (element: HTMLElement, x: number) => {
    const box = element.getBoundingClientRect();
    const width = box.width - axisWidth - rightPadding;
    return Math.min(1, Math.max(0, (x - box.left - axisWidth) / width));
  };

  const move = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const before = fingers.current;
    const was = before.get(event.pointerId);
    if (was === undefined) return;
    const width = event.currentTarget.clientWidth - axisWidth - rightPadding;
    const others = [...before].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    before.set(event.pointerId, event.clientX);
    const [other] = others;
    if (other === undefined) return onWindow(panned(window, (was - event.clientX) / width, now_ms));
    const apart = (x: number) => Math.max(20, Math.abs(x - other));
    const middle = share(event.currentTarget, (event.clientX + other) / 2);
    onWindow(zoomed(window, apart(was) / apart(event.clientX), middle, now_ms));
  };
  const lift = (event: PointerEvent) => fingers.current.delete(event.pointerId);

  const keys: Record<string, () => TimeWindow> = {
    ArrowLeft: () => panned(window, -keyShare, now_ms),
    ArrowRight: () => panned(window, keyShare, now_ms),
    '+': () => zoomed(window, 1 / keyFactor, 0.5, now_ms),
    '-': () => zoomed(window, keyFactor, 0.5, now_ms),
    End: () => latest(now_ms, window.until_ms - window.from_ms),
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of pictures that are moved together is no fieldset
    <div
      class="pan-zoom"
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be moved must be reachable by keyboard
      tabIndex={0}
      data-test="pan-zoom"
      onPointerDown={(event) => {
        fingers.current.set(event.pointerId, event.clientX);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={lift}
      onPointerCancel={lift}
      onWheel={(event) => {
        const { deltaX, deltaY, ctrlKey, currentTarget } = event;
        if (ctrlKey) {
          event.preventDefault();
          onWindow(zoomed(window, wheelFactor ** deltaY, share(currentTarget, event.clientX), now_ms));
        } else if (Math.abs(deltaX) > Math.abs(deltaY)) {
          event.preventDefault();
          onWindow(panned(window, deltaX / currentTarget.clientWidth, now_ms));
        }
      }}
      onKeyDown={(event) => {
        const next = keys[event.key];
        if (!next) return;
        event.preventDefault();
        onWindow(next());
      }}
    >
      {children}
    </div>
  );
}
