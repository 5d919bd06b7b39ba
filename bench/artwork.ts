import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const SPRITES = ['noto', 'fluent3d', 'openmoji', 'twemoji'];
const spriteOf = (domain: string) => fileURLToPath(new URL(`../../assets/emoji/32/${domain}.png`, import.meta.url));

/** Size of the pictures, and of the part of a sprite that each shows enlarged. */
const [WIDTH, HEIGHT] = [500, 400];
const ZOOM = 4;

/** Writes JPEGs of 500×400 pixels: parts of the emoji sprites, enlarged; a class folder a style. */
export async function writePictures(folder: string, count: number): Promise<void> {
  const [width, height] = [WIDTH / ZOOM, HEIGHT / ZOOM];
  for (const domain of SPRITES) {
    const sprite = await sharp(spriteOf(domain)).flatten({ background: '#ffffff' }).raw().toBuffer({ resolveWithObject: true });
    const [across, down] = [Math.floor(sprite.info.width / width), Math.floor(sprite.info.height / height)];
    const raw = { width: sprite.info.width, height: sprite.info.height, channels: sprite.info.channels };
    await mkdir(join(folder, 'train', domain), { recursive: true });
    for (let i = 0; i < count / SPRITES.length; i++) {
      const [left, top] = [(i % across) * width, (Math.floor(i / across) % down) * height];
      await sharp(sprite.data, { raw })
        .extract({ left, top, width, height })
        .resize(WIDTH, HEIGHT)
        .jpeg({ quality: 90 })
        .toFile(join(folder, 'train', domain, `${i}.jpg`));
    }
  }
}
