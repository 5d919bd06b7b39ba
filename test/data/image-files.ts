// Image folders for tests, in the exact layouts that their data sets come in.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import sharp from 'sharp';
import { random } from '../../src/tensor/random.js';

/** A folder with these files, gone after the test. */
export function folderWith(context: Pick<TestContext, 'after'>, files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'carryover-images-'));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

/** A JPEG of one colour; `cmyk`: as printers have it. */
export const plainJpeg = (color: string, { width = 12, height = 8, cmyk = false } = {}): Promise<Buffer> => {
  const image = sharp({ create: { width, height, channels: 3, background: color } });
  return (cmyk ? image.toColourspace('cmyk') : image).jpeg({ quality: 95 }).toBuffer();
};

/** A grey JPEG with these pixels. */
export const greyJpeg = (pixels: Uint8Array, width: number, height: number): Promise<Buffer> =>
  sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 95 })
    .toBuffer();

const HEADER =
  'Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices';

/** A row of train.csv: findings by name ('1.0', '-1.0'), the others blank. */
export function chexpertRow(path: string, findings: Readonly<Record<string, string>>, view = 'Frontal'): string {
  const columns = HEADER.split(',').slice(5);
  return [path, 'Female', '68', view, view === 'Frontal' ? 'AP' : '', ...columns.map((name) => findings[name] ?? '')].join(',');
}
export const chexpertTable = (rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

/** What makes a finding visible in a drawn chest: where (as shares of the sides) it is bright. */
const SHOWN: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  Atelectasis: (x, y) => Math.abs(x - y) < 0.08,
  Cardiomegaly: (x, y) => (x - 0.5) ** 2 + (y - 0.6) ** 2 < 0.05,
  Consolidation: (x, y) => (x - 0.25) ** 2 + (y - 0.25) ** 2 < 0.02,
  Edema: (x) => Math.floor(8 * x) % 2 === 0,
  'Pleural Effusion': (_, y) => y > 0.8,
};

/** A grey chest with these findings, in noise, higher than wide. */
function chest(findings: readonly string[], seed: number): Promise<Buffer> {
  const [width, height] = [40, 48];
  const { normal } = random(seed, 'chest');
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const bright = findings.filter((name) => SHOWN[name]!(x, y)).length;
    return Math.max(0, Math.min(255, Math.round(70 + 60 * bright + 18 * normal())));
  });
  return greyJpeg(pixels, width, height);
}

/** CheXpert in small: `train` and `test` images by patients of two, each finding in a third of them, and one in ten uncertain or lateral. */
export async function chexpertMiniature(train: number, test: number): Promise<Record<string, Uint8Array | string>> {
  const files: Record<string, Uint8Array | string> = {};
  const draws = random(7, 'miniature');
  const table = async (part: 'train' | 'valid', count: number) => {
    const rows: string[] = [];
    for (let i = 0; i < count; i++) {
      const found = Object.keys(SHOWN).filter(() => draws.uniform() < 0.35);
      const patient = `patient${String(Math.floor(i / 2) + 1).padStart(5, '0')}`;
      const file = `${part}/${patient}/study1/view${(i % 2) + 1}_frontal.jpg`;
      files[file] = await chest(found, 1000 * (part === 'train' ? 1 : 2) + i);
      const written = Object.fromEntries(Object.keys(SHOWN).map((name) => [name, found.includes(name) ? '1.0' : i % 3 === 0 ? '0.0' : '']));
      if (part === 'train' && i % 10 === 0) written['Edema'] = '-1.0';
      rows.push(chexpertRow(`CheXpert-v1.0-small/${file}`, written));
    }
    files[`${part}.csv`] = chexpertTable(rows);
  };
  await table('train', train);
  await table('valid', test);
  return files;
}
