import { createRequire } from 'node:module';
import type { Logger } from './logger.ts';

export type OpcUaLibrary = typeof import('node-opcua');

/**
 * Loads node-opcua when it is first needed: it takes a second. Its notes would go to standard output, some of them
 * while it loads, where a command may owe its caller one JSON document; so its own logger module is found first
 * and pointed to our log. Source and sink share it.
 */
export async function loadOpcUa(log: Logger): Promise<OpcUaLibrary> {
  const requireFromUs = createRequire(import.meta.url);
  const requireFromLibrary = createRequire(requireFromUs.resolve('node-opcua'));
  const loggers = requireFromLibrary('node-opcua-debug') as Record<
    'setDebugLogger' | 'setWarningLogger' | 'setErrorLogger',
    (print: (...parts: unknown[]) => void) => void
  >;
  const print = (...parts: unknown[]) =>
    log.debug(
      { event: 'node-opcua' },
      parts
        .filter((part) => typeof part === 'string')
        .join(' ')
        .trim(),
    );
  loggers.setDebugLogger(print);
  loggers.setWarningLogger(print);
  loggers.setErrorLogger(print);
  return import('node-opcua');
}
