import { fileURLToPath } from 'node:url';

/** Path of a committed fixture: `fixture('checkpoints/kinds.pth')` → test/checkpoints/fixtures/kinds.pth. */
export function fixture(name: string): string {
  const [room, file] = name.split('/') as [string, string];
  return fileURLToPath(new URL(`../../../test/${room}/fixtures/${file}`, import.meta.url));
}
