import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './mqtt-broker.ts';

/** A wire between client and server that can be cut, or go dead without a sign. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** The connections that stand stay open and carry nothing any more; new ones work. */
  freeze(): void;
  /** Resolves once the server has sent so many more messages, whether or not they were carried on. */
  sentByServer(messages: number): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const port = await freePort();
  const pairs = new Set<readonly [Socket, Socket]>();
  const fromServer = new EventEmitter();
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    far.on('data', () => fromServer.emit('message'));
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
  });
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
    await closed;
  };
  await listen();
  return {
    port,
    cut,
    mend: listen,
    freeze() {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume();
        far.unpipe(near).resume();
      }
    },
    async sentByServer(messages) {
      for (let sent = 0; sent < messages; sent++) await once(fromServer, 'message');
    },
    close: cut,
  };
}
