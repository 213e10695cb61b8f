import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The published data stand beside the checkout and are never committed. A test that needs them is skipped where
 * they are absent, and says so in its title; with `CI=true` their absence is a failure.
 */
const folder = resolve('../shared/data');

export const hasSharedData: boolean = existsSync(folder);

if (!hasSharedData && process.env['CI'] === 'true') throw new Error(`${folder} is missing`);

export const sharedData = (file: string): string => resolve(folder, file);

/** Suffix for the title of a test that reads the published data. */
export const publishedData: string = hasSharedData
  ? ''
  : ' [skipped: the published data are not beside the checkout]';
