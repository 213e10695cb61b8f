// Run as a child process to be killed: appends numbered messages from several lines at once and tells each position
// that the journal has promised, one line of text each. argv: folder of the compiled code, folder of the store.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , compiled, folder] = process.argv;
const { openStore } = await import(pathToFileURL(join(compiled, 'src', 'store', 'store.js')).href);
const store = await openStore(folder);

async function write(line) {
  const journal = store.journal(line);
  const snapshots = store.snapshots(line);
  for (let n = journal.last; ; n++) {
    const loading_mg_cm2 = Float64Array.from({ length: 800 }, (_, i) => n + i / 800);
    const scan = {
      kind: 'scan',
      line,
      gauge: 'g',
      scan: n,
      time_ms: n,
      duration_ms: 8000,
      startedAt: 'gear',
      loading_mg_cm2,
    };
    const position = await journal.append(scan);
    // Synchronous, so that nothing is told later than it was promised.
    writeSync(1, `${line} ${position}\n`);
    if (n % 10 === 9) {
      await snapshots.save(position, { n, sum: loading_mg_cm2 });
      await journal.trim(snapshots.oldestPosition());
      writeSync(1, `${line} snapshot ${position}\n`);
    }
  }
}
await Promise.all(['a', 'b', 'c'].map(write));
