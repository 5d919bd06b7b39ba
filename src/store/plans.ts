import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** 16 hexadecimal digits that tell plans of one study apart. */
export const contentOf = (plan: unknown): string => createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16);

/** Files of saved plans, the last saved first. One may go while we look. */
export async function plansIn(folder: string): Promise<{ readonly name: string; readonly path: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { name: name.slice(0, -'.json'.length), path, saved: await stat(path).then(({ mtimeMs }) => mtimeMs, () => 0) }; // prettier-ignore
    }),
  );
  return files.sort((a, b) => b.saved - a.saved);
}
