import { existsSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { FatalError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { headKey, toBeCounted } from '../disk-queue.ts';
import { openEnvironment, tablesOf } from '../environment.ts';
import { isExtentKey } from '../history.ts';
import { floorKey } from '../journal.ts';
import { everything } from '../table.ts';
import { writeFormat } from '../upgrade.ts';
import { isMarkedClean, removeMark } from './clean-mark.ts';
import { examine, salvage } from './salvage.ts';

export interface Surroundings {
  readonly clock: Pick<Clock, 'now_ms'>;
  readonly log: Logger;
}

/**
 * Lost entries of a journal may have had positions so far beyond those that are left. The time in milliseconds is
 * beyond all that count messages, where nothing at all is left.
 */
const lostPositions = 1_000_000;

/** What is examined in the blink of an eye is examined always, not only without the mark: disks rot unseen. */
const small_bytes = 2 ** 28;

/**
 * To be called by the one writer before it opens the file. A store that was not closed in good order is examined; one
 * that is damaged is set aside under another name, and what can be saved becomes the new one. A crash at any moment of
 * this leaves something from which the next start comes to the same end.
 *
 * @returns whether every page was looked at.
 */
export async function ensureWhole(path: string, around: Surroundings): Promise<boolean> {
  const fresh = `${path}.salvaged`;
  // The damaged one was moved already: what was saved was complete.
  if (!existsSync(path) && existsSync(fresh)) renameSync(fresh, path);
  const isExamined = existsSync(path) && !isTrusted(path);
  const faults = isExamined ? faultsOf(path) : [];
  if (faults.length > 0) await setAside(path, faults, around);
  removeMark(path);
  return isExamined;
}

/** For readers: the writer alone sets a store aside. @throws FatalError where it is damaged. */
export function refuseDamaged(path: string): void {
  const faults = existsSync(path) && !isTrusted(path) ? faultsOf(path) : [];
  if (faults.length === 0) return;
  throw new FatalError(
    `the store is damaged: ${faults[0]}; the agent saves what can be saved when it starts`,
    {
      where: path,
    },
  );
}

const isTrusted = (path: string): boolean => statSync(path).size > small_bytes && isMarkedClean(path);

const faultsOf = (path: string): readonly string[] =>
  statSync(path).size === 0 ? ['the file is empty'] : examine(path).faults;

/** @throws FatalError where there is no room for what can be saved; then nothing has changed. */
export async function setAside(
  path: string,
  faults: readonly string[],
  { clock, log }: Surroundings,
): Promise<void> {
  const time = new Date(clock.now_ms()).toISOString().replaceAll(':', '-');
  const aside = `${path}.damaged-${time}`;
  const fresh = `${path}.salvaged`;
  log.error({ event: 'store-damaged', path, faults }, `the store is damaged: ${faults.join('; ')}`);
  let saved: Readonly<Record<string, number>>;
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    if (bavail * bsize < statSync(path).size + 2 ** 24) throw new Error('there is no room on the disk');
    saved = await saveInto(fresh, path, clock.now_ms());
  } catch (error) {
    throw new FatalError(`what can be saved of a damaged store can't be written: ${messageOf(error)}`, {
      where: fresh,
      cause: error,
    });
  }
  renameSync(path, aside);
  rmSync(`${path}-lock`, { force: true });
  renameSync(fresh, path);
  const counts = Object.entries(saved).map(([table, records]) => `${table} ${records}`);
  log.error(
    { event: 'store-salvaged', path, aside, saved },
    `the damaged store is kept as ${aside}; records saved from it: ${counts.join(', ')}`,
  );
}

async function saveInto(
  fresh: string,
  damaged: string,
  now_ms: number,
): Promise<Readonly<Record<string, number>>> {
  for (const path of [fresh, `${fresh}-lock`]) rmSync(path, { force: true });
  const reachable = statSync(damaged).size > 0 && examine(damaged).reachable;
  const environment = openEnvironment(fresh, false);
  try {
    const { root, meta, journal, spools, history } = environment;
    const { saved, position } = salvage(damaged, reachable, root, tablesOf(environment));
    root.transactionSync(() => {
      if (meta) writeFormat(meta);
      const floor = Math.max(now_ms, position + lostPositions);
      journal.apply({ key: floorKey, body: Buffer.from(String(floor)) });
      for (const key of [...spools.keys(everything)].filter((key) => key.at(-1) === headKey)) {
        spools.apply({ key, body: toBeCounted(spools.get(key)) });
      }
      for (const key of [...history.keys(everything)].filter(isExtentKey)) history.apply({ key });
    });
    return saved;
  } finally {
    await environment.root.close();
    rmSync(`${fresh}-lock`, { force: true });
  }
}
