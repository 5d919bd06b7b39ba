import { readFile } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { insteadOfFile } from '../tensor/regular-file.js';
import { equalizationTable } from './equalize.js';
import { writePlanes } from './planes.js';

// every image is decoded once: libvips' cache of operations only costs (6 % of a decode)
sharp.cache(false);

export const FITS = ['cover', 'contain', 'fill'] as const;

export interface DecodeOptions {
  /** Side of the square that images are brought to. */
  readonly size: number;
  /** 3: RGB (grey becomes RGB); 1: grey. */
  readonly channels: 1 | 3;
  /** Proportions that differ from the square: 'cover' cuts, 'contain' adds margins, 'fill' distorts. */
  readonly fit: (typeof FITS)[number];
  /** Of margins; white if left out. */
  readonly margin?: string;
  /** Grey, its histogram equalized before it is resized. */
  readonly equalize?: boolean;
  /** Find out which images are CMYK. */
  readonly watchCmyk?: boolean;
}

/** What is worth knowing of an image that was decoded. */
export interface Decoded {
  readonly cmyk: boolean;
}

/**
 * Decodes a JPEG, PNG, WebP or GIF (first frame) into planes of `out` at `at`: upright as EXIF says, transparency on white.
 * Throws when the file is no such image, or broken; the message says why, without the file's name.
 */
export async function decodeImage(file: string, out: Uint8Array, at: number, options: DecodeOptions): Promise<Decoded> {
  const other = await insteadOfFile(file);
  if (other !== undefined) throw new Error(`must be a file, got ${other}`);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot be opened: ${error.code ?? error.message}`);
  });
  checkFormat(bytes);
  const { size, channels, fit, margin = '#ffffff', equalize = false, watchCmyk = false } = options;
  const upright = sharp(bytes, { failOn: 'error' }).autoOrient().flatten({ background: '#ffffff' });
  const image = (equalize ? await equalized(upright) : upright)
    .resize(size, size, { fit, background: margin })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true }).catch(broken);
  if (info.channels !== channels) throw new Error(`must decode to ${channels} channels, got ${info.channels}`);
  writePlanes(data, out, { at, channels, height: size, width: size });
  return { cmyk: watchCmyk && (await sharp(bytes).metadata()).space === 'cmyk' };
}

// libvips keeps one error text for all threads, so that it may be another file's: a reason must not depend on chance
const broken = (): never => {
  throw new Error('cannot be decoded: broken or cut short');
};

/** The grey picture, in its own size, with its histogram equalized. */
async function equalized(image: Sharp): Promise<Sharp> {
  const { data, info } = await image.toColourspace('b-w').raw().toBuffer({ resolveWithObject: true }).catch(broken);
  if (info.channels !== 1) throw new Error(`must decode to grey, got ${info.channels} channels`);
  const table = equalizationTable(data);
  for (let i = 0; i < data.length; i++) data[i] = table[data[i]!]!;
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 1 } });
}

const SIGNATURES: readonly (readonly [offset: number, bytes: string])[] = [
  [0, '\xff\xd8\xff'], // JPEG
  [0, '\x89PNG\r\n\x1a\n'],
  [0, 'GIF8'],
  [8, 'WEBP'],
];

/** By its first bytes, so that no other decoder (SVG, PDF, …) ever sees a user's file. */
function checkFormat(bytes: Buffer): void {
  const start = bytes.toString('latin1', 0, 16);
  if (bytes.length === 0) throw new Error('is empty');
  if (!SIGNATURES.some(([offset, signature]) => start.startsWith(signature, offset))) throw new Error('is no JPEG, PNG, WebP or GIF');
}
