import sharp from 'sharp';

/** Pixels [height, width, 3] as a PNG; `captions` are written on top, each left of x, centred on y. */
export function encodePng(
  pixels: Uint8Array,
  { width, height, captions = [] }: { width: number; height: number; captions?: readonly Caption[] },
): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  if (captions.length > 0) image.composite([{ input: overlay(captions, width, height), top: 0, left: 0 }]);
  return image.png({ compressionLevel: 9 }).toBuffer();
}

export interface Caption {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

const FONT_PIXELS = 12;

function overlay(captions: readonly Caption[], width: number, height: number): Buffer {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const texts = captions.map(
    ({ text, x, y }) => `<text x="${x}" y="${y + FONT_PIXELS / 3}" text-anchor="end" fill="#333333">${escaped(text)}</text>`,
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="${FONT_PIXELS}">${texts.join('')}</svg>`,
  );
}
