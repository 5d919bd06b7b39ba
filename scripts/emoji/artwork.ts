// Where each domain's pictures lie in its npm package, as one function: code point → what sharp can read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Icon {
  readonly body: string;
  readonly width?: number;
  readonly height?: number;
}

interface Alias {
  readonly parent: string;
  readonly hFlip?: boolean;
  readonly vFlip?: boolean;
  /** Quarter turns, clockwise. */
  readonly rotate?: number;
}

interface IconSet {
  readonly icons: Readonly<Record<string, Icon>>;
  readonly aliases?: Readonly<Record<string, Alias>>;
  readonly width: number;
  readonly height: number;
}

/** An image file's bytes; `side` is the side of an SVG's own coordinates, undefined for pixels. */
export interface Artwork {
  readonly bytes: Buffer;
  readonly side?: number;
}

export type Domain = (code: string) => Artwork;

/** Code points as the manifest writes them: lower case, without the variation selector. */
const normalized = (code: string) =>
  code
    .toLowerCase()
    .split('-')
    .filter((part) => part !== 'fe0f')
    .join('-');

function iconify(folder: string): Domain {
  const read = <T>(file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
  const names = new Map(Object.entries(read<Record<string, string>>('chars.json')).map(([code, name]) => [normalized(code), name]));
  const set = read<IconSet>('icons.json');
  return (code) => {
    const { body, width, height } = resolve(set, names.get(code) ?? missing(folder, code));
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${body}</svg>`;
    return { bytes: Buffer.from(svg), side: Math.max(width, height) };
  };
}

/** Follows aliases; each may mirror or turn its parent. */
function resolve(set: IconSet, name: string): Required<Icon> {
  const icon = set.icons[name];
  if (icon) return { width: set.width, height: set.height, ...icon };
  const alias = set.aliases?.[name] ?? missing('icons.json', name);
  const { body, width, height } = resolve(set, alias.parent);
  const moves = [
    ...(alias.rotate ? [`rotate(${90 * alias.rotate} ${width / 2} ${height / 2})`] : []),
    ...(alias.hFlip ? [`translate(${width} 0) scale(-1 1)`] : []),
    ...(alias.vFlip ? [`translate(0 ${height}) scale(1 -1)`] : []),
  ];
  return { body: moves.length ? `<g transform="${moves.join(' ')}">${body}</g>` : body, width, height };
}

function files(folder: string, side?: number): Domain {
  const byCode = new Map(readdirSync(folder).map((file) => [normalized(file.replace(/\.\w+$/, '')), file]));
  return (code) => ({
    bytes: readFileSync(join(folder, byCode.get(code) ?? missing(folder, code))),
    ...(side !== undefined && { side }),
  });
}

function missing(where: string, what: string): never {
  throw new Error(`${where}: has no ${what}`);
}

/** The seven domains, read from an npm folder. */
export const DOMAINS: Readonly<Record<string, (packages: string) => Domain>> = {
  fluent3d: (packages) => files(join(packages, '@lobehub/fluent-emoji-3d/assets')),
  noto: (packages) => iconify(join(packages, '@iconify-json/noto')),
  twemoji: (packages) => iconify(join(packages, '@iconify-json/twemoji')),
  openmoji: (packages) => iconify(join(packages, '@iconify-json/openmoji')),
  fluentflat: (packages) => iconify(join(packages, '@iconify-json/fluent-emoji-flat')),
  outline: (packages) => files(join(packages, 'openmoji/black/svg'), 72),
  silhouette: (packages) => iconify(join(packages, '@iconify-json/fluent-emoji-high-contrast')),
};
