import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { type FakeServer, startFakeServer } from '../../browser/fake-server.ts';
import { requireProgram } from '../../support/real.ts';

const text = readFileSync('src/http/README.md', 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!);
const commands = blocks('sh')
  .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
  .filter((line) => line.startsWith('curl '));
const token = 'operator-of-the-examples';

describe.skipIf(!requireProgram('curl'))('the examples of the API', () => {
  let fake: FakeServer;
  beforeAll(async () => {
    fake = await startFakeServer(7, { http: { operators: [{ name: 'Ada', token }] } });
    fake.scans(200);
    const time_ms = fake.now_ms();
    const alarm = { line: 'coater-1', alarm: 'prediction-drift', subject: '', priority: 'medium' } as const;
    fake.desk.raise({ ...alarm, time_ms, detail: 'six runs above their predictions' });
  });
  afterAll(() => fake.server.stop());

  it('are many', () => {
    expect(commands.length).toBeGreaterThanOrEqual(15);
  });

  it.each(commands)('%s', async (command) => {
    const environment = { GAPWISE: fake.server.url.replace(/\/$/, ''), LINE: 'coater-1', TOKEN: token };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], {
      env: { ...process.env, ...environment },
      maxBuffer: 1e8,
    });
    if (/live|ready|metrics|events/.test(command)) expect(stdout).toMatch(/^(live|ready|#|retry)/);
    else expect(JSON.parse(stdout)).toBeTypeOf('object');
  });

  it('have had their effect', () => {
    expect(fake.desk.actions.map(({ action, by }) => `${by} ${action}`)).toEqual([
      'Ada acknowledge',
      'Ada shelve',
      'Ada unshelve',
    ]);
  });
});

describe('the example of a configuration', () => {
  const environment = { GAPWISE_ADA_TOKEN: 'a-token-long-enough', GAPWISE_FILE: 'what-stands-in-a-file' };
  const rest = readFileSync('config/demo.yaml', 'utf8').replace(/^http:[\s\S]*/m, '');
  const demo = { GAPWISE_DEMO_OPCUA: 'opc.tcp://127.0.0.1:1', GAPWISE_DEMO_MQTT: 'mqtt://127.0.0.1:1' };

  it('is taken, and keeps no token', () => {
    const [yaml] = blocks('yaml');
    const here = yaml!.replaceAll(/from_file: [\w.]+/g, 'from_env: GAPWISE_FILE');
    const { http } = parseConfig(`${rest}\n${here}`, 'x.yaml', 'src/http', { ...environment, ...demo });
    expect(http.operators).toEqual([{ name: 'Ada', token: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(JSON.stringify(http)).not.toContain(environment.GAPWISE_ADA_TOKEN);
  });

  const refused = (http: string) => () => parseConfig(`${rest}\nhttp: ${http}`, 'x.yaml', '.', demo);
  it.each([
    ['{ host: 0.0.0.0 }', 'nobody could read'],
    ['{ open: true, readers: [{ name: a, token: aaaaaaaaaaaaaaaaaaaa }] }', 'not both'],
    ['{ operators: [{ name: a, token: aaaaaaaaaaaaaaa }] }', '16 characters'],
    [
      '{ operators: [{ name: a, token: aaaaaaaaaaaaaaaaaaaa }], readers: [{ name: a, token: bbbbbbbbbbbbbbbbbbbb }] }',
      'same name',
    ],
    [
      '{ operators: [{ name: a, token: aaaaaaaaaaaaaaaaaaaa }, { name: b, token: aaaaaaaaaaaaaaaaaaaa }] }',
      'same token',
    ],
  ])('would not be with %s', (http, why) => {
    expect(refused(http)).toThrow(why);
    expect(refused(http)).not.toThrow(/aaaaaaaaaaaaaaa/);
  });
});
