import type { OPCUAServer, StatusCode, UAVariable } from 'node-opcua';
import { silentLogger } from '../../src/core/logger.ts';
import { loadOpcUa, type OpcUaLibrary } from '../../src/sources/opcua/library.ts';

export const coaterUri = 'http://example.org/coater';

/** A small coater as an OPC UA server of the test's own; every value has the source time that it was set with. */
export interface TestServer {
  readonly endpoint: string;
  readonly library: OpcUaLibrary;
  set(name: string, value: number, source_ms: number, status?: StatusCode): void;
  /** The server's certificate, for a client to trust. */
  certificate(): Buffer;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly port: number;
  readonly pkiFolder: string;
  /** Namespaces registered before the coater's own: they shift its index. */
  readonly namespacesBefore?: readonly string[];
  readonly variables?: readonly string[];
  readonly users?: Readonly<Record<string, string>>;
  /** Variables that take so long to be read for the first time (ms). */
  readonly slow?: Readonly<Record<string, number>>;
}

export async function startOpcUaServer(options: TestServerOptions): Promise<TestServer> {
  const library = await loadOpcUa(silentLogger);
  const certificates = new library.OPCUACertificateManager({
    rootFolder: options.pkiFolder,
    // The other way round, the server trusting the agent, is not what these tests are about.
    automaticallyAcceptUnknownCertificate: true,
  });
  await certificates.initialize();
  const server: OPCUAServer = new library.OPCUAServer({
    port: options.port,
    hostname: '127.0.0.1',
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityModes: [library.MessageSecurityMode.None, library.MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [library.SecurityPolicy.None, library.SecurityPolicy.Basic256Sha256],
    allowAnonymous: options.users === undefined,
    ...(options.users === undefined
      ? {}
      : {
          userManager: {
            isValidUser: (name: string, password: string) => options.users?.[name] === password,
          },
        }),
    // Otherwise the server would skip values that follow each other within 50 ms.
    serverCapabilities: { minSupportedSampleRate: 0 },
    nodeset_filename: [library.nodesets.standard],
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (!space) throw new Error('the server has no address space');
  for (const uri of options.namespacesBefore ?? []) space.registerNamespace(uri);
  const namespace = space.registerNamespace(coaterUri);
  const coater = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Coater' });
  const variables = new Map<string, UAVariable>();
  for (const name of options.variables ?? ['Gap', 'Ratio']) {
    const variable = namespace.addVariable({
      componentOf: coater,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: 'Double',
      minimumSamplingInterval: 0,
    });
    const delay_ms = options.slow?.[name];
    if (delay_ms !== undefined) {
      variable.bindVariable({
        refreshFunc: (done) => setTimeout(() => done(null, variable.readValue()), delay_ms),
      });
    }
    variables.set(name, variable);
  }
  await server.start();
  return {
    endpoint: `opc.tcp://127.0.0.1:${options.port}`,
    library,
    set(name, value, source_ms, status = library.StatusCodes.Good) {
      variables
        .get(name)
        ?.setValueFromSource({ dataType: library.DataType.Double, value }, status, new Date(source_ms));
    },
    certificate: () => server.getCertificate(),
    stop: () => server.shutdown(10),
  };
}
