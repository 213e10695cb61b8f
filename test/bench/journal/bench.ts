import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { open } from 'lmdb';
import type { Scan } from '../../../src/core/messages.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { encodeMessage } from '../../../src/store/message-codec.ts';
import { openStore } from '../../../src/store/store.ts';
import { benchmark, type Part } from '../harness.ts';
import { pythonWith } from '../processes.ts';

/**
 * The journal beside the database that it is made of and beside SQLite, every commit on the disk before anybody is
 * told. Records are scans of 800 locations; groups of 1 are what one line has, larger ones what many lines bring
 * up while the commit before is on its way.
 */
const GROUPS = [1, 8, 64];
const ROUNDS = 5;
const LEAST_COMMITS = 40;
const RECORDS = 800;

/** What one way of keeping took. */
interface Taken {
  readonly seconds: number;
  readonly processor_seconds: number;
}

interface Contender {
  readonly title: string;
  /** Commits groups of records, so many times. */
  round(group: number, commits: number): Promise<Taken>;
  close(): Promise<void>;
}

await benchmark('journal', async (part) => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-bench-'));
  const contenders = [await ours(folder), raw(folder)];
  try {
    for (const group of GROUPS) await compare(part, contenders, group, folder);
    part.note(
      'appends in wall time are the disk’s as much as the program’s; processor time is of all threads. Ours adds to raw ' +
        'LMDB the encoding of the message, a checksum with the key, and the order of commits.',
    );
  } finally {
    for (const contender of contenders) await contender.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function compare(part: Part, contenders: Contender[], group: number, folder: string): Promise<void> {
  const commits = Math.max(LEAST_COMMITS, Math.ceil(RECORDS / group));
  const sqlite = sqliteIn(folder);
  if (!sqlite) part.note('no Python with sqlite3 here');
  const all = sqlite ? [...contenders, sqlite] : contenders;
  const taken = new Map<string, Taken[]>(all.map(({ title }) => [title, []]));
  // They take turns, so that a disk that is busy meanwhile is so for all.
  for (let round = -1; round < ROUNDS; round++) {
    for (const { title, round: run } of all) {
      const one = await run(group, commits);
      if (round >= 0) taken.get(title)?.push(one);
    }
  }
  const records = group * commits;
  const [mine, lmdb, lite] = all.map(({ title }) => {
    const values = taken.get(title) ?? [];
    const rate = values.map(({ seconds }) => records / seconds);
    const cost = values.map(({ processor_seconds }) => (1e6 * processor_seconds) / records);
    return {
      rate: part.figure(`${title}, groups of ${group}`, rate, 'appends/s'),
      cost: part.figure(`${title}, groups of ${group}: processor time`, cost, 'µs/append'),
    };
  });
  if (!mine || !lmdb) return;
  part.ratio(`groups of ${group}: ours over raw LMDB, appends/s`, mine.rate, lmdb.rate, { atLeast: 0.9 });
  if (lite)
    part.ratio(`groups of ${group}: ours over SQLite, appends/s`, mine.rate, lite.rate, { atLeast: 1 });
}

async function measured(round: () => Promise<void>): Promise<Taken> {
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  await round();
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: Number(process.hrtime.bigint() - start) / 1e9,
    processor_seconds: (user + system) / 1e6,
  };
}

async function ours(folder: string): Promise<Contender> {
  const store = await openStore(join(folder, 'store'));
  const journal = store.journal('line-1');
  const message = scan();
  return {
    title: 'journal',
    round: (group, commits) =>
      measured(async () => {
        for (let i = 0; i < commits; i++)
          await Promise.all(Array.from({ length: group }, () => journal.append(message)));
      }),
    close: () => store.close(),
  };
}

/** As the store opens it, but bytes that are at hand already under keys that are one number. */
function raw(folder: string): Contender {
  const options = { noSubdir: true, overlappingSync: false, eventTurnBatching: false };
  const database = open<Buffer, number>({ path: join(folder, 'raw.lmdb'), encoding: 'binary', ...options });
  const body = encodeMessage(scan());
  let position = 0;
  return {
    title: 'raw LMDB',
    round: (group, commits) =>
      measured(async () => {
        for (let i = 0; i < commits; i++) {
          await database.batch(() => {
            for (let n = 0; n < group; n++) void database.put(++position, body);
          });
        }
      }),
    close: () => database.close(),
  };
}

/** A process for each round: what it reports is of its commits alone. */
function sqliteIn(folder: string): Contender | undefined {
  const python = pythonWith('sqlite3');
  if (!python) return undefined;
  let files = 0;
  const bytes = encodeMessage(scan()).length;
  return {
    title: 'SQLite',
    async round(group, commits) {
      const words = [join(folder, `sqlite-${group}-${++files}`), bytes, group, 10, commits].map(String);
      const child = spawnSync(python, [resolve('test/bench/journal/sqlite.py'), ...words], {
        encoding: 'utf8',
      });
      if (child.status !== 0) throw new Error(child.stderr);
      return JSON.parse(child.stdout) as Taken;
    },
    close: async () => {},
  };
}

function scan(): Scan {
  const random = seededRandom(5);
  return {
    kind: 'scan',
    line: 'line-1',
    gauge: 'gauge',
    scan: 1,
    time_ms: 1_700_000_000_000,
    duration_ms: 8000,
    startedAt: 'operator',
    loading_mg_cm2: Float64Array.from({ length: 800 }, () => 18 + random.normal()),
  };
}
