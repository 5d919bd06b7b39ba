import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { InputError } from '../tensor/input-error.js';
import { channelStatistics } from './channel-statistics.js';
import type { Dataset, Split, SplitName } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import type { Options } from '../tensor/options.js';
import { oneOf, show } from '../tensor/options.js';
import { sharedPixels, writePlanes } from './planes.js';

const FOLDER = new URL('../../../assets/emoji/', import.meta.url);
const COLUMNS = 40;
const CHANNELS = 3;
const SIDE = 32;

/** Style → terms of its art; see assets/emoji/NOTICE.md. */
export const EMOJI_DOMAINS: Readonly<Record<string, string>> = {
  fluent3d: 'MIT, Microsoft Fluent Emoji',
  noto: 'Apache-2.0, Google Noto Emoji',
  twemoji: 'CC-BY-4.0, Twemoji',
  openmoji: 'CC-BY-SA-4.0, OpenMoji',
  fluentflat: 'MIT, Microsoft Fluent Emoji',
  outline: 'CC-BY-SA-4.0, OpenMoji',
  silhouette: 'MIT, Microsoft Fluent Emoji',
};

interface Manifest {
  readonly items: readonly { readonly code: string; readonly cls: string; readonly group: string; readonly split: SplitName }[];
}

/**
 * The same 1,561 emoji drawn in seven styles, a small DomainNet that comes with the package. Any union of styles is a data set; an emoji's family is
 * in the same split in all of them, so that no test picture was trained on in another style. Image ids are `noto/1f600`.
 */
export const emoji: DatasetKind = {
  side: SIDE,
  options: {
    domains: `styles: any of ${Object.keys(EMOJI_DOMAINS).join(', ')}`,
    labels: "'class' (18, the default) or 'group' (8 groups of Unicode)",
    size: 'side in pixels: 32 (others where they were rendered, which a clone of the repository can do)',
  },
  check: (options) => void asked(options),
  async classes(options) {
    return (await labelled(options)).classes.length;
  },
  async load(options) {
    const { domains, size } = asked(options);
    const { items, labels, classes } = await labelled(options);
    const tiles = await Promise.all(domains.map((domain) => readSprite(domain, size)));

    const bytes = CHANNELS * size * size;
    const split = (name: SplitName): Split => {
      const chosen = items.flatMap((item, i) => (item.split === name ? [i] : []));
      const pixels = sharedPixels(domains.length * chosen.length * bytes, 'emoji');
      let at = 0;
      for (const tile of tiles) for (const i of chosen) tile(i, pixels, bytes * at++);
      return {
        ids: domains.flatMap((domain) => chosen.map((i) => `${domain}/${items[i]!.code}`)),
        labels: Int32Array.from(domains.flatMap(() => chosen.map((i) => classes.indexOf(labels[i]!)))),
        pixels,
      };
    };
    const splits = { train: split('train'), val: split('val'), test: split('test') };
    return {
      name: `emoji (${domains.join(' + ')})`,
      classes,
      channels: CHANNELS,
      height: size,
      width: size,
      ...channelStatistics(splits.train.pixels, CHANNELS, size * size),
      splits,
      skipped: [],
      licence: domains.map((domain) => `${domain}: ${EMOJI_DOMAINS[domain]!}`).join('; '),
    } satisfies Dataset;
  },
};

/** The styles and the side of their sprites. */
function asked(options: Options): { readonly domains: readonly string[]; readonly size: number } {
  const domains = domainsOption(options);
  labelOption(options);
  const size = options['size'] ?? SIDE;
  const rendered = renderedSizes(domains);
  if (rendered.includes(size as number)) return { domains, size: size as number };
  throw new InputError(`emoji: size: must be one that ${domains.join(', ')} ${domains.length === 1 ? 'is' : 'are'} rendered in (${rendered.join(', ')}), got ${show(size)}`); // prettier-ignore
}

/** A folder a size. */
const renderedSizes = (domains: readonly string[]): number[] =>
  readdirSync(FOLDER)
    .filter((name) => /^\d+$/.test(name) && domains.every((domain) => existsSync(spriteOf(name, domain))))
    .map(Number)
    .sort((a, b) => a - b);

const spriteOf = (size: string | number, domain: string): URL => new URL(`${size}/${domain}.png`, FOLDER);

const labelOption = (options: Options): string => oneOf('emoji: labels', options['labels'] ?? 'class', ['class', 'group']);

/** All emoji with their labels, in the manifest's order. */
async function labelled(options: Options) {
  const label = labelOption(options);
  const { items } = JSON.parse(await readFile(new URL('manifest.json', FOLDER), 'utf8')) as Manifest;
  const labels = items.map(({ cls, group }) => (label === 'class' ? cls : group));
  return { items, labels, classes: [...new Set(labels)].sort() };
}

function domainsOption(options: Options): string[] {
  const known = Object.keys(EMOJI_DOMAINS);
  const domains: unknown = typeof options['domains'] === 'string' ? [options['domains']] : options['domains'];
  if (!Array.isArray(domains) || domains.length === 0) {
    throw new InputError(`emoji: domains must list one or more of ${known.join(', ')}, got ${show(options['domains'])}`);
  }
  const names = domains.map((domain) => oneOf('emoji: domains', domain, known));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`emoji: domains must not repeat, got ${twice} twice`);
  return names;
}

/** Decodes a sprite; the result copies tile i to `out` as planes. */
async function readSprite(domain: string, size: number): Promise<(i: number, out: Uint8Array, at: number) => void> {
  const file = fileURLToPath(spriteOf(size, domain));
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== CHANNELS || info.width !== COLUMNS * size) {
    throw new Error(`internal: ${file}: must be an RGB picture ${COLUMNS * size} wide, got ${info.channels} channels and ${info.width}`);
  }
  const stride = info.width * CHANNELS;
  return (i, out, at) => {
    const from = Math.floor(i / COLUMNS) * size * stride + (i % COLUMNS) * size * CHANNELS;
    writePlanes(data, out, { at, channels: CHANNELS, height: size, width: size, from, stride });
  };
}
