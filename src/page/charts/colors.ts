/** The colours of the theme for canvases, which can't use style sheets themselves. */
export interface ChartColors {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly predicted: string;
  readonly band90: string;
  readonly band50: string;
  readonly measured: string;
  readonly lab: string;
  readonly tolerance: string;
  readonly outside: string;
  readonly bare: string;
}

export function chartColors(): ChartColors {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of('ink'),
    muted: of('muted'),
    grid: of('grid'),
    surface: of('surface'),
    predicted: of('predicted'),
    band90: of('band90'),
    band50: of('band50'),
    measured: of('measured'),
    lab: of('lab'),
    tolerance: of('tolerance'),
    outside: of('outside'),
    bare: of('bare'),
  };
}

export const chartFont = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
