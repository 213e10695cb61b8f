import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { serviceManager } from '../../src/commands/service-manager.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { requireProgram } from '../support/real.ts';

/** What systemd would hear, a line for each datagram. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

const present = requireProgram('systemd-notify') && requireProgram('python3');

describe.skipIf(!present)(
  `the word to systemd${present ? '' : ' (skipped: no systemd-notify or python3)'}`,
  () => {
    let stop = () => {};
    afterEach(() => stop());

    async function listener() {
      const socket = join(mkdtempSync(join(tmpdir(), 'gapwise-notify-')), 'socket');
      const python = spawn('python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      stop = () => python.kill();
      const lines = createInterface({ input: python.stdout });
      const heard: string[] = [];
      lines.on('line', (line) => heard.push(line));
      const hears = async (text: string) => {
        while (!heard.some((line) => line.includes(text))) await once(lines, 'line');
      };
      await hears('listening');
      return { socket, heard, hears };
    }

    it('is ready, alive for the watchdog, reloading, and stopping', async () => {
      const { socket, hears } = await listener();
      const manager = serviceManager(
        { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '40000', PATH: process.env['PATH'] },
        { clock: systemClock, log: silentLogger, alive: () => true },
      );
      manager.ready('two lines');
      await hears('READY=1');
      await hears('STATUS=two lines');
      await hears('WATCHDOG=1');
      manager.reloading();
      await hears('RELOADING=1');
      manager.stopping();
      await hears('STOPPING=1');
    });

    it('leaves the watchdog to act when the agent does not work', async () => {
      const { socket, heard, hears } = await listener();
      const log = new EventEmitter();
      const unanswered = once(log, 'watchdog-unanswered');
      const manager = serviceManager(
        { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '20000', PATH: process.env['PATH'] },
        {
          clock: systemClock,
          log: { ...silentLogger, error: ({ event }) => log.emit(event) },
          alive: () => false,
        },
      );
      manager.ready('stuck');
      await unanswered;
      manager.stopping();
      await hears('STOPPING=1');
      expect(heard.join()).not.toContain('WATCHDOG=1');
    });

    it('says nothing where nobody listens', () => {
      const manager = serviceManager({}, { clock: systemClock, log: silentLogger, alive: () => true });
      expect(() => manager.ready('x')).not.toThrow();
    });
  },
);
