import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
} from 'node-opcua';
import { ConfigError, messageOf, RetryableError } from '../../src/core/errors.ts';
import type { MachineEmission } from '../emission.ts';
import { addLine } from './address-space.ts';
import { COATER_NAMESPACE_URI, type CoaterServerOptions } from './contract.ts';

/** A server that is up. */
export interface OpenServer {
  readonly server: OPCUAServer;
  write(emission: MachineEmission): void;
}

/** What differs from one start of the same server to the next. */
export interface Generation {
  /** How many other namespaces come before the coater's own. */
  readonly shifts: number;
  /** Counts its keys and certificates, from 0. */
  readonly certificate: number;
  readonly initialTime_ms: number | undefined;
}

/**
 * @throws RetryableError when the port can't be had, ConfigError for a certificate to be trusted that can't be read.
 */
export async function openServer(
  options: CoaterServerOptions,
  { shifts, certificate, initialTime_ms }: Generation,
): Promise<OpenServer> {
  mkdirSync(options.stateDirectory, { recursive: true, mode: 0o700 });
  const certificates = new OPCUACertificateManager({
    rootFolder: join(options.stateDirectory, `coater-server${certificate > 0 ? `-${certificate}` : ''}`),
    // A simulator has no secrets, but it doesn't teach bad habits either: unknown clients are rejected.
    automaticallyAcceptUnknownCertificate: false,
    keySize: 2048,
  });
  const server = new OPCUAServer({
    port: options.port,
    host: options.hostname,
    hostname: options.hostname,
    nodesets: [nodesets.standard],
    serverCertificateManager: certificates,
    serverInfo: {
      applicationUri: 'urn:gapwise:simulator',
      productUri: 'urn:gapwise:simulator',
      applicationName: { text: 'gapwise simulated coater' },
    },
    buildInfo: { productName: 'gapwise simulated coater' },
    // A rate of 0 is what lets every written value through; any other folds those that come close together.
    serverCapabilities: { minSupportedSampleRate: 0 },
    securityPolicies: [
      SecurityPolicy.None,
      SecurityPolicy.Basic256Sha256,
      SecurityPolicy.Aes128_Sha256_RsaOaep,
      SecurityPolicy.Aes256_Sha256_RsaPss,
    ],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: !options.users,
    userManager: {
      isValidUser: (name: string, password: string) =>
        options.users?.some((user) => user.name === name && user.password === password) ?? false,
    },
  });
  const trusted = (options.trusted ?? []).map(readCertificate);
  try {
    await server.initialize();
    for (const der of trusted) await certificates.trustCertificate(der);
    for (let i = 1; i <= shifts; i++)
      server.engine.addressSpace?.registerNamespace(`${COATER_NAMESPACE_URI}:option-${i}`);
    const namespace = server.engine.addressSpace?.registerNamespace(COATER_NAMESPACE_URI);
    if (!namespace) throw new Error('the server has no address space');
    const initialTime = initialTime_ms === undefined ? new Date() : new Date(initialTime_ms);
    const lines = new Map(options.lines.map((line) => [line, addLine(server, namespace, line, initialTime)]));
    await server.start();
    return { server, write: (emission) => lines.get(emission.sample.line)?.write(emission) };
  } catch (cause) {
    throw new RetryableError(`the OPC UA server can't start: ${messageOf(cause)}`, {
      where: `opc.tcp://${options.hostname}:${options.port}`,
      cause,
    });
  }
}

/** In DER, from a file in PEM or DER. */
function readCertificate(file: string): Buffer {
  try {
    return new X509Certificate(readFileSync(file)).raw;
  } catch (cause) {
    throw new ConfigError(`no certificate: ${messageOf(cause)}`, {
      where: file,
      allowed: 'X.509, PEM or DER',
      cause,
    });
  }
}
