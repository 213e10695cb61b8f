import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { FatalError, messageOf } from '../core/errors.ts';

/**
 * One writer for a store, however it was started. The lock is a listening socket in the store's folder: the system
 * frees it when its process dies, whatever the cause, so that nothing stale is ever mistaken for a living writer. A
 * file with a process id could not tell, least of all between containers that share the folder.
 *
 * Two processes that find the same dead socket within the same few microseconds might both take it; a service
 * manager never starts two at once.
 */
export interface WriterLock {
  release(): Promise<void>;
}

/** @throws FatalError where another process holds the lock, or the folder can't have one. */
export async function takeWriterLock(folder: string): Promise<WriterLock> {
  const { path, release } = socketOf(folder);
  try {
    const server = await acquire(path, folder);
    return {
      release: () =>
        new Promise((resolve) => {
          // Closing removes the socket's file too.
          server.close(() => {
            release();
            resolve();
          });
        }),
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Whether some process writes to the store just now. */
export async function hasWriter(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const { path, release } = socketOf(folder);
  try {
    return await answers(path);
  } finally {
    release();
  }
}

function socketOf(folder: string): { readonly path: string; release(): void } {
  const file = join(folder, 'writer.sock');
  if (process.platform === 'win32') {
    return { path: `\\\\.\\pipe\\${file.replaceAll('\\', '/')}`, release: () => {} };
  }
  if (process.platform !== 'linux') return { path: file, release: () => {} };
  // The path of a socket may have 107 bytes; through the open folder it is short however deep the folder lies.
  const directory = openSync(folder, 'r');
  return { path: `/proc/self/fd/${directory}/writer.sock`, release: () => closeSync(directory) };
}

async function acquire(path: string, folder: string): Promise<Server> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return await listen(path);
    } catch (error) {
      if (!isInUse(error)) {
        throw new FatalError(`can't lock the store: ${messageOf(error)}`, { where: folder, cause: error });
      }
    }
    if (await answers(path)) break;
    rmSync(path, { force: true });
  }
  throw new FatalError('another process writes to this store; only one agent may', { where: folder });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      // The lock must not keep a process alive that has nothing else to do.
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const isInUse = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
