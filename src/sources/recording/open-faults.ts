import { ConfigError, messageOf } from '../../core/errors.ts';

// What is wrong with a recording before its first row, whatever its format.

export const unreadable = (file: string, error: unknown): ConfigError =>
  new ConfigError(`the recording can't be read: ${messageOf(error)}`, {
    where: file,
    allowed: 'a file below the data folder; --data FOLDER names another one',
    cause: error,
  });

export function missingColumns(
  file: string,
  missing: readonly string[],
  columns: readonly string[],
): ConfigError {
  const shown = columns.slice(0, 20).join(', ') + (columns.length > 20 ? `, … ${columns.at(-1)}` : '');
  return new ConfigError(`no column ${missing.slice(0, 5).join(', ')}`, { where: file, allowed: shown });
}
