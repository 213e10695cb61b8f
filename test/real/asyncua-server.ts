import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export const otherStackUri = 'urn:example:other-stack';

/**
 * A coater as a server of another OPC UA stack, plain as its own documentation has it. Arguments: URL, our namespace,
 * namespaces before it. Each line read sets both values: time (s), bar (mm), ratio (%); it answers with that time.
 */
const SERVER = `
import asyncio, datetime, sys
from asyncua import Server, ua

async def main(url, uri, before):
    server = Server()
    await server.init()
    server.set_endpoint(url)
    for i in range(before):
        await server.register_namespace(f"urn:example:before-{i}")
    index = await server.register_namespace(uri)
    coater = await server.nodes.objects.add_object(ua.NodeId("Coater", index), ua.QualifiedName("Coater", index))
    add = lambda name: coater.add_variable(ua.NodeId(name, index), ua.QualifiedName(name, index), 0.0)
    bar, ratio = await add("Bar"), await add("Ratio")
    async with server:
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            time_s, *values = [float(text) for text in line.split()]
            time = datetime.datetime.fromtimestamp(time_s, datetime.timezone.utc).replace(tzinfo=None)
            for node, value in zip((bar, ratio), values):
                await node.write_value(ua.DataValue(ua.Variant(value, ua.VariantType.Double),
                                                    SourceTimestamp=time, ServerTimestamp=time))
            print(line.split()[0], flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
`;

export class OtherServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  constructor(python: string, endpoint: string, namespacesBefore: number) {
    const args = ['-c', SERVER, endpoint, otherStackUri, String(namespacesBefore)];
    this.#child = spawn(python, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  async ready(): Promise<this> {
    await once(this.#lines, 'line');
    return this;
  }

  async set(time_ms: number, bar_mm: number, ratio_percent: number): Promise<void> {
    const done = once(this.#lines, 'line');
    this.#child.stdin.write(`${time_ms / 1000} ${bar_mm} ${ratio_percent}\n`);
    await done;
  }

  freeze = () => this.#child.kill('SIGSTOP');
  thaw = () => this.#child.kill('SIGCONT');

  /** As a controller does that loses its power. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

export const startOtherServer = (python: string, endpoint: string, namespacesBefore = 0) =>
  new OtherServer(python, endpoint, namespacesBefore).ready();
