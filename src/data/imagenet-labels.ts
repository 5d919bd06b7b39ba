import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { show } from '../tensor/options.js';
import { checkRegularFile } from '../tensor/regular-file.js';
import { readCsv } from './csv-table.js';

const LISTS = ['LOC_val_solution.csv', 'val.txt', 'imagenet_2012_validation_synset_labels.txt'];
const NAMES = ['LOC_synset_mapping.txt', 'synset_words.txt'];
const DEVKIT = 'ILSVRC2012_validation_ground_truth.txt';

/** A list of text lines with where each stands; undefined when there is no such file. */
async function linesOf(root: string, name: string): Promise<{ readonly text: string; readonly said: string }[] | undefined> {
  await checkRegularFile(join(root, name), `imagenet: ${join(root, name)}`);
  const whole = await readFile(join(root, name), 'utf8').catch(() => undefined);
  return whole?.split(/\r?\n/).flatMap((line, i) => (line.trim() === '' ? [] : [{ text: line.trim(), said: `${name}:${i + 1}` }]));
}

/**
 * Names of synsets: 'tench' of `n01440764 tench, Tinca tinca`, with the synset behind where two share a name (crane the bird, crane the
 * machine); the synsets themselves without a list. Throws InputError for a line of another form, and for a synset that the list lacks.
 */
export async function synsetNames(root: string, synsets: readonly string[]): Promise<string[]> {
  for (const file of NAMES) {
    const lines = await linesOf(root, file);
    if (!lines) continue;
    const names = new Map(
      lines.map(({ text, said }) => {
        const [, synset, name] = /^(n\d{8})\s+([^,]+)/.exec(text) ?? [];
        if (synset === undefined) throw new InputError(`imagenet: ${said}: must be a synset and its names, got ${show(text)}`);
        return [synset, name!.trim()];
      }),
    );
    const missing = synsets.find((synset) => !names.has(synset));
    if (missing !== undefined) throw new InputError(`imagenet: ${file} must name every synset of train/, got no ${missing}`);
    const own = synsets.map((synset) => names.get(synset)!);
    return own.map((name, i) => (own.indexOf(name) === own.lastIndexOf(name) ? name : `${name} (${synsets[i]!})`));
  }
  return [...synsets];
}

interface Asked {
  /** Classes, sorted. */
  readonly synsets: readonly string[];
  /** The list to read; the first that is there of the usual ones when undefined. */
  readonly labels: string | undefined;
}

/** The class of each flat validation file, in the order of `files` (sorted). Throws InputError that names list and line. */
export async function validationSynsets(root: string, files: readonly string[], { synsets, labels }: Asked): Promise<number[]> {
  for (const name of labels === undefined ? LISTS : [labels]) {
    if (name.endsWith('.csv')) {
      if ((await linesOf(root, name)) === undefined) continue;
      return byFile(await kaggleLines(root, name), files, synsets, name);
    }
    const lines = await linesOf(root, name);
    if (lines)
      return lines.some(({ text }) => /\s/.test(text))
        ? byFile(caffeLines(lines), files, synsets, name)
        : inOrder(lines, files, synsets, name);
  }
  const devkit = (await linesOf(root, DEVKIT))
    ? `; the numbers of ${DEVKIT} follow the order of the development kit’s meta.mat, which is not read`
    : '';
  throw new InputError(
    `imagenet: a flat val/ must have a list of what its files show, got none of ${(labels === undefined ? LISTS : [labels]).join(', ')} in ${root}${devkit}`,
  );
}

interface Said {
  readonly file: string;
  /** A synset, or a number in the order of the synsets. */
  readonly what: string;
  readonly said: string;
}

/** `ILSVRC2012_val_00048981,n03995372 85 1 499 272`: the first synset of the boxes. */
async function kaggleLines(root: string, name: string): Promise<Said[]> {
  const { rows } = await readCsv(join(root, name), `imagenet: ${name}`);
  return rows.map(({ fields, line }) => ({ file: fields[0]!, what: (fields[1] ?? '').trim().split(/\s+/)[0]!, said: `${name}:${line}` }));
}

/** `ILSVRC2012_val_00000001.JPEG 65`. */
const caffeLines = (lines: readonly { readonly text: string; readonly said: string }[]): Said[] =>
  lines.map(({ text, said }) => {
    const [file, what] = text.split(/\s+/);
    return { file: file!, what: what ?? '', said };
  });

function byFile(lines: readonly Said[], files: readonly string[], synsets: readonly string[], list: string): number[] {
  const bare = (file: string) => file.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  const known = new Map(lines.map(({ file, what, said }) => [bare(file), classOf(what, synsets, said)]));
  return files.map((file) => {
    const label = known.get(bare(file));
    if (label === undefined) throw new InputError(`imagenet: ${list} must list every file of val/, got no ${file}`);
    return label;
  });
}

/** A synset a line, in the order of the files. */
function inOrder(
  lines: readonly { readonly text: string; readonly said: string }[],
  files: readonly string[],
  synsets: readonly string[],
  list: string,
): number[] {
  if (lines.length !== files.length)
    throw new InputError(`imagenet: ${list} must have a line for each of the ${files.length} files of val/, got ${lines.length}`);
  const bare = lines.find(({ text }) => /^\d+$/.test(text));
  if (bare) throw new InputError(`imagenet: ${bare.said}: a list without file names must hold synsets (n01440764), got ${show(bare.text)}`);
  return lines.map(({ text, said }) => classOf(text, synsets, said));
}

function classOf(what: string, synsets: readonly string[], said: string): number {
  const label = /^\d+$/.test(what) ? Number(what) : synsets.indexOf(what);
  if (label >= 0 && label < synsets.length) return label;
  throw new InputError(
    `imagenet: ${said}: must be a synset of train/, or its place among the ${synsets.length} (from 0), got ${show(what)}`,
  );
}
