import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LineAgent } from '../agent/line-agent.ts';
import { loadConfig } from '../config/load.ts';
import type { PredictionDocument } from '../core/api.ts';
import { VirtualClock } from '../core/clock.ts';
import { createHttpServer } from '../http/server.ts';
import { predictionJson } from '../predict/json.ts';
import { openStore } from '../store/store.ts';
import { finiteNumber, positiveInteger } from './arguments.ts';
import { assembleAgent } from './assemble.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { connect } from './connect.ts';
import { packageFile } from './package-files.ts';
import { progress } from './progress.ts';
import { type RunRow, rmseOf, runRows, runTable } from './runs.ts';
import { tallyOf, type VerdictTally } from './verdicts.ts';

interface DemoOptions {
  readonly seed: number;
  readonly gap: number;
  readonly port: number;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('demo')
    .description(
      'A simulated line, a broker, the agent and its page in one: nothing to install, nothing to set up.',
    )
    .option('--seed <n>', 'which line is drawn from the prior over lines', positiveInteger, 7)
    .option('--gap <µm>', 'comma gap to predict that the line never runs', finiteNumber, 200)
    .option('--port <n>', 'port of the page; 0 for any free one', finiteNumber, 0)
    .option('--json', 'one JSON document on standard output')
    .action((options: DemoOptions) => demo(options, context));
};

/**
 * Simulated time goes as fast as agent and simulator can: a minute is published, over real OPC UA and MQTT, once
 * the agent is done with the minute before. So no queue can overflow and the outcome depends on the seed alone.
 */
const STEP_MS = 60_000;

async function demo(options: DemoOptions, context: CommandContext): Promise<void> {
  const { clock, log, stop, err } = context;
  const began_ms = clock.now_ms();
  // The library's own notes go to the log, whoever imports it later: standard output is for the result alone.
  const { loadOpcUa } = await import('../sources/opcua/library.ts');
  await loadOpcUa(log);
  const { startBroker } = await import('./broker.ts');
  const { createSimulatedLine } = await import('../../simulators/line.ts');
  const { loadScenario } = await import('../../simulators/scenario/load.ts');
  const { Pace } = await import('./pace.ts');

  const folder = mkdtempSync(join(tmpdir(), 'gapwise-demo-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const broker = await startBroker();
    closing.push(() => broker.stop());
    const simulated = createSimulatedLine({
      scenario: loadScenario(packageFile('config', 'scenarios', 'demo.yaml')),
      seed: options.seed,
      line: 'coater-1',
      opcua: { port: 0, hostname: '127.0.0.1' },
      mqtt: { url: broker.url },
      stateDirectory: join(folder, 'simulator'),
      log,
    });
    closing.push(() => simulated.stop());
    const { endpointUrl = '' } = await simulated.start();

    const store = await openStore(join(folder, 'store'), { log });
    closing.push(() => store.close());
    const loaded = loadConfig(packageFile('config', 'demo.yaml'), {
      GAPWISE_DEMO_OPCUA: endpointUrl,
      GAPWISE_DEMO_MQTT: broker.url,
    });
    const lineClock = new VirtualClock(simulated.startTime_ms);
    const agent = await assembleAgent(loaded, { clock, lineClock, log, store, stateFolder: folder });
    const page = createHttpServer(
      { ...loaded.config.http, port: options.port },
      {
        clock,
        lineClock,
        log,
        lines: agent,
        advisor: agent,
        alarms: agent,
        history: store.history(),
        pageFolder: packageFile('dist', 'page'),
      },
    );
    await page.start();
    closing.push(() => page.stop());
    const connection = connect(agent.dispatches, () => [page], log);
    closing.push(() => connection.unsubscribe());
    const line = agent.line(simulated.line);
    const verdicts = tallyOf(line.reports);
    const pace = new Pace(line, Object.keys(opcuaTagsOf(loaded.config)));
    closing.push(() => agent.stop());
    await agent.start();

    const bar = progress(err, `page ${page.url}  simulated line, seed ${options.seed}`);
    const { startTime_ms, endTime_ms } = simulated;
    await pace.connected(stop);
    for (let time_ms = startTime_ms; time_ms < endTime_ms && !stop.aborted; ) {
      time_ms = Math.min(time_ms + STEP_MS, endTime_ms);
      lineClock.advanceTo(time_ms);
      await simulated.advanceTo(time_ms);
      await pace.caughtUp(simulated.newestSample_ms, simulated.scansPublished, stop);
      bar.update(
        (time_ms - startTime_ms) / (endTime_ms - startTime_ms),
        `${verdicts.accepted} scans learnt from`,
      );
    }
    bar.end();

    const document = demoDocument(options, line, verdicts, simulated.truth.levelAt(options.gap));
    const seconds = (clock.now_ms() - began_ms) / 1000;
    emit(context, options.json, { ...document, seconds }, () => demoText(document, seconds));
    if (!options.json && context.out.isTTY && !stop.aborted) {
      context.out.write(`\nThe page stays open at ${page.url} until Ctrl-C.\n`);
      await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
    }
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function opcuaTagsOf(config: ReturnType<typeof loadConfig>['config']): Record<string, unknown> {
  const source = config.lines[0]?.sources.find(({ type }) => type === 'opcua');
  return source?.type === 'opcua' ? source.tags : {};
}

interface DemoDocument {
  readonly seed: number;
  readonly line: string;
  readonly scans: number;
  readonly accepted: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly runs: readonly RunRow[];
  readonly rmse: number;
  readonly abstraction: unknown;
  readonly prediction: PredictionDocument;
  readonly truth_mg_cm2: number;
  readonly inside: boolean;
}

function demoDocument(
  { seed, gap }: DemoOptions,
  line: LineAgent,
  verdicts: VerdictTally,
  truth_mg_cm2: number,
): DemoDocument {
  const { learner } = line;
  const prediction = predictionJson(learner.forecaster.predict(gap), learner.version);
  const [low, high] = prediction.interval90;
  const runs = runRows(line);
  return {
    seed,
    line: line.line,
    scans: verdicts.scans,
    accepted: verdicts.accepted,
    dropped: verdicts.dropped,
    deadLetters: line.deadLetterCounts,
    runs,
    rmse: rmseOf(runs),
    abstraction: learner.abstraction.current ?? null,
    prediction,
    truth_mg_cm2,
    inside: low <= truth_mg_cm2 && truth_mg_cm2 <= high,
  };
}

function demoText(demo: DemoDocument, seconds: number): string {
  const { prediction, truth_mg_cm2: truth } = demo;
  const [low, high] = prediction.interval90;
  const run = [...new Set(demo.runs.map(({ gap_um }) => Math.round(gap_um)))].sort((a, b) => a - b);
  return [
    `${demo.runs.length} runs, each predicted before its first scan (mg/cm²)`,
    '',
    runTable(demo.runs),
    '',
    `${demo.scans} scans, ${demo.accepted} learnt from, in ${seconds.toFixed(0)} s; gaps run: ${run.join(', ')} µm`,
    '',
    `Prediction for ${prediction.gap_um} µm, which this line has ${run.includes(Math.round(prediction.gap_um)) ? 'run' : 'never run'}`,
    `  ${prediction.mean_mg_cm2.toFixed(2)} mg/cm²   90 % interval ${low.toFixed(2)} … ${high.toFixed(2)}`,
    `Truth of the simulator for its next run at that gap`,
    `  ${truth.toFixed(2)} mg/cm²   ${demo.inside ? 'inside' : 'outside'} the interval`,
  ].join('\n');
}
