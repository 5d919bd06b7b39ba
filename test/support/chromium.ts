import { existsSync } from 'node:fs';

const PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A Chromium on this machine, or why tests in the browser are skipped. */
export const CHROMIUM: string | undefined = [process.env['CHROMIUM'], ...PATHS].find((path) => path && existsSync(path));
export const SKIP: string | false = CHROMIUM === undefined ? 'no Chromium here; name one in the environment variable CHROMIUM' : false;
