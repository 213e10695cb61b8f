import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { requireProgram } from '../support/real.ts';

const executablePath = '/usr/bin/chromium';

export const hasChromium: boolean = requireProgram('chromium') && existsSync(executablePath);

/** Debian's Chromium, quiet and without a network of its own. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
