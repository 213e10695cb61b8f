import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../real/mqtt-broker.ts';
import { benchmark } from '../harness.ts';
import { processorSecondsOf, Subject } from '../processes.ts';

/**
 * From the start of the process until it is ready: Node.js alone, the OPC UA library that a coater needs, and the agent
 * with an OPC UA and an MQTT source that are not there, its store and its page.
 */
const REPETITIONS = 7;
/** Each stays until it is told to go, so that its processor time can be read when it is ready. */
const STAY = 'console.log("ready"); setInterval(() => {}, 1000);';

await benchmark('start', async (part) => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-bench-'));
  try {
    const config = join(folder, 'agent.yaml');
    writeFileSync(config, await agentConfig(folder));
    const node = (text: string) => [process.execPath, '--input-type=module', '-e', text];
    const commands: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['node', node(STAY), /^ready$/],
      ['node-opcua imported', node(`await import(${JSON.stringify(libraryUrl())}); ${STAY}`), /^ready$/],
      [
        'agent ready',
        [process.execPath, resolve('dist/src/main.js'), 'run', '--config', config],
        /^gapwise runs/,
      ],
    ];
    const taken = commands.map(() => ({ wall: [] as number[], processor: [] as number[] }));
    for (let i = -1; i < REPETITIONS; i++) {
      for (const [at, [, command, ready]] of commands.entries()) {
        const began_ms = performance.now();
        const subject = await Subject.start(command, ready, { GAPWISE_LOG: 'silent' });
        const wall_ms = performance.now() - began_ms;
        const processor_ms = 1000 * processorSecondsOf(subject.pid);
        await subject.stop();
        if (i < 0) continue;
        taken[at]?.wall.push(wall_ms);
        taken[at]?.processor.push(processor_ms);
      }
    }
    const figures = commands.map(([title], i) => {
      part.figure(`${title}, wall`, taken[i]?.wall ?? [], 'ms');
      return part.figure(`${title}, processor time`, taken[i]?.processor ?? [], 'ms');
    });
    const [, library, agent] = figures;
    if (library && agent) part.ratio('agent ready over node-opcua imported', agent, library, { atMost: 2.5 });
    part.note(
      'the ratio is of processor time, which a busy machine does not stretch; all start from a warm disk cache',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function libraryUrl(): string {
  return import.meta.resolve('node-opcua');
}

async function agentConfig(folder: string): Promise<string> {
  const [opcua, mqtt, page] = [await freePort(), await freePort(), await freePort()];
  const tag = (name: string) =>
    `          ${name}: { node: "nsu=urn:gapwise:simulator:coater;s=line-1.${name}" }`;
  return `
state: ${join(folder, 'state')}
http: { port: ${page} }
lines:
  - name: line-1
    lab: { file: ${resolve('config/lab/lrcs-cunha-2020.csv')} }
    slurry: { am_percent: 96 }
    sources:
      - type: opcua
        endpoint: opc.tcp://127.0.0.1:${opcua}
        security: { mode: none, policy: none }
        endpoint_must_exist: false
        tags:
${['bar_operator_mm', 'bar_gear_mm', 'roll_ratio_percent', 'web_speed_m_min', 'encoder_m', 'line_state'].map(tag).join('\n')}
      - type: mqtt
        url: mqtt://127.0.0.1:${mqtt}
sinks:
  - { type: mqtt, url: "mqtt://127.0.0.1:${mqtt}" }
`;
}
