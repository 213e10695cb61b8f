import type { AddressSpace, Namespace, UAObject, UAObjectType, UAVariable } from 'node-opcua';
import type { OpcUaSinkSettings } from '../../config/opcua-output.ts';
import { FatalError } from '../../core/errors.ts';
import type { OpcUaLibrary } from '../../core/opcua-library.ts';
import {
  adapterModel,
  alarmModel,
  type GroupModel,
  groups,
  processValues,
  type VariableModel,
} from '../line-model.ts';
import type { OutputLine } from '../line-ports.ts';
import { rangeOf, type Unit, units } from '../line-units.ts';

/** Of every node that is ours: clients find it by this, never by an index. */
export const NAMESPACE_URI = 'urn:gapwise:output';

const PROCESS_VALUES_URI = 'http://opcfoundation.org/UA/Machinery/ProcessValues/';
const PADIM_URI = 'http://opcfoundation.org/UA/PADIM/';

/** A node together with what is needed to write it. */
export interface WritableNode {
  readonly node: UAVariable;
  readonly model: Pick<VariableModel, 'type' | 'array'>;
}

type Limits = Pick<OpcUaSinkSettings, 'gap_range_um' | 'loading_range_mg_cm2' | 'history_values'>;

/** The nodes of ours in an address space that has the nodesets of OPC 40001-2. */
export class OutputNodes {
  readonly #library: OpcUaLibrary;
  readonly #space: AddressSpace;
  readonly #namespace: Namespace;
  readonly #limits: Limits;
  readonly #types = new Map<string, UAObjectType>();
  readonly #objects = new Map<string, UAObject>();
  /** By node id without its `s=`: `LINE/GROUP/VARIABLE`. */
  readonly #variables = new Map<string, WritableNode>();
  readonly #root: UAObject;

  constructor(library: OpcUaLibrary, space: AddressSpace, limits: Limits) {
    this.#library = library;
    this.#space = space;
    this.#limits = limits;
    this.#namespace = space.registerNamespace(NAMESPACE_URI);
    for (const model of [...Object.values(groups), adapterModel, alarmModel]) this.#addType(model);
    this.#root = this.#namespace.addFolder(space.rootFolder.objects, {
      browseName: 'gapwise',
      nodeId: 's=gapwise',
    });
  }

  addLine(line: OutputLine): void {
    const object = this.#namespace.addObject({
      browseName: line.name,
      nodeId: `s=${line.name}`,
      organizedBy: this.#root,
      description: 'A coating line.',
    });
    this.#objects.set(line.name, object);
    this.#addFolder(object, line.name, 'ProcessValues');
    for (const name of Object.keys(processValues)) {
      this.#addProcessValue(line, name as keyof typeof processValues);
    }
    for (const [path, model] of Object.entries(groups)) this.#addGroup(line.name, path, model);
    this.#addFolder(this.#object(`${line.name}/Health`), `${line.name}/Health`, 'Adapters');
  }

  /** The node of a variable; that of an alarm or adapter which was never heard of comes into being. */
  variable(line: string, path: string, group: GroupModel | undefined): WritableNode | undefined {
    const key = `${line}/${path}`;
    const groupPath = path.slice(0, path.lastIndexOf('/'));
    if (!this.#variables.has(key) && group && !this.#objects.has(`${line}/${groupPath}`)) {
      this.#addGroup(line, groupPath, group);
    }
    return this.#variables.get(key);
  }

  #object(path: string): UAObject {
    const object = this.#objects.get(path);
    if (!object) throw new FatalError(`no OPC UA object ${path}`);
    return object;
  }

  #addFolder(parent: UAObject, parentPath: string, name: string): void {
    const path = `${parentPath}/${name}`;
    const folder = this.#namespace.addObject({
      browseName: name,
      nodeId: `s=${path}`,
      componentOf: parent,
      typeDefinition: 'FolderType',
    });
    this.#objects.set(path, folder);
  }

  #addType(model: GroupModel): void {
    const type = this.#namespace.addObjectType({
      browseName: model.type,
      nodeId: `s=types/${model.type}`,
      description: model.description,
    });
    this.#types.set(model.type, type);
    for (const variable of model.variables) {
      this.#addVariable(type, `types/${model.type}/${variable.name}`, variable, 'Mandatory');
    }
  }

  #addGroup(line: string, groupPath: string, model: GroupModel): void {
    const path = `${line}/${groupPath}`;
    const type = this.#types.get(model.type);
    const slash = path.lastIndexOf('/');
    // An alarm's subject may hold any character, a slash too: its parent is known by the model.
    const parent = model === alarmModel ? `${line}/Alarms` : path.slice(0, slash);
    const name = path.slice(parent.length + 1);
    const object = this.#namespace.addObject({
      browseName: name,
      nodeId: `s=${path}`,
      componentOf: this.#object(parent),
      description: model.description,
      ...(type && { typeDefinition: type }),
    });
    this.#objects.set(path, object);
    for (const variable of model.variables) {
      const key = `${path}/${variable.name}`;
      this.#variables.set(key, { node: this.#addVariable(object, key, variable), model: variable });
    }
  }

  #addVariable(
    parent: UAObject | UAObjectType,
    id: string,
    model: VariableModel,
    modellingRule?: 'Mandatory',
  ): UAVariable {
    const { makeAccessLevelFlag } = this.#library;
    const history = model.history === true && modellingRule === undefined && this.#limits.history_values > 0;
    const accessLevel = makeAccessLevelFlag(history ? 'CurrentRead | HistoryRead' : 'CurrentRead');
    const common = {
      componentOf: parent,
      browseName: model.name,
      nodeId: `s=${id}`,
      description: model.description,
      minimumSamplingInterval: 0,
      accessLevel,
      userAccessLevel: accessLevel,
      ...(modellingRule && { modellingRule }),
      ...(model.array && { valueRank: 1, arrayDimensions: [0] }),
    };
    const node = this.#newVariable(model, common);
    if (modellingRule) return node;
    // Before any history is kept, of which it is to be no part.
    this.#awaitData(node);
    if (history) this.#keepHistory(node);
    return node;
  }

  #newVariable(model: VariableModel, common: CommonOptions): UAVariable {
    const { type: dataType, states, unit } = model;
    if (states) {
      const node = this.#namespace.addMultiStateDiscrete({ ...common, enumStrings: [...states] });
      return node as unknown as UAVariable;
    }
    if (unit === undefined) return this.#namespace.addVariable({ ...common, dataType });
    const node = this.#namespace.addAnalogDataItem({
      ...common,
      dataType,
      engineeringUnits: this.#unit(unit),
      engineeringUnitsRange: rangeOf(unit, this.#limits),
    }) as unknown as UAVariable;
    // The library itself would let clients write it.
    this.#closeToWriting(node.getPropertyByName('EURange'));
    return node;
  }

  /** After OPC 40001-2, 7.1: the figure, its unit and range, and where there is a target the setpoint. */
  #addProcessValue(line: OutputLine, name: keyof typeof processValues): void {
    const { unit, description } = processValues[name];
    const target = name === 'MassLoading' ? line.target_mg_cm2 : undefined;
    const tolerance = target === undefined ? undefined : line.tolerance_mg_cm2;
    const deviations = tolerance === undefined ? [] : ['LowDeviation', 'HighDeviation'];
    const path = `${line.name}/ProcessValues/${name}`;
    const { DataType } = this.#library;
    const ofProcessValues = this.#space.getNamespaceIndex(PROCESS_VALUES_URI);
    const ofPadim = this.#space.getNamespaceIndex(PADIM_URI);
    const object = this.#space.findObjectType('ProcessValueType', ofProcessValues)?.instantiate({
      browseName: name,
      nodeId: `s=${path}`,
      namespace: this.#namespace,
      componentOf: this.#object(`${line.name}/ProcessValues`),
      description,
      optionals:
        target === undefined
          ? []
          : ['ProcessValueSetpoint', ...deviations.map((one) => `ProcessValueSetpoint.${one}`)],
    });
    const signal = object?.getComponentByName('AnalogSignal', ofPadim) as UAVariable | null | undefined;
    if (!object || !signal) throw new FatalError('the nodeset of OPC 40001-2 has no ProcessValueType');
    this.#objects.set(path, object);
    signal.dataType = this.#library.resolveNodeId('Double');
    this.#describe(signal, unit);
    this.#awaitData(signal);
    this.#variables.set(`${path}/AnalogSignal`, { node: signal, model: { type: 'Double' } });
    if (this.#limits.history_values > 0) this.#keepHistory(signal);
    const tag = object.getPropertyByName('SignalTag', ofPadim);
    setConstant(tag, DataType.String, `${line.name}.${name}`);
    this.#closeToWriting(tag);
    const setpoint = object.getComponentByName('ProcessValueSetpoint', ofProcessValues) as UAVariable | null;
    if (!setpoint) return;
    setpoint.dataType = this.#library.resolveNodeId('Double');
    this.#describe(setpoint, unit);
    setConstant(setpoint, DataType.Double, target);
    for (const [side, name] of [
      [-1, 'LowDeviation'],
      [1, 'HighDeviation'],
    ] as const) {
      const deviation = setpoint.getComponentByName(name, ofProcessValues) as UAVariable | null;
      if (!deviation) continue;
      deviation.dataType = this.#library.resolveNodeId('Double');
      this.#describe(deviation, unit);
      setConstant(deviation, DataType.Double, side * (tolerance ?? 0));
    }
  }

  /** Unit, range and read-only access for a node that came from a nodeset, where these are left open. */
  #describe(node: UAVariable, unit: Unit): void {
    const { DataType, Range } = this.#library;
    this.#closeToWriting(node);
    node.minimumSamplingInterval = 0;
    setConstant(node.getPropertyByName('EngineeringUnits'), DataType.ExtensionObject, this.#unit(unit));
    setConstant(
      node.getPropertyByName('EURange'),
      DataType.ExtensionObject,
      new Range(rangeOf(unit, this.#limits)),
    );
  }

  #awaitData(node: UAVariable): void {
    const { DataType, StatusCodes } = this.#library;
    node.setValueFromSource({ dataType: DataType.Null }, StatusCodes.BadWaitingForInitialData);
  }

  #closeToWriting(node: UAVariable | null): void {
    if (!node) return;
    node.accessLevel = this.#library.makeAccessLevelFlag('CurrentRead');
    node.userAccessLevel = node.accessLevel;
  }

  #unit(unit: Unit) {
    const { code, symbol, name } = units[unit];
    return this.#library.makeEUInformation(code, symbol, name);
  }

  #keepHistory(node: UAVariable): void {
    this.#space.installHistoricalDataNode(node, { maxOnlineValues: this.#limits.history_values });
  }
}

/** What all kinds of variables are made with. */
type CommonOptions = Omit<Parameters<Namespace['addVariable']>[0], 'dataType'> & {
  readonly browseName: string;
};

type DataTypeOf = import('node-opcua').DataType;

const setConstant = (node: UAVariable | null, dataType: DataTypeOf, value: unknown): void =>
  node?.setValueFromSource({ dataType, value });
