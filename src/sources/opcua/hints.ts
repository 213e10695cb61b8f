import { resolve } from 'node:path';

/** What to do about a server that is not trusted: a command that works from any folder. */
export const trustHint = (thumbprint: string, folder: string): string =>
  "compare the thumbprint with the server's own display, then: " +
  `gapwise certificates trust ${thumbprint} --folder ${shellWord(resolve(folder))}`;

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
