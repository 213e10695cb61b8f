import mqtt from 'mqtt';

/**
 * What somebody writes in an afternoon: parse, the mean over each of two lanes, publish. No check of anything, no
 * pairing, no disk.
 */
const [url = '', name = '', format = 'json'] = process.argv.slice(2);
const HEADER_BYTES = 24;

const client = await mqtt.connectAsync(url, { clientId: name });
client.on('message', (_, payload) => {
  const { scan, loading } = format === 'json' ? fromJson(payload) : fromFloats(payload);
  const half = loading.length >> 1;
  const lanes = [mean(loading, 0, half), mean(loading, half, loading.length)];
  client.publish(`out/${name}/means`, JSON.stringify({ scan, lanes }), { qos: 1 });
});
await client.subscribeAsync(`bench/${name}/scan`, { qos: 1 });
process.stdout.write('ready\n');
process.once('SIGTERM', () => client.end(true, {}, () => process.exit(0)));

function fromJson(payload: Buffer): { scan: number; loading: ArrayLike<number> } {
  const { scan, loading_g_m2 } = JSON.parse(payload.toString()) as { scan: number; loading_g_m2: number[] };
  return { scan, loading: loading_g_m2 };
}

function fromFloats(payload: Buffer): { scan: number; loading: ArrayLike<number> } {
  // A copy, because a view of floats has to begin at a multiple of four.
  const values = payload.buffer.slice(payload.byteOffset + HEADER_BYTES, payload.byteOffset + payload.length);
  return { scan: payload.readUInt32LE(8), loading: new Float32Array(values) };
}

function mean(values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum / (to - from);
}
