import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OPCUAServer, StatusCode } from 'node-opcua';
import type { OpcUaSinkSettings } from '../../config/opcua-output.ts';
import { FatalError } from '../../core/errors.ts';
import type { OpcUaLibrary } from '../../core/opcua-library.ts';
import type { VariableState } from '../line-image.ts';
import type { OutputLine } from '../line-ports.ts';
import type { Change } from '../line-view.ts';
import { OutputNodes, type WritableNode } from './address-space.ts';
import { certificatesFolder } from './certificates-folder.ts';

/** The server, listening. */
export interface OpenServer {
  readonly endpoint: string;
  sessions(): number;
  write(line: string, change: Change): void;
  close(): Promise<void>;
}

/** @throws what the library throws where the port can't be had or the certificates can't be kept. */
export async function openServer(
  library: OpcUaLibrary,
  settings: OpcUaSinkSettings,
  lines: readonly OutputLine[],
  stateFolder: string,
): Promise<OpenServer> {
  const server = await configuredServer(library, settings, stateFolder);
  try {
    await server.initialize();
    const space = server.engine.addressSpace;
    if (!space) throw new FatalError('the OPC UA server has no address space');
    const nodes = new OutputNodes(library, space, settings);
    for (const line of lines) nodes.addLine(line);
    await server.start();
    return {
      endpoint: `opc.tcp://${settings.host}:${settings.port}${settings.path}`,
      sessions: () => server.currentSessionCount,
      write(line, change) {
        const target = nodes.variable(line, change.path, change.group);
        if (target) writeNode(library, target, change);
      },
      close: () => server.shutdown(100),
    };
  } catch (error) {
    await server.shutdown(0).catch(() => {});
    throw error;
  }
}

async function configuredServer(
  library: OpcUaLibrary,
  settings: OpcUaSinkSettings,
  stateFolder: string,
): Promise<OPCUAServer> {
  const { MessageSecurityMode, SecurityPolicy, nodesets } = library;
  const { modes, policies } = settings.security;
  const open = modes.includes('none');
  const closed = modes.some((mode) => mode !== 'none');
  const { max_sessions: sessions, max_monitored_items: items } = settings;
  return new library.OPCUAServer({
    host: settings.host,
    hostname: settings.host,
    port: settings.port,
    resourcePath: settings.path,
    serverInfo: {
      applicationUri: settings.application_uri,
      productUri: 'urn:gapwise',
      applicationName: { text: 'gapwise' },
    },
    buildInfo: { productName: 'gapwise', productUri: 'urn:gapwise' },
    serverCertificateManager: await certificateManager(library, certificatesFolder(stateFolder)),
    userCertificateManager: await certificateManager(library, join(stateFolder, 'opcua-user-certificates')),
    securityModes: modes.map(
      (mode) =>
        ({
          'sign-and-encrypt': MessageSecurityMode.SignAndEncrypt,
          sign: MessageSecurityMode.Sign,
          none: MessageSecurityMode.None,
        })[mode],
    ),
    securityPolicies: [
      ...(open ? [SecurityPolicy.None] : []),
      ...(closed ? policies.map((policy) => SecurityPolicy[policy]) : []),
    ],
    allowAnonymous: settings.users.length === 0,
    userManager: { isValidUser: (name: string, password: string) => mayEnter(settings, name, password) },
    maxConnectionsPerEndpoint: 2 * sessions,
    serverCapabilities: {
      maxSessions: sessions,
      maxSubscriptions: 4 * sessions,
      maxSubscriptionsPerSession: 10,
      maxMonitoredItems: items,
      maxMonitoredItemsPerSubscription: items,
      maxMonitoredItemsQueueSize: 5_000,
      // A rate of 0 lets every value through to whoever asks for it; any other folds those that come close together.
      minSupportedSampleRate: 0,
      operationLimits: { maxNodesPerRead: 1_000, maxNodesPerBrowse: 1_000, maxMonitoredItemsPerCall: 1_000 },
    },
    nodesets: [
      nodesets.standard,
      nodesets.di,
      nodesets.ia,
      nodesets.machinery,
      nodesets.irdi,
      nodesets.padim,
      nodesets.machineryProcessValues,
    ],
  });
}

/** The library's own default would trust everyone. */
async function certificateManager(library: OpcUaLibrary, rootFolder: string) {
  mkdirSync(rootFolder, { recursive: true, mode: 0o700 });
  const manager = new library.OPCUACertificateManager({
    rootFolder,
    automaticallyAcceptUnknownCertificate: false,
  });
  await manager.initialize();
  return manager;
}

/** Compares all users, and digests rather than texts: the time it takes tells nothing of what is right. */
function mayEnter({ users }: OpcUaSinkSettings, name: string, password: string): boolean {
  const told = digest(name, password);
  return users.map((user) => timingSafeEqual(digest(user.username, user.password), told)).includes(true);
}

const digest = (name: string, password: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([name, password]))
    .digest();

function writeNode(library: OpcUaLibrary, { node, model }: WritableNode, state: VariableState): void {
  const { DataType, StatusCodes, VariantArrayType } = library;
  const time = new Date(state.time_ms);
  const { value } = state;
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    node.setValueFromSource({ dataType: DataType.Null }, StatusCodes.BadNoData, time);
    return;
  }
  const status = statusOf(library, state.quality);
  const dataType = DataType[model.type];
  const plain = model.type === 'DateTime' ? new Date(Number(value)) : value;
  node.setValueFromSource(
    model.array ? { dataType, arrayType: VariantArrayType.Array, value: plain } : { dataType, value: plain },
    status,
    time,
  );
}

function statusOf({ StatusCodes }: OpcUaLibrary, quality: VariableState['quality']): StatusCode {
  switch (quality) {
    case 'good':
      return StatusCodes.Good;
    case 'stale':
      return StatusCodes.UncertainLastUsableValue;
    case 'outside-data':
      return StatusCodes.UncertainSubNormal;
    case 'out-of-range':
      return StatusCodes.UncertainEngineeringUnitsExceeded;
  }
}
