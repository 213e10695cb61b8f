import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Subscription } from 'rxjs';
import { createSimulatedLine } from '../../simulators/line.ts';
import { scenarioOf } from '../../simulators/scenario/load.ts';
import type { Agent } from '../../src/agent/agent.ts';
import { assembleAgent } from '../../src/commands/assemble.ts';
import { startBroker } from '../../src/commands/broker.ts';
import { connect } from '../../src/commands/connect.ts';
import { Pace } from '../../src/commands/pace.ts';
import { httpSchema } from '../../src/config/http.ts';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { systemClock, VirtualClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { openStore, type Store } from '../../src/store/store.ts';

export interface RealLine {
  readonly server: HttpServer;
  /** True loading (mg/cm²) of a run at that gap, by the simulator. */
  levelAt(gap_um: number): number;
  /** Lets the simulated line run up to a share of its scenario; resolves once the agent has worked it all off. */
  runTo(share: number): Promise<void>;
  /** Agent, store and server end in good order; the line coats on. */
  stopAgent(): Promise<void>;
  /** A new agent on the same store, at the same address. */
  startAgent(): Promise<void>;
  stop(): Promise<void>;
}

const scenario = scenarioOf({
  name: 'browser',
  description: 'Three short runs at three gaps.',
  start: '2024-03-04T06:00:00Z',
  parameters: { web_length_m: 8 },
  defaults: { duration_s: [150, 180], downtime_s: [60, 70], web_speed_m_min: 4 },
  runs: [{ gap_um: 100 }, { gap_um: 140 }, { gap_um: 120 }],
});
const step_ms = 60_000;
/** Of the one operator. */
export const operatorToken = 'operator-of-the-browser-tests';

/** An order that only one of the three runs keeps, and an alarm at once for those that don't. */
function withGoal({ config, folder }: LoadedConfig): LoadedConfig {
  const lines = config.lines.map((line) => ({
    ...line,
    target_mg_cm2: 22.5,
    tolerance_mg_cm2: 1.5,
    alarms: {
      ...line.alarms,
      loading_out_of_tolerance: { ...line.alarms.loading_out_of_tolerance, on_delay_s: 0 },
    },
  }));
  return { config: { ...config, lines }, folder };
}

/** The agent as `gapwise demo` has it: OPC UA and MQTT simulators, a broker, sources, store, learner, page. */
export async function startRealLine(seed: number): Promise<RealLine> {
  const log = silentLogger;
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-browser-'));
  const broker = await startBroker();
  const simulated = createSimulatedLine({
    scenario,
    seed,
    line: 'coater-1',
    opcua: { port: 0, hostname: '127.0.0.1' },
    mqtt: { url: broker.url },
    log,
  });
  const { endpointUrl = '' } = await simulated.start();
  const lineClock = new VirtualClock(simulated.startTime_ms);
  const loaded = withGoal(
    loadConfig('config/demo.yaml', { GAPWISE_DEMO_OPCUA: endpointUrl, GAPWISE_DEMO_MQTT: broker.url }),
  );
  const [source] = loaded.config.lines[0]!.sources;
  const tags = source?.type === 'opcua' ? Object.keys(source.tags) : [];
  const stop = AbortSignal.timeout(120_000);
  let store: Store;
  let agent: Agent;
  let pace: Pace;
  let scansBefore = 0;
  let server: HttpServer;
  let connection: Subscription;
  async function startServer(port = 0): Promise<void> {
    const operators = [{ name: 'Ada', token: operatorToken }];
    server = createHttpServer(httpSchema.parse({ port, flush_ms: 20, operators }), {
      clock: systemClock,
      lineClock,
      log,
      lines: agent,
      advisor: agent,
      alarms: agent,
      history: store.history(),
      metered: [agent],
      health: [agent],
      ready: () => agent.health().ready,
      pageFolder: resolve('dist/page'),
    });
    await server.start();
    connection = connect(agent.dispatches, () => [server], log);
  }
  async function stopServer(): Promise<void> {
    connection.unsubscribe();
    await server.stop();
  }

  /** An agent begins, in a new folder or with what one before it left there. */
  async function startAgent(port = 0): Promise<void> {
    store = await openStore(join(folder, 'store'), { log });
    agent = await assembleAgent(loaded, { clock: systemClock, lineClock, log, store, stateFolder: folder });
    pace = new Pace(agent.line('coater-1'), tags);
    scansBefore = simulated.scansPublished;
    await startServer(port);
    await agent.start();
    await pace.connected(stop);
  }
  async function stopAgent(): Promise<void> {
    await stopServer();
    await agent.stop();
    await store.close();
  }

  await startAgent();
  let time_ms = simulated.startTime_ms;

  return {
    get server() {
      return server;
    },
    levelAt: (gap_um) => simulated.truth.levelAt(gap_um),
    async runTo(share) {
      const end_ms = simulated.startTime_ms + share * (simulated.endTime_ms - simulated.startTime_ms);
      while (time_ms < end_ms) {
        time_ms = Math.min(time_ms + step_ms, end_ms);
        lineClock.advanceTo(time_ms);
        await simulated.advanceTo(time_ms);
        await pace.caughtUp(simulated.newestSample_ms, simulated.scansPublished - scansBefore, stop);
        if (stop.aborted) throw new Error('the agent did not work off what the simulator sent');
      }
    },
    stopAgent,
    startAgent: () => startAgent(Number(new URL(server.url).port)),
    async stop() {
      await stopAgent();
      await simulated.stop();
      await broker.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
