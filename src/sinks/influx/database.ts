import type { InfluxSinkSettings } from '../../config/sinks.ts';
import { messageOf } from '../../core/errors.ts';
import { ask } from './http.ts';
import { writeAccess } from './target.ts';

/**
 * Creates the database that a write found missing, where that is wanted and can be done. Buckets of version 2 have a
 * retention that people must choose; version 3 makes databases by itself.
 *
 * @returns why not, in words; undefined where the database is there now.
 */
export async function createDatabase(settings: InfluxSinkSettings): Promise<string | undefined> {
  const { target } = settings;
  if (target.version !== '1' || !target.create_database) return 'create it, or correct its name';
  const name = target.database.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  try {
    const { status, text } = await ask(settings, {
      method: 'POST',
      path: '/query',
      headers: { ...writeAccess(target).headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ q: `CREATE DATABASE "${name}"` }).toString(),
    });
    // A statement that failed is told inside an answer of 200.
    if (status === 200 && !text.includes('"error"')) return undefined;
    return `it can't be created: ${text}`;
  } catch (error) {
    return `it can't be created: ${messageOf(error)}`;
  }
}
