import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface PlotProps {
  /** Built anew whenever `key` changes on the component: theme, unit, line. */
  readonly options: (size: { width: number; height: number }) => uPlot.Options;
  readonly data: uPlot.AlignedData;
  /** Called after new data have been set, with scales to be adjusted. */
  readonly adjust?: (plot: uPlot) => void;
  /** What the chart shows, in a sentence, for those who can't see it. */
  readonly label: string;
  readonly onPlot?: (plot: uPlot | undefined) => void;
}

/** A uPlot chart that fills its container and follows its size. */
export function Plot({ options, data, adjust, label, onPlot }: PlotProps) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);

  // Built once; data and size have effects of their own
  useEffect(() => {
    const element = container.current!;
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    const made = new uPlot(options(size()), data, element);
    plot.current = made;
    onPlot?.(made);
    adjust?.(made);
    const observer = new ResizeObserver(() => made.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      onPlot?.(undefined);
      made.destroy();
    };
  }, []);

  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.batch(() => {
      made.setData(data, false);
      adjust?.(made);
    });
    made.redraw();
  }, [data, adjust]);

  return <div class="plot" ref={container} role="img" aria-label={label} />;
}
