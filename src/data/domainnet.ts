import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Options } from '../tensor/options.js';
import { integerOption, numberOption, oneOf, show, stringOption } from '../tensor/options.js';
import { checkRegularFile } from '../tensor/regular-file.js';
import type { DatasetKind } from './dataset-kind.js';
import { holdOut } from './hold-out.js';
import type { ListedImage } from './listing.js';
import { capOption, capped, decodeListing, IMAGE_OPTIONS, readOptions } from './listing.js';

export const DOMAINNET_DOMAINS = ['clipart', 'infograph', 'painting', 'quickdraw', 'real', 'sketch'] as const;
const SIDE = 224;

/**
 * DomainNet (Peng et al., 1812.01754) by its own lists, `<domain>_train.txt` and `<domain>_test.txt` beside the domains' folders, each line
 * `clipart/aircraft_carrier/clipart_001_000001.jpg 0`. Any union of domains is a data set; validation images are drawn from the training
 * lists, class by class, after the cap. Ids are the lists' paths.
 */
export const domainnet: DatasetKind = {
  side: SIDE,
  options: {
    root: 'the folder with the lists (clipart_train.txt, clipart_test.txt, …) and the domains’ folders',
    domains: `any of ${DOMAINNET_DOMAINS.join(', ')}`,
    size: `side in pixels that images are brought to (${SIDE})`,
    ...IMAGE_OPTIONS,
    cap: 'images of a list at most, drawn at random (the paper: 50000)',
    val: 'share of a class’ training images for validation (0.1)',
    seed: 'of cap and of drawing validation images (2020, the paper’s)',
  },
  parts({ domains }) {
    const written: readonly unknown[] = Array.isArray(domains) ? domains : [domains];
    return written.flatMap((domain) => [String(domain), `${String(domain)}_train.txt`, `${String(domain)}_test.txt`]);
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('domainnet: root', options['root']));
    const domains = domainsOption(options);
    const read = readOptions('domainnet', options, SIDE);
    const cap = capOption('domainnet', options['cap']);
    const share = numberOption('domainnet: val', options['val'] ?? 0.1, 0, 0.9);
    const seed = integerOption('domainnet: seed', options['seed'] ?? 2020, 0);

    const lists = await Promise.all(
      domains.map(async (domain) => ({ train: await readList(root, domain, 'train'), test: await readList(root, domain, 'test') })),
    );
    const all = lists.flatMap(({ train, test }) => [...train, ...test]);
    const { classes, absent } = classesOf(all);
    const repeated = repeats(all);
    const drawn = (lines: readonly Line[], part: 'train' | 'test') => {
      const once = lines.filter((line) => !repeated.has(line));
      return capped(once, cap, seed, 'cap', part);
    };
    const training = lists.map(({ train }) => holdOut(drawn(train, 'train'), share, seed));
    return decodeListing(
      'domainnet',
      root,
      {
        name: `domainnet (${domains.join(' + ')})`,
        classes,
        splits: {
          train: training.flatMap(({ train }) => train),
          val: training.flatMap(({ val }) => val),
          test: lists.flatMap(({ test }) => drawn(test, 'test')),
        },
        remarks: [...(absent.length > 0 ? [absentRemark(absent)] : []), ...(repeated.size > 0 ? [repeatedRemark([...repeated])] : [])],
      },
      read,
    );
  },
};

function domainsOption(options: Options): (typeof DOMAINNET_DOMAINS)[number][] {
  const given = options['domains'];
  const written: unknown = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(written) || written.length === 0)
    throw new InputError(`domainnet: domains must list one or more of ${DOMAINNET_DOMAINS.join(', ')}, got ${show(given)}`);
  const names = written.map((name) => oneOf('domainnet: domains', name, DOMAINNET_DOMAINS));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`domainnet: domains must not repeat, got ${twice} twice`);
  return names;
}

interface Line extends ListedImage {
  readonly label: number;
  readonly said: string;
}

async function readList(root: string, domain: string, part: 'train' | 'test'): Promise<Line[]> {
  const name = `${domain}_${part}.txt`;
  await checkRegularFile(join(root, name), `domainnet: ${join(root, name)}`);
  const text = await readFile(join(root, name), 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    const there = (await readdir(root).catch(() => [])).filter((file) => /_(train|test)\.txt$/.test(file)).sort();
    throw new InputError(
      `domainnet: ${root} must hold the list ${name}, got ${error.code ?? error.message}; lists there: ${there.join(', ') || 'none'}`,
    );
  });
  const lines = text.split(/\r?\n/).flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, domain, `${name}:${i + 1}`)]));
  if (lines.length === 0) throw new InputError(`domainnet: ${name} must list images, got none`);
  return lines;
}

function parseLine(line: string, domain: string, said: string): Line {
  const [, file, label] = /^(\S.*?)\s+(\d+)\s*$/.exec(line) ?? [];
  if (file === undefined) throw new InputError(`domainnet: ${said}: must be a path and the number of its class, got ${show(line)}`);
  const [folder, ...rest] = file.split('/');
  if (folder !== domain || rest.length !== 2 || rest.some((part) => part === '..' || part === ''))
    throw new InputError(`domainnet: ${said}: a path must be ${domain}/<class>/<image>, got ${show(file)}`);
  return { file, label: Number(label), said };
}

/** Classes that all domains share. */
const CLASSES = 345;

/**
 * Names by number: each number has one folder name, each name one number, in all lists. A number below others that no line has is a class
 * without images (`absent`): the domains number alike, and some lack classes.
 */
function classesOf(lines: readonly Line[]): { readonly classes: string[]; readonly absent: number[] } {
  const [names, numbers] = [new Map<number, string>(), new Map<string, number>()];
  for (const { file, label, said } of lines) {
    const name = file.split('/')[1]!;
    const [known, number] = [names.get(label) ?? name, numbers.get(name) ?? label];
    if (known !== name) throw new InputError(`domainnet: ${said}: class ${label} must be ${known} as in earlier lines, got ${name}`);
    if (number !== label) throw new InputError(`domainnet: ${said}: ${name} must be class ${number} as in earlier lines, got ${label}`);
    names.set(label, name);
    numbers.set(name, label);
  }
  const count = Math.max(...names.keys()) + 1;
  if (count > Math.max(CLASSES, names.size))
    throw new InputError(`domainnet: classes must be numbered 0 … ${CLASSES - 1} in the lists, got ${count - 1}`);
  if (names.size < 2) throw new InputError(`domainnet: the lists must name two classes or more, got ${[...names.values()].join()}`);
  const numbered = Array.from({ length: count }, (_, i) => i);
  return { classes: numbered.map((i) => names.get(i) ?? `class ${i}`), absent: numbered.filter((i) => !names.has(i)) };
}

/** Lines whose image stands in an earlier one. */
function repeats(lines: readonly Line[]): ReadonlySet<Line> {
  const seen = new Set<string>();
  return new Set(lines.filter(({ file }) => seen.size === seen.add(file).size));
}

const repeatedRemark = (lines: readonly Line[]): string =>
  `${lines.length} line${lines.length === 1 ? ' repeats' : 's repeat'} an image of an earlier line and ${lines.length === 1 ? 'is' : 'are'} left out, the first in ${lines[0]!.said}`;

/** Numbers that a remark lists. */
const LISTED = 10;

function absentRemark(absent: readonly number[]): string {
  const more = absent.length > LISTED ? ` and ${absent.length - LISTED} more` : '';
  const [have, are] = absent.length === 1 ? ['1 class has', 'It is'] : [`${absent.length} classes have`, 'They are'];
  return `${have} no images in the lists: number ${absent.slice(0, LISTED).join(', ')}${more}. ${are} kept without images, as the domains share their numbers`;
}
