import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataType,
  type DataType as DataTypeOf,
  MessageSecurityMode,
  makeAccessLevelFlag,
  makeEUInformation,
  type Namespace,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  type UAVariable,
} from 'node-opcua';
import { messageOf, RetryableError } from '../../src/core/errors.ts';
import { parameter } from '../../src/core/messages.ts';
import type { MachineEmission } from '../emission.ts';
import { COATER_NAMESPACE_URI, type CoaterServerOptions } from './contract.ts';
import { type MachineParameter, machineParameters } from './parameters.ts';

/** A server that is up. */
export interface OpenServer {
  readonly server: OPCUAServer;
  write(emission: MachineEmission): void;
}

/** @param shifts how many other namespaces come before the coater's own. */
export async function openServer(
  options: CoaterServerOptions,
  shifts: number,
  initialTime_ms: number | undefined,
): Promise<OpenServer> {
  const certificates = new OPCUACertificateManager({
    rootFolder: join(options.stateDirectory, 'coater-server'),
    // A simulator has no secrets, but it doesn't teach bad habits either: unknown clients are rejected.
    automaticallyAcceptUnknownCertificate: false,
    keySize: 2048,
  });
  mkdirSync(options.stateDirectory, { recursive: true, mode: 0o700 });
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
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: !options.users,
    userManager: {
      isValidUser: (name: string, password: string) =>
        options.users?.some((user) => user.name === name && user.password === password) ?? false,
    },
  });
  try {
    await server.initialize();
    for (let i = 1; i <= shifts; i++)
      server.engine.addressSpace?.registerNamespace(`${COATER_NAMESPACE_URI}:option-${i}`);
    const namespace = server.engine.addressSpace?.registerNamespace(COATER_NAMESPACE_URI);
    if (!namespace) throw new Error('the server has no address space');
    const lines = new Map(options.lines.map((line) => [line, addLine(server, namespace, line)]));
    const initialTime = initialTime_ms === undefined ? new Date() : new Date(initialTime_ms);
    for (const nodes of lines.values()) {
      for (const [name, node] of nodes) {
        const waiting = StatusCodes.BadWaitingForInitialData;
        node.setValueFromSource({ dataType: dataTypeOf(name), value: 0 }, waiting, initialTime);
      }
    }
    await server.start();
    return { server, write: writer(lines) };
  } catch (cause) {
    throw new RetryableError(`the OPC UA server can't start: ${messageOf(cause)}`, {
      where: `opc.tcp://${options.hostname}:${options.port}`,
      cause,
    });
  }
}

type LineNodes = ReadonlyMap<string, UAVariable>;

function addLine(server: OPCUAServer, namespace: Namespace, line: string): LineNodes {
  const folder = server.engine.addressSpace?.rootFolder.objects;
  const device = namespace.addObject({
    browseName: line,
    nodeId: `s=${line}`,
    ...(folder ? { organizedBy: folder } : {}),
  });
  const accessLevel = makeAccessLevelFlag('CurrentRead');
  const common = (name: string) => ({
    componentOf: device,
    browseName: name,
    nodeId: `s=${line}.${name}`,
    minimumSamplingInterval: 0,
    accessLevel,
    userAccessLevel: accessLevel,
  });
  const nodes = machineParameters.map((item: MachineParameter): [string, UAVariable] => {
    const shared = { ...common(item.name), description: item.description };
    if (item.name === parameter.lineState) {
      const states = namespace.addMultiStateDiscrete({
        ...shared,
        enumStrings: ['stopped', 'moving', 'coating', 'fault'],
      });
      return [item.name, states as unknown as UAVariable];
    }
    const node = namespace.addAnalogDataItem({
      ...shared,
      dataType: DataType.Double,
      engineeringUnits: unitOf(item.unit),
      engineeringUnitsRange: { low: item.low, high: item.high },
      instrumentRange: { low: item.low, high: item.high },
    });
    return [item.name, node as unknown as UAVariable];
  });
  return new Map(nodes);
}

function writer(lines: ReadonlyMap<string, LineNodes>): (emission: MachineEmission) => void {
  return ({ sample, held, status }) => {
    const nodes = lines.get(sample.line);
    if (!nodes) return;
    const time = new Date(sample.time_ms);
    const worse = status === 'bad' ? StatusCodes.BadSensorFailure : StatusCodes.UncertainLastUsableValue;
    for (const [name, value] of Object.entries(held)) {
      const statusCode = sample.bad?.includes(name) ? worse : StatusCodes.Good;
      nodes.get(name)?.setValueFromSource({ dataType: dataTypeOf(name), value }, statusCode, time);
    }
  };
}

const dataTypeOf = (name: string): DataTypeOf =>
  name === parameter.lineState ? DataType.UInt32 : DataType.Double;

/** Units by their common code in UN/CEFACT Recommendation 20, as OPC 10000-8 asks. */
const unitCodes: Readonly<Record<string, readonly [code: string, name: string]>> = {
  mm: ['MMT', 'millimetre'],
  m: ['MTR', 'metre'],
  'm/min': ['2X', 'metre per minute'],
  'm/s': ['MTS', 'metre per second'],
  '%': ['P1', 'percent'],
  rpm: ['RPM', 'revolutions per minute'],
  '°C': ['CEL', 'degree Celsius'],
  Pa·s: ['C65', 'pascal second'],
  kPa: ['KPA', 'kilopascal'],
  N: ['NEW', 'newton'],
};

function unitOf(unit: string) {
  const [code, name] = unitCodes[unit] ?? ['C62', 'one'];
  return makeEUInformation(code, unit, name);
}
