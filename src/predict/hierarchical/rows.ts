import type { PredictorSettings } from '../../config/predictor.ts';
import type { Slurry } from '../../core/prediction.ts';
import type { Row } from './component.ts';
import { type CurveHyper, LENGTHS_UM } from './hyper.ts';
import { at, type Layout } from './layout.ts';
import { slurryCovariates, slurryKey } from './slurry.ts';
import { type SmoothBasis, smoothBasis } from './smooth.ts';

/** What a level depends on. */
export interface Place {
  readonly target: 'line' | 'lab';
  readonly gap_um: number;
  readonly line?: string | undefined;
  readonly table?: string | undefined;
  readonly slurry?: Slurry | undefined;
}

/** The curve at a place: its row, and the variance that no weight carries. */
export interface Design {
  readonly row: Row;
  readonly unexplained: number;
}

/** Turns places into rows of the linear model. */
export interface Designer {
  /** Rows differ by length scale only: what the two or three of them share is computed once. */
  at(place: Place): (hyper: CurveHyper) => Design;
}

/** Spread of covariates over ordinary slurries, for those whose figures aren't known: ±8 % solids, ±1 % am. */
const UNKNOWN = { solids: 0.08, am: 1, viscosity: 0.5 } as const;

export function createDesigner(layout: Layout, settings: PredictorSettings): Designer {
  const bases = new Map<number, SmoothBasis>(
    LENGTHS_UM.map((length) => [length, smoothBasis(length, layout.knots)]),
  );
  const { slope } = layout;
  const slopeVarianceOf = {
    solids: (slope * UNKNOWN.solids) ** 2,
    am: (slope * (settings.active_material_sd_percent / 100) * UNKNOWN.am) ** 2,
    viscosity: (slope * (settings.viscosity_sd_percent / 100) * UNKNOWN.viscosity) ** 2,
  };

  const ownLineVariance = (x: number): number =>
    (settings.bar_zero_sd_mg_cm2 ** 2 +
      (slope * x * settings.transfer_sd) ** 2 +
      (slope * bendOf(x) * settings.line_bend_exponent_sd) ** 2) /
    2;

  return {
    at(place) {
      const x = place.gap_um / 100;
      const { target } = place;
      const own =
        target === 'lab'
          ? layout.slurries.get(slurryKey(place.table ?? '', place.slurry ?? {}))
          : layout.lines.get(place.line ?? '');
      const dense = new Float64Array(layout.size);
      dense[at.intercept] = 1;
      dense[at.slope] = x;
      dense[at.bend] = bendOf(x);
      let slopeVariance = 0;
      const covariates = slurryCovariates(place.slurry, layout.reference);
      for (const name of ['solids', 'am', 'viscosity'] as const) {
        const value = covariates[name];
        if (value !== null) dense[at[name]] = x * value * (name === 'solids' ? slope : 1);
        // On a line, an unknown slurry is part of the line's own ratio to the lab.
        else if (target === 'lab') slopeVariance += slopeVarianceOf[name];
      }
      let unexplained = slopeVariance * x * x;
      if (target === 'lab') {
        if (own !== undefined) {
          dense[own] = 1;
          dense[own + 1] = x;
        }
      } else {
        for (const from of own === undefined ? [at.commonZero] : [at.commonZero, own]) {
          dense[from] = 1;
          dense[from + 1] = slope * x;
          dense[from + 2] = bendOf(x);
        }
        if (own === undefined) unexplained += ownLineVariance(x);
      }

      const byLength = new Map<number, { row: Row; lost: number }>();
      const rowFor = (length_um: number) => {
        const known = byLength.get(length_um);
        if (known) return known;
        const basis = bases.get(length_um) as SmoothBasis;
        basis.fill(place.gap_um, dense, layout.smooth);
        const lost = basis.lost(dense, layout.smooth);
        const made = { row: sparse(dense), lost };
        byLength.set(length_um, made);
        return made;
      };

      return ({ length_um, smooth_sd, slurry_sd, session_sd }) => {
        const { row, lost } = rowFor(length_um);
        const newSlurry = target === 'lab' && own === undefined ? (slurry_sd * x) ** 2 + session_sd ** 2 : 0;
        return { row, unexplained: unexplained + lost * smooth_sd ** 2 + newSlurry };
      };
    },
  };
}

/** d/dm of g^(1 + m) at m = 0, g in 100 µm: what a power law's exponent bends. */
const bendOf = (x: number): number => x * Math.log(x);

/** Basis values below this share of a deviation are nothing that a figure could show. */
const NOTHING = 1e-9;

function sparse(dense: Float64Array): Row {
  let count = 0;
  for (let i = 0; i < dense.length; i++) if (Math.abs(dense[i] as number) > NOTHING) count++;
  const places = new Int32Array(count);
  const values = new Float64Array(count);
  for (let i = 0, k = 0; k < count; i++) {
    const value = dense[i] as number;
    if (Math.abs(value) <= NOTHING) continue;
    places[k] = i;
    values[k++] = value;
  }
  return { places, values };
}
