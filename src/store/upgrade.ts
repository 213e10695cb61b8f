import { crc32 } from 'node:zlib';
import type { Database } from 'lmdb';
import { FatalError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Environment } from './environment.ts';

/** Version of the store's layout that this program writes. Format 1 had no checksums. */
export const storeFormat = 2;

/** A store of any format from 2 on says its number twice: so one that was damaged is told from one that is newer. */
const checkOf = (format: number): number => crc32(`gapwise store format ${format}`);

export function writeFormat(meta: Database<number, string>): void {
  void meta.put('format', storeFormat);
  void meta.put('format-check', checkOf(storeFormat));
}

/**
 * Why the format can't be believed; `undefined` where all is well.
 *
 * @throws FatalError for a format that a newer program wrote.
 */
export function faultOfFormat({ meta, journal }: Environment, folder: string): string | undefined {
  const found = meta?.get('format');
  if (found === undefined) return journal.isEmpty ? undefined : 'it does not say its format';
  if (found === 1) return undefined;
  if (meta?.get('format-check') !== checkOf(found)) return `it says to have format ${found}`;
  if (found === storeFormat) return undefined;
  throw new FatalError(`the store has format ${found}`, {
    where: folder,
    allowed: `format 1 to ${storeFormat}`,
  });
}

/**
 * Brings an older store, or an empty one, to this program's format, all in one transaction: a crash leaves it as it
 * was or as it should be.
 */
export function upgrade({ root, meta, journal, snapshots }: Environment, log: Logger): void {
  const found = meta?.get('format');
  if (found === storeFormat || !meta) return;
  let records = 0;
  root.transactionSync(() => {
    if (found === 1) for (const table of [journal, snapshots]) records += table.sealAll();
    writeFormat(meta);
  });
  if (found !== undefined) {
    log.info(
      { event: 'store-upgraded', from: found, to: storeFormat, records },
      `the store was brought from format ${found} to ${storeFormat}: ${records} records`,
    );
  }
}
