/** Numbers and times as people read them; what is not known is an en dash. */
export type LoadingUnit = 'mg/cm²' | 'g/m²';

const nothing = '–';

/** 1 mg/cm² = 10 g/m². */
export const unitFactor = (unit: LoadingUnit): number => (unit === 'g/m²' ? 10 : 1);

export const formatLoading = (mg_cm2: number | null | undefined, unit: LoadingUnit): string =>
  fixed(mg_cm2 == null ? mg_cm2 : mg_cm2 * unitFactor(unit), unit === 'g/m²' ? 1 : 2);

export const formatGap = (um: number | null | undefined): string => fixed(um, 1);

export const formatPercent = (share: number | null | undefined): string =>
  share == null || !Number.isFinite(share) ? nothing : `${Math.round(share * 100)} %`;

/** With a sign, for differences; a true minus, so that the columns line up. */
export const formatDifference = (mg_cm2: number, unit: LoadingUnit): string =>
  `${mg_cm2 < 0 ? '−' : '+'}${formatLoading(Math.abs(mg_cm2), unit)}`;

export const fixed = (value: number | null | undefined, decimals: number): string =>
  value == null || !Number.isFinite(value) ? nothing : value.toFixed(decimals).replace('-', '−');

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const formatTime = (time_ms: number | null | undefined): string =>
  time_ms == null ? nothing : clockFormat.format(time_ms);

export const formatDay = (time_ms: number | null | undefined): string =>
  time_ms == null ? nothing : `${dayFormat.format(time_ms)}, ${clockFormat.format(time_ms)}`;

/** Times in a sentence of the agent's (ISO 8601, UTC) as the rest of the page shows them. */
export const withLocalTimes = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (iso) => formatTime(Date.parse(iso)));

export const formatDuration = (ms: number): string => {
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
};
