// The committed emoji, as pictures for reports in tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Item {
  readonly code: string;
  readonly cls: string;
  readonly split: string;
}
export const ITEMS = (JSON.parse(readFileSync(join(ROOT, 'assets/emoji/manifest.json'), 'utf8')) as { items: Item[] }).items;

/** Tiles of the committed sprites: 32 px, 40 a row, in the manifest's order. */
export async function tiles(domain: string, codes: readonly string[]): Promise<Record<string, string>> {
  const sprite = sharp(join(ROOT, `assets/emoji/32/${domain}.png`));
  const entries = codes.map(async (code): Promise<[string, string]> => {
    const i = ITEMS.findIndex((item) => item.code === code);
    const png = await sprite
      .clone()
      .extract({ left: 32 * (i % 40), top: 32 * Math.floor(i / 40), width: 32, height: 32 })
      .png()
      .toBuffer();
    return [code, `data:image/png;base64,${png.toString('base64')}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}
