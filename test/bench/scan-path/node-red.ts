import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../real/mqtt-broker.ts';
import type { Format } from './steps.ts';

/** The newest line that runs on Node 20. */
const PACKAGE = 'node-red@4';
const HEADER_BYTES = 24;

export interface NodeRed {
  readonly version: string;
  command(url: string, name: string, format: Format): Promise<readonly string[]>;
}

/**
 * Installs it into a folder of its own outside the project, or takes the one in the folder GAPWISE_BENCH_NODE_RED;
 * undefined where there is no registry to reach.
 */
export function installNodeRed(): NodeRed | undefined {
  const folder = process.env['GAPWISE_BENCH_NODE_RED'] ?? mkdtempSync(join(tmpdir(), 'gapwise-node-red-'));
  const home = join(folder, 'node_modules', 'node-red');
  if (!existsSync(join(home, 'package.json'))) {
    const words = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', PACKAGE];
    if (spawnSync('npm', words, { stdio: 'ignore' }).status !== 0) return undefined;
  }
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  return {
    version,
    async command(url, name, format) {
      const user = mkdtempSync(join(tmpdir(), 'gapwise-bench-flow-'));
      const settings = {
        uiHost: '127.0.0.1',
        uiPort: await freePort(),
        flowFile: 'flow.json',
        telemetry: { enabled: false },
      };
      writeFileSync(join(user, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
      writeFileSync(join(user, 'flow.json'), JSON.stringify(flow(url, name, format)));
      return [process.execPath, join(home, 'red.js'), '--userDir', user];
    },
  };
}

/** Its own nodes and nothing else: MQTT in, a function, MQTT out. */
function flow(url: string, name: string, format: Format): readonly object[] {
  const { hostname, port } = new URL(url);
  const broker = {
    id: 'broker',
    type: 'mqtt-broker',
    broker: hostname,
    port,
    clientid: name,
    protocolVersion: '4',
    cleansession: true,
  };
  const at = { z: 'tab', broker: 'broker', qos: '1' };
  return [
    { id: 'tab', type: 'tab', label: 'means' },
    { ...broker, autoConnect: true, usetls: false, keepalive: '60' },
    {
      ...at,
      id: 'in',
      type: 'mqtt in',
      topic: `bench/${name}/scan`,
      datatype: format === 'json' ? 'json' : 'buffer',
      wires: [['means']],
    },
    {
      id: 'means',
      type: 'function',
      z: 'tab',
      func: (format === 'json' ? FROM_JSON : FROM_FLOATS) + MEANS,
      outputs: 1,
      wires: [['out']],
    },
    { ...at, id: 'out', type: 'mqtt out', topic: `out/${name}/means`, retain: 'false', wires: [] },
  ];
}

const FROM_JSON = 'const scan = msg.payload.scan; const loading = msg.payload.loading_g_m2;';
const FROM_FLOATS = `
const bytes = msg.payload;
const scan = bytes.readUInt32LE(8);
const loading = new Float32Array(bytes.buffer.slice(bytes.byteOffset + ${HEADER_BYTES}, bytes.byteOffset + bytes.length));`;
const MEANS = `
const half = loading.length >> 1;
const mean = (from, to) => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += loading[i];
  return sum / (to - from);
};
return { payload: { scan, lanes: [mean(0, half), mean(half, loading.length)] } };`;
