import { BadInputError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { committed } from './commit.ts';
import type { Commits } from './commits.ts';
import { type DecodedSnapshot, decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts';
import type { Table } from './table.ts';

/**
 * How a state is laid out, as its owner sees it: a snapshot carries the version that it was taken with, so that a newer
 * program knows what it finds.
 */
export interface StateShape {
  /** From 1; one more with each change that an older snapshot doesn't fit. */
  readonly version: number;
  /** Pure functions by the version that they start from, each to the next one. */
  readonly migrations: Readonly<Record<number, (state: unknown) => unknown>>;
}

export const firstShape: StateShape = { version: 1, migrations: {} };

/** The states of a line's agent from which a restart goes on, each tied to a position of the journal. */
export interface Snapshots {
  /**
   * Keeps the state in which the entry at `position` is the last that was applied; older snapshots beyond the
   * configured number go. Resolves once it is on the disk.
   *
   * @param state plain data: objects, arrays, maps, sets, typed arrays, strings, numbers, booleans.
   * @throws RetryableError where it could not be kept.
   */
  save(position: number, state: unknown): Promise<void>;
  /**
   * The newest that is whole and of this shape, or of an older one from which migrations lead here. Any other is
   * reported to the log and the one before it taken.
   */
  latest(): Snapshot | undefined;
  /** The oldest that is whole: with the journal behind it, all of the past that is kept. */
  oldest(): Snapshot | undefined;
  /** Position of the oldest snapshot kept: the journal must not be trimmed past the entry behind it. 0 without one. */
  oldestPosition(): number;
}

export interface Snapshot {
  readonly position: number;
  readonly state: unknown;
}

export function openSnapshots(
  table: Table,
  commits: Commits,
  line: string,
  settings: { readonly kept: number; readonly shape: StateShape },
  log: Logger,
): Snapshots {
  const { kept, shape } = settings;
  const all = { from: [line, 0], to: [line, Number.MAX_SAFE_INTEGER] };
  const positions = () => [...table.keys(all)].map((key) => key[1] as number);

  const firstWhole = (candidates: readonly number[]): Snapshot | undefined => {
    for (const position of candidates) {
      try {
        const bytes = table.get([line, position]);
        if (bytes) return { position, state: migrated(decodeSnapshot(bytes), shape) };
      } catch (error) {
        log.error(
          { event: 'snapshot-unusable', line, position },
          `the snapshot can't be used, going on to the next one: ${messageOf(error)}`,
        );
      }
    }
    if (candidates.length > 0) {
      log.error(
        { event: 'snapshots-unusable', line, snapshots: candidates.length },
        'no snapshot can be used: what the journal no longer has is lost to the state',
      );
    }
    return undefined;
  };

  return {
    async save(position, state) {
      const outdated = positions()
        .filter((other) => other !== position)
        .slice(0, -(kept - 1));
      const changes = [
        { table, key: [line, position], body: encodeSnapshot(state, shape.version) },
        ...outdated.map((other) => ({ table, key: [line, other] })),
      ];
      await committed(() => commits.write(changes), "the snapshot can't be kept", line);
    },

    latest: () => firstWhole(positions().reverse()),
    oldest: () => firstWhole(positions()),

    oldestPosition: () => positions()[0] ?? 0,
  };
}

/** @throws BadInputError where nothing leads from the state's version to the one wanted. */
export function migrated({ shape, state }: DecodedSnapshot, to: StateShape): unknown {
  let now = state;
  for (let version = shape; version < to.version; version++) {
    const migrate = to.migrations[version];
    if (!migrate)
      throw new BadInputError(`nothing leads from a state of version ${version} to ${version + 1}`);
    now = migrate(now);
  }
  if (shape > to.version) {
    throw new BadInputError(`a newer program took it: version ${shape} of the state`, {
      allowed: `up to ${to.version}`,
    });
  }
  return now;
}
