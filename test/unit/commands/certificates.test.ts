import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../../../src/commands/certificates.ts';
import type { CommandContext } from '../../../src/commands/command.ts';
import { BadInputError, ConfigError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openCertificates, ownCertificate } from '../../../src/sources/opcua/certificate-folder.ts';
import { listCertificates } from '../../../src/sources/opcua/certificates.ts';
import { loadOpcUa } from '../../../src/sources/opcua/library.ts';

interface Listing {
  readonly folders: readonly { of: string; folder: string }[];
  readonly certificates: readonly { of: string; state: string; thumbprint: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'gapwise-certificates-'));
const state = join(folder, 'state');
const ofSources = join(state, 'opcua', 'certificates');
const ofSink = join(state, 'sinks', '1-opcua', 'opcua-certificates');
const config = join(folder, 'line.yaml');
/** Thumbprints of a server that a source met, and of a client that came to the sink. */
let server: string;
let client: string;

/** A certificate as some peer would bring it. */
async function peer(name: string): Promise<{ file: string; thumbprint: string }> {
  const place = join(folder, name);
  await (await openCertificates(await loadOpcUa(silentLogger), place)).dispose();
  return { file: ownCertificate(place), thumbprint: listCertificates(place)[0]!.thumbprint };
}

function refuse(file: string, trust: string): void {
  mkdirSync(join(trust, 'rejected'), { recursive: true });
  copyFileSync(file, join(trust, 'rejected', 'peer.pem'));
}

const write = (sources: object[], sinks: object[]) => {
  const lab = { file: resolve('config/lab/lrcs-cunha-2020.csv') };
  writeFileSync(config, JSON.stringify({ state, lines: [{ name: 'line-1', lab, sources }], sinks }));
};
const opcua = { type: 'opcua', endpoint: 'opc.tcp://a:4840', tags: { gap: { node: 'ns=1;s=Gap' } } };

beforeAll(async () => {
  const [one, two] = [await peer('server'), await peer('client')];
  refuse(one.file, ofSources);
  refuse(two.file, ofSink);
  server = one.thumbprint;
  client = two.thumbprint;
  write([opcua], [{ type: 'mqtt', url: 'mqtt://a' }, { type: 'opcua' }]);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<string> {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  const context = { out: { write }, environment: {}, log: silentLogger } as unknown as CommandContext;
  const program = new Command().exitOverride();
  register(program, context);
  await program.parseAsync(['certificates', ...args, '--config', config], { from: 'user' });
  return out;
}
const json = async (...args: string[]) => JSON.parse(await run(...args, '--json')) as Listing;

describe('gapwise certificates', () => {
  it('lists what the sources and each sink know, told apart', async () => {
    const { folders, certificates } = await json('list');
    expect(folders).toEqual([
      { of: 'sources', folder: ofSources },
      { of: 'sink 1', folder: ofSink },
    ]);
    expect(certificates).toMatchObject([
      { of: 'sources', state: 'rejected', thumbprint: server },
      { of: 'sink 1', state: 'rejected', thumbprint: client },
    ]);
    const table = await run('list');
    expect(table).toMatch(new RegExp(`^sources +rejected +${server}`, 'm'));
    expect(table).toMatch(new RegExp(`^sink 1 +rejected +${client}`, 'm'));
    expect(table).toContain(`sink 1: ${ofSink}`);
  });

  it('trusts a client of the sink in the folder of the sink, which gets no certificate of ours by that', async () => {
    expect((await json('trust', client.slice(0, 12))).certificates).toMatchObject([
      { of: 'sink 1', state: 'trusted', thumbprint: client },
    ]);
    expect(listCertificates(ofSink)).toMatchObject([{ state: 'trusted', thumbprint: client }]);
    expect(listCertificates(ofSources)).toMatchObject([{ state: 'rejected', thumbprint: server }]);
  });

  it('asks which folder is meant where both know a certificate, and changes nothing', async () => {
    copyFileSync(join(ofSources, 'rejected', 'peer.pem'), join(ofSink, 'rejected', 'again.pem'));
    const error: unknown = await run('trust', server).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadInputError);
    expect(String(error)).toContain(`--folder ${ofSink}`);
    expect(readdirSync(join(ofSink, 'rejected'))).toContain('again.pem');
    expect(existsSync(join(ofSources, 'rejected', 'peer.pem'))).toBe(true);
    rmSync(join(ofSink, 'rejected', 'again.pem'));
  });

  it('says which are known where none fits', async () => {
    const error: unknown = await run('trust', 'FFFFFFFFFFFF').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadInputError);
    expect(String(error)).toContain(server);
    expect(String(error)).toContain(client);
  });

  it('takes a configuration whose one OPC UA part is a sink, and none without any', async () => {
    write([{ type: 'mqtt', url: 'mqtt://a' }], [{ type: 'mqtt', url: 'mqtt://a' }, { type: 'opcua' }]);
    expect((await json('list')).folders).toEqual([{ of: 'sink 1', folder: ofSink }]);
    write([{ type: 'mqtt', url: 'mqtt://a' }], []);
    await expect(run('list')).rejects.toThrow(ConfigError);
  });
});
