import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { packed, parseHex, scalePixels } from '../model/color-scale.ts';
import type { PastHeat } from '../model/heat-past.ts';
import type { HeatRange } from '../model/heat-range.ts';
import { type RasterColors, rasterize } from '../model/heat-raster.ts';
import { invalidStep } from '../model/profiles.ts';
import type { TimeWindow } from '../model/time-window.ts';
import { useStore } from '../views/context.ts';
import { chartColors } from './colors.ts';

interface HeatStripProps {
  readonly window: TimeWindow;
  /** The later ones are drawn over the earlier ones: coarse first. */
  readonly pictures: readonly PastHeat[];
  readonly range: HeatRange | undefined;
  readonly label: string;
}

/**
 * The past across the web. Each picture is coloured once, when it comes; moving and zooming only draws it elsewhere, so
 * that a day stays smooth under a finger.
 */
export function HeatStrip({ window, pictures, range, label }: HeatStripProps) {
  const { dark } = useStore();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const isDark = dark.value;
  const cache = useRef(new WeakMap<PastHeat, OffscreenCanvas>());
  const colors = useMemo(() => {
    cache.current = new WeakMap();
    return range && { range, scale: scalePixels, bare: packed(parseHex(chartColors().bare)) };
  }, [isDark, range]);

  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = element;
      setSize({
        width: Math.round(clientWidth * devicePixelRatio),
        height: Math.round(clientHeight * devicePixelRatio),
      });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { from_ms, until_ms } = window;
  useEffect(() => {
    const element = canvas.current!;
    if (element.width !== size.width) element.width = size.width;
    if (element.height !== size.height) element.height = size.height;
    const context = element.getContext('2d')!;
    context.clearRect(0, 0, size.width, size.height);
    if (!colors || size.width === 0) return;
    context.imageSmoothingEnabled = false;
    const x = (time_ms: number) => (size.width * (time_ms - from_ms)) / (until_ms - from_ms);
    for (const picture of pictures) {
      const image = cache.current.get(picture) ?? painted(picture, colors);
      cache.current.set(picture, image);
      const left = x(picture.from_ms);
      // What lies under a finer picture is not drawn: where that has a hole, there is one.
      context.clearRect(left, 0, x(picture.until_ms) - left, size.height);
      context.drawImage(image, left, 0, x(picture.until_ms) - left, size.height);
    }
  }, [pictures, from_ms, until_ms, colors, size]);

  return <canvas ref={canvas} class="heat-strip" role="img" aria-label={label} data-test="past-heat" />;
}

function painted(picture: PastHeat, colors: RasterColors): OffscreenCanvas {
  const { width, height } = picture;
  const image = new OffscreenCanvas(width, height);
  const pixels = gridPixels(picture, colors);
  const bytes = new Uint8ClampedArray(pixels.buffer as ArrayBuffer);
  image.getContext('2d')!.putImageData(new ImageData(bytes, width, height), 0, 0);
  return image;
}

/** A pixel for each cell; short holes between scans take the scan behind them, as in the live picture. */
function gridPixels(picture: PastHeat, colors: RasterColors): Uint32Array {
  const { width, height, from_ms, until_ms } = picture;
  const step_ms = (until_ms - from_ms) / width;
  const rows = picture.rows
    .filter(({ steps }) => steps.some((step) => step !== invalidStep))
    .map((row) => ({ ...row, time_ms: row.time_ms + step_ms }));
  return rasterize(rows, { from_ms, until_ms, width, height }, colors);
}
