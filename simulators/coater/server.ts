import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import type { Logger } from '../../src/core/logger.ts';
import type { CoaterServer, CoaterServerOptions } from './contract.ts';
import type { OpenServer } from './opcua.ts';

/** @throws RetryableError when the port can't be had. */
export async function startCoaterServer(options: CoaterServerOptions): Promise<CoaterServer> {
  speakThrough(options.log);
  // Loaded here and not above: it takes a second, which whoever only imports this file need not wait for.
  const { openServer } = await import('./opcua.ts');
  const port = options.port === 0 ? await freePort(options.hostname) : options.port;
  let shifts = 0;
  let latest_ms = options.initialTime_ms;
  let running: OpenServer | undefined = await openServer({ ...options, port }, shifts, latest_ms);
  const endpointUrl = `opc.tcp://${options.hostname}:${port}`;
  options.log.info({ event: 'coater-server-started', endpointUrl, lines: options.lines });
  const close = async () => {
    const old = running;
    running = undefined;
    await old?.server.shutdown(0);
  };
  return {
    endpointUrl,
    write(emission) {
      latest_ms = emission.sample.time_ms;
      running?.write(emission);
    },
    goDown: close,
    async comeBack(shiftNamespace) {
      if (shiftNamespace) shifts++;
      running ??= await openServer({ ...options, port }, shifts, latest_ms);
      options.log.info({ event: 'coater-server-restarted', endpointUrl });
    },
    stop: close,
  };
}

/**
 * node-opcua writes its warnings to standard output, which belongs to a command's result, and begins while it is being
 * loaded. So its logger module, which only itself depends on, is found and turned to our log first.
 */
function speakThrough(log: Logger): void {
  const resolveOurs = createRequire(import.meta.url);
  const loggers = createRequire(resolveOurs.resolve('node-opcua'))('node-opcua-debug') as Record<
    'setDebugLogger' | 'setWarningLogger' | 'setErrorLogger',
    (print: (...parts: unknown[]) => void) => void
  >;
  const say = (...parts: unknown[]) => log.debug({ event: 'node-opcua' }, parts.map(String).join(' ').trim());
  loggers.setDebugLogger(say);
  loggers.setWarningLogger(say);
  loggers.setErrorLogger(say);
}

/** A port that was free a moment ago; the OPC UA server itself can't be asked which one it took. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
