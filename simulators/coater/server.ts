import { type AddressInfo, createServer } from 'node:net';
import { loadOpcUa } from '../../src/core/opcua-library.ts';
import type { CoaterServer, CoaterServerOptions } from './contract.ts';
import type { OpenServer } from './opcua.ts';

/** @throws RetryableError when the port can't be had. */
export async function startCoaterServer(options: CoaterServerOptions): Promise<CoaterServer> {
  // Loaded here and not above: it takes a second, which whoever only imports this file need not wait for.
  await loadOpcUa(options.log);
  const { openServer } = await import('./opcua.ts');
  const port = options.port === 0 ? await freePort(options.hostname) : options.port;
  let shifts = 0;
  let certificate = 0;
  let initialTime_ms = options.initialTime_ms;
  const open = () => openServer({ ...options, port }, { shifts, certificate, initialTime_ms });
  let running: OpenServer | undefined = await open();
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
      initialTime_ms = emission.sample.time_ms;
      running?.write(emission);
    },
    goDown: close,
    async comeBack({ shiftNamespace, newCertificate }) {
      if (shiftNamespace) shifts++;
      if (newCertificate) certificate++;
      running ??= await open();
      options.log.info({ event: 'coater-server-restarted', endpointUrl });
    },
    stop: close,
  };
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
