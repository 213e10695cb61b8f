import {
  DataType,
  type DataType as DataTypeOf,
  makeAccessLevelFlag,
  makeEUInformation,
  type Namespace,
  type OPCUAServer,
  StatusCodes,
  type UAObject,
  type UAVariable,
} from 'node-opcua';
import { parameter } from '../../src/core/messages.ts';
import type { MachineEmission } from '../emission.ts';
import { alarmWatch, type CoaterAlarm, coaterAlarms } from './alarms.ts';
import { COATER_METHODS } from './contract.ts';
import { type MachineParameter, machineParameters } from './parameters.ts';

/** The nodes of one line, and what writes them. */
export interface LineNodes {
  write(emission: MachineEmission): void;
}

const accessLevel = makeAccessLevelFlag('CurrentRead');
const readOnly = { accessLevel, userAccessLevel: accessLevel };

/**
 * One coater under Objects: its parameters, a folder `alarms`, and methods that anyone can see and nobody may call. It
 * tells of alarms by events too, through the Server object.
 *
 * @param initialTime source time of what stands in the nodes before their first value.
 */
export function addLine(
  server: OPCUAServer,
  namespace: Namespace,
  line: string,
  initialTime: Date,
): LineNodes {
  const objects = server.engine.addressSpace?.rootFolder.objects;
  const device = namespace.addObject({
    browseName: line,
    nodeId: `s=${line}`,
    eventNotifier: 1,
    ...(objects && { organizedBy: objects, notifierOf: objects.server }),
  });
  const nodes = new Map(machineParameters.map((item) => [item.name, addParameter(namespace, device, item)]));
  for (const [name, node] of nodes) {
    const value = { dataType: dataTypeOf(name), value: 0 };
    node.setValueFromSource(value, StatusCodes.BadWaitingForInitialData, initialTime);
  }
  const alarms = addAlarms(namespace, device, line);
  for (const name of COATER_METHODS) addMethod(namespace, device, line, name);
  const watch = alarmWatch();
  return {
    write({ sample, held, status }) {
      const time = new Date(sample.time_ms);
      const worse = status === 'bad' ? StatusCodes.BadSensorFailure : StatusCodes.UncertainLastUsableValue;
      for (const [name, node] of nodes) {
        const value = held[name];
        if (value === undefined) continue;
        const statusCode = sample.bad?.includes(name) ? worse : StatusCodes.Good;
        node.setValueFromSource({ dataType: dataTypeOf(name), value }, statusCode, time);
      }
      for (const { alarm, active } of watch({ held, bad: sample.bad ?? [] })) alarms(alarm, active, time);
    },
  };
}

function addParameter(namespace: Namespace, device: UAObject, item: MachineParameter): UAVariable {
  const common = {
    componentOf: device,
    browseName: item.name,
    nodeId: `s=${device.browseName.name}.${item.name}`,
    description: item.description,
    minimumSamplingInterval: 0,
    ...readOnly,
  };
  if (item.name === parameter.lineState) {
    const states = namespace.addMultiStateDiscrete({
      ...common,
      enumStrings: ['stopped', 'moving', 'coating', 'fault'],
    });
    return states as unknown as UAVariable;
  }
  const node = namespace.addAnalogDataItem({
    ...common,
    dataType: DataType.Double,
    engineeringUnits: unitOf(item.unit),
    engineeringUnitsRange: { low: item.low, high: item.high },
    instrumentRange: { low: item.low, high: item.high },
  });
  return node as unknown as UAVariable;
}

/**
 * Each alarm as a Boolean, and each of its changes as an event of OffNormalAlarmType (OPC 10000-9, 5.8.23). The
 * conditions themselves are no nodes, which the standard leaves open: a controller has hundreds.
 */
function addAlarms(namespace: Namespace, device: UAObject, line: string) {
  const folder = namespace.addObject({
    componentOf: device,
    browseName: 'alarms',
    nodeId: `s=${line}.alarms`,
    typeDefinition: 'FolderType',
  });
  const states = new Map<CoaterAlarm, UAVariable>();
  for (const alarm of coaterAlarms) {
    const state = namespace.addVariable({
      componentOf: folder,
      browseName: alarm.name,
      nodeId: `s=${line}.alarms.${alarm.name}`,
      description: alarm.message,
      dataType: DataType.Boolean,
      minimumSamplingInterval: 0,
      ...readOnly,
    });
    state.setValueFromSource({ dataType: DataType.Boolean, value: false }, StatusCodes.Good);
    states.set(alarm, state);
  }
  return (alarm: CoaterAlarm, active: boolean, time: Date): void => {
    states
      .get(alarm)
      ?.setValueFromSource({ dataType: DataType.Boolean, value: active }, StatusCodes.Good, time);
    device.raiseEvent('OffNormalAlarmType', {
      conditionName: { dataType: DataType.String, value: alarm.name },
      message: {
        dataType: DataType.LocalizedText,
        value: { text: active ? alarm.message : `${alarm.message}: over` },
      },
      severity: { dataType: DataType.UInt16, value: alarm.severity },
      time: { dataType: DataType.DateTime, value: time },
      receiveTime: { dataType: DataType.DateTime, value: time },
      'activeState.id': { dataType: DataType.Boolean, value: active },
      retain: { dataType: DataType.Boolean, value: active },
    });
  };
}

/** A real coater can be driven; a simulated one shows that, and refuses whoever they are. */
function addMethod(namespace: Namespace, device: UAObject, line: string, name: string): void {
  const method = namespace.addMethod(device, {
    browseName: name,
    nodeId: `s=${line}.${name}`,
    inputArguments: [],
    outputArguments: [],
    executable: true,
    userExecutable: false,
  });
  method.bindMethod((_input, _context, done) =>
    done(null, { statusCode: StatusCodes.BadUserAccessDenied, outputArguments: [] }),
  );
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
