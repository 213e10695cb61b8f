import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';

const environment = {
  GAPWISE_OPCUA_PASSWORD: 'x',
  GAPWISE_MQTT_PASSWORD: 'x',
  GAPWISE_DEMO_OPCUA: 'opc.tcp://127.0.0.1:1',
  GAPWISE_DEMO_MQTT: 'mqtt://127.0.0.1:1',
};

describe('the configurations that ship', () => {
  it.each(readdirSync('config').filter((file) => file.endsWith('.yaml')))('%s loads', (file) => {
    const { config } = loadConfig(`config/${file}`, environment);
    expect(config.lines.length).toBeGreaterThan(0);
  });
});
