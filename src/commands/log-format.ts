import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const LEVELS: Readonly<Record<number, readonly [name: string, style: Style]>> = {
  10: ['TRACE', 'gray'],
  20: ['DEBUG', 'gray'],
  30: ['INFO ', 'green'],
  40: ['WARN ', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
};

/** What stands in a log line anyway, and what is told in words. */
const SHOWN = new Set(['level', 'time', 'event', 'msg', 'line']);

/**
 * A line of the log for people at a terminal: time, level, line, event, sentence, and the figures behind it. Text that
 * is no log record passes unchanged.
 *
 * @param colour escape codes for a terminal.
 */
export function readableLine(json: string, colour: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const paint = (style: Style, text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const [level, style] = LEVELS[Number(record['level'])] ?? ['     ', 'white'];
  const figures = Object.entries(record)
    .filter(([key]) => !SHOWN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const parts = [
    paint('gray', timeOfDay(Number(record['time']))),
    paint(style, level),
    ...(record['line'] === undefined ? [] : [paint('cyan', String(record['line']))]),
    String(record['event'] ?? ''),
    ...(record['msg'] === undefined ? [] : [paint('bold', String(record['msg']))]),
    ...(figures.length > 0 ? [paint('gray', figures.join(' '))] : []),
  ];
  return `${parts.filter((part) => part !== '').join('  ')}\n`;
}

/** On the clock of this machine, as the people in front of it read it. */
function timeOfDay(time_ms: number): string {
  const time = new Date(time_ms);
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
