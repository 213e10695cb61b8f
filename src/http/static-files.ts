import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface StaticFile {
  readonly type: string;
  readonly etag: string;
  /** Whether the name carries a hash of the content, so that it may be cached for good. */
  readonly immutable: boolean;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/**
 * The files of the built page by their URL path, all read at the start. What is not in this list does not exist:
 * no request ever turns into a path on the disk. An absent folder gives an empty list.
 */
export function readStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const { name, parentPath } of list(folder)) {
    const type = types[extname(name)];
    if (!type) continue;
    const plain = readFileSync(join(parentPath, name));
    const path = posix.join('/', parentPath.slice(folder.length).replaceAll('\\', '/'), name);
    files.set(path, {
      type,
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      immutable: path.startsWith('/assets/'),
      plain,
      gzipped: gzipSync(plain, { level: 9 }),
    });
  }
  const index = files.get('/index.html');
  if (index) files.set('/', index);
  return files;
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}
