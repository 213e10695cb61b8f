import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';

/** Processes that are measured from outside: each on a core of its own, where there are two and `taskset`. */

const READY_WITHIN_MS = 60_000;

const hasCores = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** This process and all that it starts from now on stay on the first core, so that the subject has another. */
export function keepToFirstCore(): string {
  if (!hasCores) return 'not pinned: that takes two cores and taskset';
  spawnSync('taskset', ['-a', '-c', '-p', '0', String(process.pid)]);
  return 'load generator and broker pinned to the first core, the subject to the second';
}

/** Processor time (s) of all threads of a process so far, to the nanosecond: proc(5), /proc/PID/task/TID/schedstat. */
export function processorSecondsOf(pid: number): number {
  let total_ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    total_ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return total_ns / 1e9;
}

/** Resident memory of a process now (bytes). */
export function residentBytesOf(pid: number): number {
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) * 1024;
}

/** A process under measurement. */
export class Subject {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'close');
    createInterface({ input: child.stdout! }).on('line', (line) => this.#lines.push(line));
  }

  /** Resolves once the process has printed a line that `ready` fits. @throws where it ends before. */
  static async start(
    command: readonly string[],
    ready: RegExp,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Subject> {
    const words = hasCores ? ['taskset', '-c', '1', ...command] : command;
    const child = spawn(words[0]!, words.slice(1), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const subject = new Subject(child);
    const limit_ms = performance.now() + READY_WITHIN_MS;
    let ended = false;
    void subject.#ended.then(() => {
      ended = true;
    });
    while (!subject.#lines.some((line) => ready.test(line))) {
      if (performance.now() > limit_ms) child.kill('SIGKILL');
      if (ended) throw new Error(`${command.join(' ')} ended: ${subject.#lines.slice(-5).join(' / ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return subject;
  }

  /** `taskset` becomes the command that it starts: the process id is the same. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Ends it in good order; what it printed last. */
  async stop(): Promise<string> {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    await this.#ended;
    clearTimeout(force);
    return this.#lines.at(-1) ?? '';
  }
}

/** Debian's Python first: it is the one that Debian's packages install for. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0,
  );
}

/** Nearest-rank quantile. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
