export type Unit = 'mg/cm²' | 'µm' | 's' | '%' | '1';

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface UnitOfMeasure {
  /** Common code of UN/CEFACT Recommendation 20, as OPC 10000-8 asks. */
  readonly code: string;
  readonly symbol: string;
  readonly name: string;
}

export const units: Readonly<Record<Unit, UnitOfMeasure>> = {
  'mg/cm²': { code: 'H63', symbol: 'mg/cm²', name: 'milligram per square centimetre' },
  µm: { code: '4H', symbol: 'µm', name: 'micrometre' },
  s: { code: 'SEC', symbol: 's', name: 'second' },
  '%': { code: 'P1', symbol: '%', name: 'percent' },
  '1': { code: 'C62', symbol: '1', name: 'one' },
};

/** Where a value in good order lies. */
export function rangeOf(
  unit: Unit,
  settings: { readonly gap_range_um: Range; readonly loading_range_mg_cm2: Range },
): Range {
  switch (unit) {
    case 'mg/cm²':
      return settings.loading_range_mg_cm2;
    case 'µm':
      return settings.gap_range_um;
    case 's':
      return { low: 0, high: 3_600 };
    case '%':
      return { low: 0, high: 100 };
    case '1':
      return { low: 0, high: 1 };
  }
}
