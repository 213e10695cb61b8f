import { join } from 'node:path';
import type { SourceSettings } from '../config/sources.ts';

/**
 * The folder in which a line's source keeps what is its own. All OPC UA sources of an agent share theirs: it holds the
 * certificates, and whoever runs a server should have to trust one agent, not each of its sources.
 */
export const sourceFolder = (
  stateFolder: string,
  line: string,
  index: number,
  type: SourceSettings['type'],
): string => (type === 'opcua' ? opcUaFolder(stateFolder) : join(stateFolder, line, `${index}-${type}`));

export const opcUaFolder = (stateFolder: string): string => join(stateFolder, 'opcua');

/** Where a sink keeps its own, such as certificates: by its place in the list. */
export const sinkFolder = (stateFolder: string, index: number, type: string): string =>
  join(stateFolder, 'sinks', `${index}-${type}`);
