import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Says that the last writer closed the store in good order and saw no damage, and what the file looked like then. It is
 * taken away before the next writer begins: whatever ends that one, a store without a mark is examined before it is
 * opened.
 */
export function markClean(path: string): void {
  writeFileSync(markOf(path), JSON.stringify(looks(path)), { flush: true });
}

/** Whether the file is as its last writer left it. */
export function isMarkedClean(path: string): boolean {
  try {
    return readFileSync(markOf(path), 'utf8') === JSON.stringify(looks(path));
  } catch {
    return false;
  }
}

export function removeMark(path: string): void {
  rmSync(markOf(path), { force: true });
}

const markOf = (path: string): string => `${path}-clean`;

function looks(path: string): { size: number; changed_ns: string } {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return { size: Number(size), changed_ns: String(mtimeNs) };
}
