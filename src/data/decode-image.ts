import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { writePlanes } from './planes.js';

export const FITS = ['cover', 'contain', 'fill'] as const;

export interface DecodeOptions {
  /** Side of the square that images are brought to. */
  readonly size: number;
  /** 3: RGB (grey becomes RGB); 1: grey. */
  readonly channels: 1 | 3;
  /** Proportions that differ from the square: 'cover' cuts, 'contain' adds white, 'fill' distorts. */
  readonly fit: (typeof FITS)[number];
}

/**
 * Decodes a JPEG, PNG, WebP or GIF (first frame) into planes of `out` at `at`: upright as EXIF says, transparency on white.
 * Throws when the file is no such image, or broken; the message says why, without the file's name.
 */
export async function decodeImage(file: string, out: Uint8Array, at: number, { size, channels, fit }: DecodeOptions): Promise<void> {
  await checkFormat(file);
  const image = sharp(file, { failOn: 'error' })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .resize(size, size, { fit, background: '#ffffff' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const { data, info } = await image
    .raw()
    .toBuffer({ resolveWithObject: true })
    // libvips keeps one error text for all threads, so that it may be another file's: a reason must not depend on chance
    .catch(() => {
      throw new Error('cannot be decoded: broken or cut short');
    });
  if (info.channels !== channels) throw new Error(`must decode to ${channels} channels, got ${info.channels}`);
  writePlanes(data, out, { at, channels, height: size, width: size });
}

const SIGNATURES: readonly (readonly [offset: number, bytes: string])[] = [
  [0, '\xff\xd8\xff'], // JPEG
  [0, '\x89PNG\r\n\x1a\n'],
  [0, 'GIF8'],
  [8, 'WEBP'],
];

/** By its first bytes, so that no other decoder (SVG, PDF, …) ever sees a user's file. */
async function checkFormat(file: string): Promise<void> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot be opened: ${error.code ?? error.message}`);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    const start = buffer.toString('latin1', 0, bytesRead);
    if (bytesRead === 0) throw new Error('is empty');
    if (!SIGNATURES.some(([offset, bytes]) => start.startsWith(bytes, offset))) throw new Error('is no JPEG, PNG, WebP or GIF');
  } finally {
    await handle.close();
  }
}
