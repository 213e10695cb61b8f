import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COATER_NAMESPACE_URI } from '../../simulators/coater/contract.ts';
import { machineParameters } from '../../simulators/coater/parameters.ts';
import { generate } from '../../simulators/generate.ts';
import { createSimulatedLine, type SimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { pythonWithAsyncua } from '../support/asyncua.ts';

/** A client of another OPC UA stack, plain as its own documentation has it. Arguments: URL, namespace, values. */
const CLIENT = `
import asyncio, json, sys
from asyncua import Client

class Collector:
    def __init__(self, wanted):
        self.values, self.wanted, self.done = [], wanted, asyncio.Event()
    def datachange_notification(self, node, value, data):
        item = data.monitored_item.Value
        self.values.append([item.SourceTimestamp.timestamp(), value])
        if len(self.values) >= self.wanted:
            self.done.set()

async def main(url, uri, wanted):
    async with Client(url) as client:
        index = await client.get_namespace_index(uri)
        line = await client.nodes.objects.get_child(f"{index}:line-1")
        names = [(await child.read_browse_name()).Name for child in await line.get_variables()]
        speed = await line.get_child(f"{index}:web_speed_m_min")
        unit = await (await speed.get_child("0:EngineeringUnits")).read_value()
        span = await (await speed.get_child("0:EURange")).read_value()
        collector = Collector(wanted)
        subscription = await client.create_subscription(50, collector)
        encoder = await line.get_child(f"{index}:encoder_m")
        await subscription.subscribe_data_change(encoder, queuesize=500, sampling_interval=0)
        print("ready", flush=True)
        await collector.done.wait()
        print(json.dumps({"names": names, "unit": unit.DisplayName.Text, "low": span.Low, "high": span.High,
                          "encoder": collector.values}), flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
`;

const python = pythonWithAsyncua();

describe.skipIf(!python)(
  `Python's asyncua on the simulated coater${python ? '' : ' [skipped: asyncua is not installed]'}`,
  () => {
    const scenario = scenarioOf({
      name: 'asyncua',
      lead_s: 5,
      tail_s: 100,
      runs: [{ gap_um: 120, duration_s: 60 }],
    });
    let folder: string;
    let line: SimulatedLine;
    let endpointUrl: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'gapwise-simulator-test-'));
      line = createSimulatedLine({
        scenario,
        seed: 5,
        opcua: { port: 0, hostname: '127.0.0.1' },
        mqtt: undefined,
        stateDirectory: folder,
        log: silentLogger,
      });
      endpointUrl = (await line.start()).endpointUrl as string;
    });

    afterAll(async () => {
      await line?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test('finds the line by namespace URI, reads units, gets each second of a changing value', async () => {
      // The first second is there before anyone subscribes, then come 120 of a moving web.
      await line.advanceTo(line.startTime_ms);
      const client = spawn(python as string, ['-c', CLIENT, endpointUrl, COATER_NAMESPACE_URI, '121'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const output: string[] = [];
      for await (const text of createInterface({ input: client.stdout })) {
        output.push(text);
        if (text === 'ready') await line.advanceTo(line.startTime_ms + 120_000);
      }
      const found = JSON.parse(output[1] ?? 'null');
      expect(found).toMatchObject({ unit: 'm/min', low: 0, high: 100 });
      expect(found.names.sort()).toEqual(machineParameters.map((p) => p.name).sort());

      const samples = [...generate(scenario, 5)].filter((m) => m.kind === 'machine').slice(0, 121);
      expect(found.encoder).toEqual(samples.map((s) => [s.time_ms / 1000, s.values['encoder_m']]));
    });
  },
);
