/**
 * `DD.MM.YYYY HH:MM:SS`, as plants in much of Europe write it, on a clock that is `offset` (`+01:00`) ahead of UTC, in
 * ms since 1970; NaN for any other text and for a day that the month does not have.
 */
export function localTime(text: string, offset: string): number {
  const match = /^(\d\d?)\.(\d\d?)\.(\d{4}) +(\d\d?):(\d\d):(\d\d(?:[.,]\d{1,3})?)$/.exec(text.trim());
  if (!match) return Number.NaN;
  const [, day = '', month = '', year = '', hour = '', minute = '', second = ''] = match;
  // The 31st of a month of 30 days must not become the first of the next.
  if (lastDay(Number(year), Number(month)) < Number(day)) return Number.NaN;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return Date.parse(`${date}T${hour.padStart(2, '0')}:${minute}:${second.replace(',', '.')}${offset}`);
}

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
