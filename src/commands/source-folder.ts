import { join } from 'node:path';
import type { SourceSettings } from '../config/sources.ts';

/** The folder in which a line's source keeps what is its own, such as certificates. */
export const sourceFolder = (
  stateFolder: string,
  line: string,
  index: number,
  type: SourceSettings['type'],
): string => join(stateFolder, line, `${index}-${type}`);
