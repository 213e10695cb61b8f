import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { type Finding, failed, ok, warning } from '../core/finding.ts';
import { openStore } from './store.ts';

/** Below this much room (bytes) a day of two lines may not fit. */
const scarce_bytes = 2 ** 30;

/** Whether the folder takes files and what is in it can be read, also beside an agent at work. It never throws. */
export async function checkStore(folder: string): Promise<Finding[]> {
  const findings = [checkRoom(folder)];
  if (findings[0]?.level !== 'failed' && existsSync(join(folder, 'store.lmdb'))) {
    try {
      await (await openStore(folder, { readOnly: true })).close();
      findings.push(ok('store', 'the one that is there can be read'));
    } catch (error) {
      findings.push(failed('store', messageOf(error), 'move it away, or use the version that wrote it'));
    }
  }
  return findings;
}

function checkRoom(folder: string): Finding {
  const subject = `folder ${folder}`;
  try {
    mkdirSync(folder, { recursive: true });
    const trial = mkdtempSync(join(folder, 'check-'));
    try {
      writeFileSync(join(trial, 'trial'), 'trial', { flush: true });
    } finally {
      rmSync(trial, { recursive: true, force: true });
    }
    const { bavail, bsize } = statfsSync(folder);
    const free = `${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free`;
    return bavail * bsize < scarce_bytes
      ? warning(subject, `writable, but only ${free}`, 'make room, or choose another folder for the state')
      : ok(subject, `writable, ${free}`);
  } catch (error) {
    return failed(
      subject,
      messageOf(error),
      "choose a folder that the agent's user may write to, or make room",
    );
  }
}
