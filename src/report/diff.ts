import type { CheckpointDiff, ModuleDiff } from '../checkpoints/diff.js';
import { count, decimal, list, share } from './format.js';

/** What the page of a diff shows. */
export interface DiffData {
  readonly title: string;
  /** Made from the rows; the first one is the answer. */
  readonly sentences: readonly string[];
  readonly cautions: readonly string[];
  readonly diff: CheckpointDiff;
}

export function diffData(diff: CheckpointDiff): DiffData {
  const { a, b } = diff;
  return { title: `${fileName(a.path)} → ${fileName(b.path)}`, sentences: sentencesOf(diff), cautions: cautionsOf(diff), diff };
}

/** The findings of a diff, also when there are none. */
function sentencesOf(diff: CheckpointDiff): string[] {
  const { whole, modules, tensors } = diff;
  if (tensors.every(({ buffer }) => buffer)) return [nothingInCommon(diff)];
  const { weights, nonFinite, unchanged, relative, cosine } = whole;
  if (unchanged === null && nonFinite > 0)
    return ['The weights that the files have in common are all NaN or infinite on a side: nothing was compared.'];
  if (unchanged === null) return ['The tensors that the files have in common hold no weights to compare.'];
  const compared = weights - nonFinite;
  if (unchanged === 1 && nonFinite > 0)
    return [
      compared === 1
        ? `The one weight that both files hold and that is finite is equal; ${number(nonFinite)} could not be compared.`
        : `The ${count(compared, 'weight')} that both files hold and that are finite are equal; ${number(nonFinite)} could not be compared.`,
    ];
  if (unchanged === 1) return [weights === 1 ? 'The one weight that both files hold is equal.' : `All ${count(weights, 'weight')} that both files hold are equal.`]; // prettier-ignore
  const moved = relative === null ? '' : `; together the weights moved by ${portion(relative)} of the length of the first file's`;
  const angle = cosine === null ? '' : ` (cosine ${cosine > 0.9999 && cosine < 1 ? 'above 0.9999' : decimal(cosine, 4)})`;
  return [`${stayed(Math.round(unchanged * compared), compared)}${moved}${angle}.`, ...extremes(modules)];
}

/** A few of many as a number: their share would be rounded to none, or to all. */
function stayed(same: number, all: number): string {
  if (same === 0) return 'No weight stayed as it was';
  const form = same === 1 ? 'weights stayed exactly as it was' : 'weights stayed exactly as they were';
  if (same / all < ROUNDED_AWAY) return `${number(same)} of ${number(all)} ${form}`;
  if (1 - same / all < ROUNDED_AWAY) return `All but ${number(all - same)} of ${number(all)} weights stayed exactly as they were`;
  return `${share(same / all)} of weights stayed exactly as they were`;
}

const number = (value: number): string => value.toLocaleString('en-US');

/** Of shares with one digit after the point. */
const ROUNDED_AWAY = 0.0005;

/** A share that keeps two digits where it is small. */
const portion = (value: number): string => (value > 0 && value < 0.01 ? `${Number((100 * value).toPrecision(2))} %` : share(value));

function nothingInCommon({ tensors, shapes, onlyA, onlyB }: CheckpointDiff): string {
  if (shapes.length > 0)
    return `No weights were compared: ${agree(`${count(shapes.length, 'tensor')} have another shape in the second file`)}. Is it another network's?`;
  if (tensors.length > 0) return 'The tensors that the files have in common hold no weights to compare.';
  if (onlyA.length === 0 || onlyB.length === 0) return `Nothing was compared: the ${onlyA.length === 0 ? 'first' : 'second'} file holds no tensors.`; // prettier-ignore
  return `Nothing was compared: no tensor of one file has the name of one of the other, with or without a prefix. The first file begins with ${onlyA[0]!}, the second with ${onlyB[0]!}; --map 'regex=>replacement' renames the second's.`;
}

function extremes(modules: readonly ModuleDiff[]): string[] {
  const known = modules.filter((each): each is ModuleDiff & { relative: number } => each.relative !== null);
  if (known.length < 2) return [];
  const still = known.filter(({ relative }) => relative === 0).map(({ module }) => module);
  const ordered = known.filter(({ relative }) => relative > 0).toSorted((x, y) => y.relative - x.relative);
  const [most, least] = [ordered[0], ordered.at(-1)];
  const sentences =
    still.length > 0 ? [`${still.length === 1 ? 'One module is' : `${still.length} modules are`} unchanged: ${some(still)}.`] : [];
  if (!most || !least) return sentences;
  if (most === least) return [`Only ${most.module} moved, by ${portion(most.relative)} of its size.`, ...sentences];
  return [
    `Relative to its size ${most.module} moved most (${portion(most.relative)}), ${least.module} least (${portion(least.relative)}).`,
    ...sentences,
  ];
}

function cautionsOf({ a, b, shapes, onlyA, onlyB, buffers, tensors, notes }: CheckpointDiff): string[] {
  const said = [
    ...notes,
    shapes.length > 0 && `${count(shapes.length, 'tensor')} have another shape in the second file: not compared.`,
    onlyCaution(onlyA.length, onlyB.length),
    nonFiniteCaution(tensors),
    buffers.length > 0 &&
      `${count(buffers.length, 'buffer')} (running statistics, whole numbers) are listed, but left out of modules and of the whole.`,
    ...a.notes.map((note) => `First file: ${note}`),
    ...b.notes.map((note) => `Second file: ${note}`),
  ];
  return said.filter((text) => text !== false).map(agree);
}

function onlyCaution(a: number, b: number): string | false {
  if (a === 0 || b === 0) return a + b > 0 && `${count(a + b, 'tensor')} are only in the ${a > 0 ? 'first' : 'second'} file.`;
  return `${count(a, 'tensor')} are only in the first file, ${number(b)} only in the second (--map renames the second file's).`;
}

const MOST_NAMED = 6;

/** Buffers too: a network whose statistics are NaN computes nothing else. */
function nonFiniteCaution(tensors: CheckpointDiff['tensors']): string | false {
  const broken = tensors.filter(({ nonFinite }) => nonFinite > 0);
  const numbers = broken.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  const names = broken.map(({ name }) => name);
  return broken.length > 0 && `${count(numbers, 'number')} are NaN or infinite on a side, left out of every measure: in ${some(names)}.`;
}

/** 'a, b and c'; of many the first. */
const some = (names: readonly string[]): string =>
  names.length <= MOST_NAMED ? list(names) : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`;

/** '1 tensor have' → '1 tensor has'. */
const agree = (text: string): string =>
  text.replace(
    /^(1 \w+(?: \([^)]*\))?) (have|are)\b/,
    (_, subject: string, verb: string) => `${subject} ${verb === 'have' ? 'has' : 'is'}`,
  );

const fileName = (path: string): string => path.split(/[/\\]/).at(-1)!;
