import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';

const minimal = `
lines:
  - name: coater-1
    lab: { file: lab.csv }
    sources:
      - { type: mqtt }
`;

/** Ten levels of ten aliases each: ten thousand million elements. */
const laughs = Array.from({ length: 10 }, (_, i) =>
  i === 0
    ? 'l0: &l0 [x]'
    : `l${i}: &l${i} [${Array(10)
        .fill(`*l${i - 1}`)
        .join(', ')}]`,
).join('\n');

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, 'line.yaml', tmpdir(), environment);

describe('the configuration', () => {
  it('fills in every default', () => {
    const config = parse(minimal);
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(config.lines[0]).toMatchObject({
      pipeline: { bins: { count: 5 } },
      abstraction: { lab_gaps_um: [75, 100, 200] },
    });
  });

  it('takes a curve over just the gaps that can be set', () => {
    const text = minimal.replace(
      'lab:',
      'predictor: { gap_range_um: [50, 250] }\n    curve_um: { from: 50, to: 250 }\n    lab:',
    );
    expect(parse(text).lines[0]?.curve_um).toMatchObject({ from: 50, to: 250 });
  });

  it.each([
    [
      'an unknown key, and says which it may have been',
      `${minimal}stor: {}\n`,
      /line\.yaml: line 7, stor: unknown key; did you mean "store"\? \(allowed: .*http.*\)/,
    ],
    [
      'an unknown key of one kind of source, with the keys of that kind alone',
      minimal.replace('type: mqtt', 'type: mqtt, endpont: x, urll: y'),
      /line 6, lines\.0\.sources\.0\.endpont: unknown key \(allowed: [^)]*\)\n.*urll: unknown key; did you mean "url"/,
    ],
    [
      'a wrong value, with its line and path',
      minimal.replace('type: mqtt', 'type: mqtt, keepalive_s: 1'),
      /line 6, lines\.0\.sources\.0\.keepalive_s: .*>=5/,
    ],
    [
      'a curve beyond the gaps that can be set',
      minimal.replace('lab:', 'curve_um: { from: 5, to: 300 }\n    lab:'),
      /line 4, lines\.0\.curve_um\.from: 5 µm lies outside predictor\.gap_range_um \(10 to 1000 µm\)$/,
    ],
    [
      'gaps that can be set without the curve, also where that is the default one',
      minimal.replace('lab:', 'predictor: { gap_range_um: [50, 250] }\n    lab:'),
      /curve_um\.from: 40 µm lies outside predictor\.gap_range_um \(50 to 250 µm\)\n.*curve_um\.to: 320 µm/,
    ],
    ['a source of no known kind', minimal.replace('mqtt', 'serial'), /line 6, lines\.0\.sources\.0\.type/],
    ['two lines of one name', `${minimal}${minimal.replace('lines:\n', '').replace('\n', '')}`, /same name/],
    ['a name that could not be a topic', minimal.replace('coater-1', 'a/b'), /line 3, lines\.0\.name/],
    ['what is not YAML', 'lines: [', /line\.yaml: /],
    ['aliases that expand without measure', laughs, /line\.yaml: .*alias/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('takes secrets from the environment and from files, and never shows them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapwise-config-'));
    writeFileSync(join(folder, 'password'), 'planted-secret\n');
    const text = minimal.replace(
      'type: mqtt',
      'type: mqtt, username: { from_env: USER_NAME }, password: { from_file: password }, keepalive_s: 1',
    );
    writeFileSync(join(folder, 'line.yaml'), text);
    const load = () => loadConfig(join(folder, 'line.yaml'), { USER_NAME: 'planted-name' });
    expect(load).toThrow(/keepalive_s/);
    expect(load).not.toThrow(/planted/);
    writeFileSync(join(folder, 'line.yaml'), text.replace(', keepalive_s: 1', ''));
    expect(load().config.lines[0]?.sources[0]).toMatchObject({
      username: 'planted-name',
      password: 'planted-secret',
    });
  });

  it('takes certificates from beside the file, wherever the agent is started', () => {
    const config = parseConfig(
      minimal.replace('type: mqtt', 'type: mqtt, tls: { ca_file: tls/ca.crt }'),
      'line.yaml',
      '/etc/gapwise',
      {},
    );
    expect(config.lines[0]?.sources[0]).toMatchObject({ tls: { ca_file: '/etc/gapwise/tls/ca.crt' } });
  });

  it('names the variable or file of a secret that is missing', () => {
    expect(() => parse(minimal.replace('type: mqtt', 'type: mqtt, password: { from_env: NONE }'))).toThrow(
      /line\.yaml: line 6, lines\.0\.sources\.0\.password: the environment variable NONE is not set/,
    );
    expect(() => parse(minimal.replace('type: mqtt', 'type: mqtt, password: { from_file: none }'))).toThrow(
      /password: the file .*none can't be read/,
    );
  });
});
