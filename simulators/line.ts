import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../src/core/logger.ts';
import type { CoaterServer } from './coater/contract.ts';
import { startCoaterServer } from './coater/server.ts';
import type { Emission } from './emission.ts';
import { defaultTopic, type GaugePublisher, startGaugePublisher } from './gauge/publisher.ts';
import { createModel } from './model.ts';
import type { Scenario } from './scenario/schema.ts';
import type { LineTruth } from './truth.ts';

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
  readonly log: Logger;
}

export interface OpcUaOptions {
  readonly port: number;
  readonly hostname: string;
  readonly users?: readonly { readonly name: string; readonly password: string }[];
}

export interface MqttOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientId?: string;
  /** In place of the scenario's topic. */
  readonly topic?: string;
}

/** A simulated line on the network: OPC UA server and MQTT publisher driven by one model. */
export interface SimulatedLine {
  readonly line: string;
  readonly gauge: string;
  /** First and last moment of the scenario (true time). */
  readonly startTime_ms: number;
  readonly endTime_ms: number;
  readonly topic: string;
  readonly truth: LineTruth;
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
  const topic = options.mqtt?.topic ?? scenario.gauge.topic ?? defaultTopic(model.line, model.gauge);
  const emissions = model.emissions()[Symbol.iterator]();
  let next: Emission | undefined;
  let server: CoaterServer | undefined;
  let publisher: GaugePublisher | undefined;
  let scansPublished = 0;
  let samplesWritten = 0;
  let newestSample_ms = Number.NEGATIVE_INFINITY;

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
        const { device, up, shiftNamespace } = emission;
        log.info({ event: up ? 'simulated-device-up' : 'simulated-device-down', device, line: model.line });
        if (device === 'coater') await (up ? server?.comeBack(shiftNamespace) : server?.goDown());
        else await (up ? publisher?.comeBack() : publisher?.goDown());
        return;
      }
    }
  };

  return {
    line: model.line,
    gauge: model.gauge,
    startTime_ms: model.start_ms,
    endTime_ms: model.end_ms,
    topic,
    truth: model.truth,
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
      if (options.mqtt) {
        const { payload: format, header } = scenario.gauge;
        publisher = await startGaugePublisher({ ...options.mqtt, topic, format, header, log });
      }
      return { endpointUrl: server?.endpointUrl };
    },
    async advanceTo(time_ms) {
      for (;;) {
        next ??= emissions.next().value;
        if (!next || next.due_ms > time_ms) return;
        await send(next);
        next = undefined;
      }
    },
    async stop() {
      const [oldPublisher, oldServer] = [publisher, server];
      publisher = undefined;
      server = undefined;
      await oldPublisher?.stop();
      if (oldServer !== options.opcua) await oldServer?.stop();
    },
  };
}
