import { join } from 'node:path';

/** Own certificate and key, trusted and rejected clients, below the sink's own folder. */
export const certificatesFolder = (stateFolder: string): string => join(stateFolder, 'opcua-certificates');
