import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../src/core/clock.ts';
import type { Logger } from '../src/core/logger.ts';
import { seededRandom } from '../src/core/random.ts';
import type { CoaterServer, CoaterServerOptions } from './coater/contract.ts';
import { startCoaterServer } from './coater/server.ts';
import type { Emission } from './emission.ts';
import { type BrokerLink, createBrokerLink } from './gauge/link.ts';
import {
  createGaugePublisher,
  type GaugePublisher,
  sparkplugTopic,
  TOPIC,
  topicOf,
} from './gauge/publisher.ts';
import { createModel } from './model.ts';
import type { Fault } from './scenario/fault-schema.ts';
import type { Scenario } from './scenario/schema.ts';
import type { LineTruth } from './truth.ts';
import { truthAtStart, truthOfScan } from './truth-records.ts';

export interface SimulatedLineOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Takes the place of the scenario's name for the line. */
  readonly line?: string | undefined;
  /**
   * Undefined = no coater on the network. Port 0 takes any free one. A server that runs already, with this line among
   * its own, is written to and left running: so one server carries many lines.
   */
  readonly opcua: OpcUaOptions | CoaterServer | undefined;
  /** Undefined = no gauge on the network. */
  readonly mqtt: MqttOptions | undefined;
  /** The server's key and certificate stay here between starts; by default in the system's temporary folder. */
  readonly stateDirectory?: string | undefined;
  /** Paces the attempts to reach a broker that is away. */
  readonly clock?: Clock | undefined;
  readonly log: Logger;
}

export type OpcUaOptions = Pick<CoaterServerOptions, 'port' | 'hostname' | 'users' | 'trusted'>;

export interface MqttOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientId?: string;
  /** In place of the scenario's topic. */
  readonly topic?: string;
  /** What really happens goes to PREFIX/LINE, over a connection of its own. Undefined = to nobody. */
  readonly truthPrefix?: string | undefined;
  /** Start without a broker too: scans wait for it, as a {@link BrokerLink} says. */
  readonly mayBeAway?: boolean;
}

/** A simulated line on the network: OPC UA server and MQTT publisher driven by one model. */
export interface SimulatedLine {
  readonly line: string;
  readonly gauge: string;
  /** First and last moment of the scenario (true time). */
  readonly startTime_ms: number;
  readonly endTime_ms: number;
  /** Where the scans of the gauge behind the dryer go. */
  readonly topic: string;
  readonly truth: LineTruth;
  readonly scenarioName: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** A fault that begins now. @throws BadInputError naming what is wrong with it. */
  order(fault: unknown): Fault;
  readonly scansPublished: number;
  readonly samplesWritten: number;
  /** Source time of the newest machine parameters written; -Infinity before the first. */
  readonly newestSample_ms: number;
  /** @throws RetryableError when port or broker can't be had. */
  start(): Promise<StartedLine>;
  /**
   * Sends everything that is due up to and including `time_ms`, in order of event time. Resolves when the broker has
   * acknowledged every scan and all OPC UA values are written. Calls are not to overlap.
   *
   * Nothing is lost however far a call goes, as long as the OPC UA client's queue holds one value for each second
   * gone (see {@link CoaterServer}); a pause of one publishing interval between two calls lets it empty the queue.
   */
  advanceTo(time_ms: number): Promise<void>;
  /** Releases network and timers; safe to call twice. */
  stop(): Promise<void>;
}

export interface StartedLine {
  /** `opc.tcp://…`; undefined without OPC UA. */
  readonly endpointUrl: string | undefined;
}

const SECOND_MS = 1000;

/** Certificates of simulated servers, kept so that only the first start on a machine has to make them. */
export const defaultStateDirectory = (): string => join(tmpdir(), 'gapwise-simulator');

export function createSimulatedLine(options: SimulatedLineOptions): SimulatedLine {
  const { scenario, seed, log } = options;
  const model = createModel(scenario, seed, options.line);
  const { gauge: gaugeSettings } = scenario;
  const pattern = options.mqtt?.topic ?? gaugeSettings.topic ?? TOPIC;
  const topic =
    gaugeSettings.payload === 'sparkplug'
      ? sparkplugTopic(gaugeSettings.sparkplug_group, 'DDATA', model.line, model.gauge)
      : topicOf(pattern, model.line, model.gauge);
  const emissions = model.emissions()[Symbol.iterator]();
  const source = {
    line: model.line,
    gauge: model.gauge,
    seed,
    scenarioName: scenario.name,
    truth: model.truth,
  };
  let next: Emission | undefined;
  let server: CoaterServer | undefined;
  let publisher: GaugePublisher | undefined;
  let teller: BrokerLink | undefined;
  let scansTold = 0;
  let scansPublished = 0;
  let samplesWritten = 0;
  let newestSample_ms = Number.NEGATIVE_INFINITY;

  const tell = (record: object) =>
    teller?.send(() => ({
      topic: `${options.mqtt?.truthPrefix}/${model.line}`,
      payload: JSON.stringify(record),
      qos: 1,
    }));

  const send = async (emission: Emission): Promise<void> => {
    switch (emission.kind) {
      case 'machine':
        server?.write(emission);
        samplesWritten++;
        newestSample_ms = emission.sample.time_ms;
        return;
      case 'scan':
        await publisher?.publish(emission);
        scansPublished++;
        return;
      case 'network': {
        const { device, up, ...change } = emission;
        log.info({ event: up ? 'simulated-device-up' : 'simulated-device-down', device, line: model.line });
        if (device === 'coater') await (up ? server?.comeBack(change) : server?.goDown());
        else await (up ? publisher?.comeBack() : publisher?.goDown());
        return;
      }
    }
  };

  async function startMqtt({ truthPrefix, mayBeAway = false, ...mqtt }: MqttOptions): Promise<void> {
    const random = seededRandom(seed);
    const common = { ...mqtt, clock: options.clock, log };
    publisher = createGaugePublisher({
      ...common,
      line: model.line,
      gauges: [model.gauge, ...(gaugeSettings.entry ? [gaugeSettings.entry.name] : [])],
      topic: pattern,
      format: gaugeSettings.payload,
      header: gaugeSettings.header,
      sparkplugGroup: gaugeSettings.sparkplug_group,
      start_ms: model.start_ms,
      random: random.fork('gauge connection'),
    });
    await publisher.start(mayBeAway);
    if (truthPrefix === undefined) return;
    const clientId = mqtt.clientId === undefined ? undefined : `${mqtt.clientId}-truth`;
    teller = createBrokerLink({ ...common, clientId, random: random.fork('truth connection') });
    await teller.start(mayBeAway);
    for (const record of truthAtStart(source)) await tell(record);
  }

  return {
    ...source,
    faults: model.faults,
    order: model.order,
    startTime_ms: model.start_ms,
    endTime_ms: model.end_ms,
    topic,
    get scansPublished() {
      return scansPublished;
    },
    get samplesWritten() {
      return samplesWritten;
    },
    get newestSample_ms() {
      return newestSample_ms;
    },
    async start() {
      if (options.opcua && 'write' in options.opcua) {
        server = options.opcua;
      } else if (options.opcua) {
        const stateDirectory = options.stateDirectory ?? defaultStateDirectory();
        server = await startCoaterServer({
          ...options.opcua,
          stateDirectory,
          lines: [model.line],
          initialTime_ms: model.start_ms - SECOND_MS,
          log,
        });
      }
      if (options.mqtt) await startMqtt(options.mqtt);
      return { endpointUrl: server?.endpointUrl };
    },
    async advanceTo(time_ms) {
      for (;;) {
        next ??= emissions.next().value;
        if (!next || next.due_ms > time_ms) break;
        const due = next;
        next = undefined;
        await send(due);
      }
      if (!teller) return;
      for (const scan of model.truth.scans(scansTold)) {
        scansTold++;
        await tell(truthOfScan(model.line, scan));
      }
    },
    async stop() {
      const [oldPublisher, oldTeller, oldServer] = [publisher, teller, server];
      publisher = undefined;
      teller = undefined;
      server = undefined;
      await oldPublisher?.stop();
      await oldTeller?.stop();
      if (oldServer !== options.opcua) await oldServer?.stop();
    },
  };
}
