import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';

/** Whatever variable a sample names for a secret; addresses of the demo's own servers. */
const environment: Record<string, string> = new Proxy(
  { GAPWISE_DEMO_OPCUA: 'opc.tcp://127.0.0.1:1', GAPWISE_DEMO_MQTT: 'mqtt://127.0.0.1:1' },
  { get: (known, name) => Reflect.get(known, name) ?? 'a-secret-of-the-right-length' },
);

describe('the configurations that ship', () => {
  it.each(readdirSync('config').filter((file) => file.endsWith('.yaml')))('%s loads', (file) => {
    const { config } = loadConfig(`config/${file}`, environment);
    expect(config.lines.length).toBeGreaterThan(0);
  });
});
