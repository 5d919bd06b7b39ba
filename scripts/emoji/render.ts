// Renders the emoji domains into one PNG sprite each; see README.md.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { Artwork, Domain } from './artwork.js';
import { DOMAINS } from './artwork.js';

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '32' },
    packages: { type: 'string', default: at('scripts/emoji/node_modules') },
    out: { type: 'string', default: at('assets/emoji') },
  },
});
const size = Number(values.size);
const COLUMNS = 40;
const PRINT_DPI = 72;

/** RGB pixels of one tile, on white. SVG is drawn at the final size (SVG units are 1/72 inch), not scaled afterwards. */
const tile = ({ bytes, side }: Artwork): Promise<Buffer> =>
  sharp(bytes, side === undefined ? {} : { density: (PRINT_DPI * size) / side })
    .resize(size, size, { fit: 'contain', background: '#ffffff' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();

async function sprite(codes: readonly string[], domain: Domain): Promise<Buffer> {
  const [width, height] = [COLUMNS * size, Math.ceil(codes.length / COLUMNS) * size];
  const pixels = Buffer.alloc(width * height * 3, 255);
  for (const [i, code] of codes.entries()) {
    const source = await tile(domain(code));
    if (source.length !== size * size * 3) throw new Error(`${code}: a tile must have ${size * size * 3} bytes, got ${source.length}`);
    const corner = (Math.floor(i / COLUMNS) * size * width + (i % COLUMNS) * size) * 3;
    for (let y = 0; y < size; y++) source.copy(pixels, corner + y * width * 3, y * size * 3, (y + 1) * size * 3);
  }
  return smallestPng(sharp(pixels, { raw: { width, height, channels: 3 } }));
}

/** Flat art is smaller without row filters, shaded art with them. (No `effort`: it would quantize to a palette.) */
async function smallestPng(image: Sharp): Promise<Buffer> {
  const [a, b] = await Promise.all(
    [true, false].map((adaptiveFiltering) => image.clone().png({ compressionLevel: 9, adaptiveFiltering }).toBuffer()),
  );
  return a!.length < b!.length ? a! : b!;
}

if (!Number.isInteger(size) || size < 8) throw new Error(`--size: must be an integer of at least 8, got ${values.size}`);
if (!existsSync(join(values.packages, '@iconify-json'))) {
  throw new Error(`${values.packages}: the artwork is not installed; scripts/emoji/README.md says how`);
}
const manifest = JSON.parse(readFileSync(at('assets/emoji/manifest.json'), 'utf8')) as { items: { code: string }[] };
const codes = manifest.items.map(({ code }) => code);
mkdirSync(join(values.out, String(size)), { recursive: true });
for (const [name, open] of Object.entries(DOMAINS)) {
  const png = await sprite(codes, open(values.packages));
  writeFileSync(join(values.out, String(size), `${name}.png`), png);
  process.stdout.write(`${size}/${name}.png  ${(png.length / 1e6).toFixed(2)} MB\n`);
}

const listed = readdirSync(values.out, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /^(\d+\/\w+\.png|manifest\.json)$/.test(file))
  .sort();
const sums = listed.map(
  (file) =>
    `${createHash('sha256')
      .update(readFileSync(join(values.out, file)))
      .digest('hex')}  ${file}\n`,
);
writeFileSync(join(values.out, 'sha256.txt'), sums.join(''));
