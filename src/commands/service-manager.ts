import { execFile } from 'node:child_process';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** What started the agent as a service and watches it. */
export interface ServiceManager {
  /** All is up: the sources are let in, the page is there. Begins to answer the watchdog, where there is one. */
  ready(status: string): void;
  /** The configuration is being read again; `ready` ends it. */
  reloading(): void;
  stopping(): void;
}

const nobody: ServiceManager = { ready: () => {}, reloading: () => {}, stopping: () => {} };

/** systemd-notify is a process: more than some seconds means that the machine is in trouble. */
const patience_ms = 5_000;

/**
 * Speaks to systemd as sd_notify(3) describes, where NOTIFY_SOCKET tells that it listens; elsewhere nobody is told.
 * Node.js has no datagram sockets of the Unix kind, so systemd's own `systemd-notify` carries the words.
 *
 * The watchdog is answered at half its period, and only while `alive` says that the agent works: systemd starts anew
 * what doesn't.
 */
export function serviceManager(
  environment: Readonly<Record<string, string | undefined>>,
  around: { readonly clock: Clock; readonly log: Logger; readonly alive: () => boolean },
): ServiceManager {
  const socket = environment['NOTIFY_SOCKET'];
  if (!socket) return nobody;
  const { clock, log, alive } = around;
  const period_ms = Number(environment['WATCHDOG_USEC'] ?? 0) / 1000;
  let cancel: Cancel | undefined;

  const tell = (...words: string[]) => {
    const env = { PATH: environment['PATH'] ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket };
    execFile('systemd-notify', words, { env, timeout: patience_ms }, (error) => {
      if (error) log.warn({ event: 'service-manager-unheard', words }, messageOf(error));
    });
  };
  const watch = () => {
    cancel = clock.after(period_ms / 2, () => {
      if (alive()) tell('WATCHDOG=1');
      else
        log.error({ event: 'watchdog-unanswered' }, 'the agent does not work: the watchdog is left to act');
      watch();
    });
  };

  return {
    ready(status) {
      tell('--ready', `--status=${status}`);
      if (period_ms > 0 && !cancel) watch();
    },
    reloading: () => tell('RELOADING=1'),
    stopping() {
      cancel?.();
      tell('STOPPING=1');
    },
  };
}
