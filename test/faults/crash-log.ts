import { writeSync } from 'node:fs';
import { type Logger, silentLogger } from '../../src/core/logger.ts';

/** Errors and warnings of a child process, as lines on its standard error: nothing may be lost when it is killed. */
export function levelledStderr(): Logger {
  const write = (level: string) => (fields: object, message?: string) =>
    void writeSync(2, `${level} ${JSON.stringify(fields)} ${message ?? ''}\n`);
  const log: Logger = { ...silentLogger, warn: write('warn'), error: write('error'), child: () => log };
  return log;
}
