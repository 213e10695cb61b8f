import type { HttpConfig } from '../config/http.ts';
import { ConfigError, FatalError, messageOf } from '../core/errors.ts';

/** A port that is taken is the commonest mishap of all: say which, and what to do. */
export function listenError(thrown: unknown, config: HttpConfig): Error {
  const code = (thrown as NodeJS.ErrnoException).code;
  const cause = thrown;
  if (code === 'EADDRINUSE')
    return new ConfigError(`port ${config.port} is in use by another program`, {
      where: 'http.port',
      allowed: 'a free port, or 0 for any free one',
      cause,
    });
  if (code === 'EACCES')
    return new ConfigError(`port ${config.port} may not be opened by this user`, {
      where: 'http.port',
      allowed: '1024 to 65535, or 0 for any free one',
      cause,
    });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ConfigError(`${config.host} is not an address of this machine`, {
      where: 'http.host',
      allowed: '127.0.0.1, 0.0.0.0, or an address of this machine',
      cause,
    });
  return new FatalError(`the page can't be served: ${messageOf(thrown)}`, { where: 'http', cause });
}
