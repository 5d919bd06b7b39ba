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
function sentencesOf({ whole, modules, tensors }: CheckpointDiff): string[] {
  if (tensors.length === 0) return ['The two files have no tensor in common by name and shape: nothing was compared.'];
  const { weights, nonFinite, unchanged, relative, cosine } = whole;
  if (unchanged === null && nonFinite > 0)
    return ['The weights that the files have in common are all NaN or infinite on a side: nothing was compared.'];
  if (unchanged === null) return ['The tensors that the files have in common hold no weights to compare.'];
  if (unchanged === 1 && nonFinite > 0)
    return [
      `The ${count(weights - nonFinite, 'weight')} that both files hold and that are finite are equal; ${nonFinite.toLocaleString('en-US')} could not be compared.`,
    ];
  if (unchanged === 1) return [`All ${count(weights, 'weight')} that both files hold are equal.`];
  const moved = relative === null ? '' : `; together they moved by ${little(relative)} of the length of the first file's weights`;
  const angle = cosine === null ? '' : ` (cosine ${cosine > 0.9999 && cosine < 1 ? 'above 0.9999' : decimal(cosine, 4)})`;
  const first = `${unchanged === 0 ? 'No' : `${little(unchanged)} of`} weights${unchanged === 0 ? ' stayed as they were' : ' stayed exactly as they were'}${moved}${angle}.`;
  return [first, ...extremes(modules)];
}

function extremes(modules: readonly ModuleDiff[]): string[] {
  const known = modules.filter((each): each is ModuleDiff & { relative: number } => each.relative !== null);
  if (known.length < 2) return [];
  const still = known.filter(({ relative }) => relative === 0);
  const ordered = known.filter(({ relative }) => relative > 0).toSorted((x, y) => y.relative - x.relative);
  const [most, least] = [ordered[0], ordered.at(-1)];
  const sentences = still.length > 0 ? [`Unchanged: ${list(still.map(({ module }) => module))}.`] : [];
  if (!most || !least || most === least) return sentences;
  return [
    `Relative to its size ${most.module} moved most (${little(most.relative)}), ${least.module} least (${little(least.relative)}).`,
    ...sentences,
  ];
}

function cautionsOf({ a, b, shapes, onlyA, onlyB, buffers, tensors }: CheckpointDiff): string[] {
  const said = [
    shapes.length > 0 && `${count(shapes.length, 'tensor')} have another shape in the second file and are not compared.`,
    onlyA.length + onlyB.length > 0 &&
      `${count(onlyA.length, 'tensor')} are only in the first file, ${onlyB.length.toLocaleString('en-US')} only in the second (--map renames).`,
    nonFiniteCaution(tensors),
    buffers.length > 0 &&
      `${count(buffers.length, 'buffer')} (running statistics, whole numbers) are listed, but left out of modules and of the whole.`,
    ...a.notes.map((note) => `First file: ${note}`),
    ...b.notes.map((note) => `Second file: ${note}`),
  ];
  return said.filter((text) => text !== false).map(agree);
}

const MOST_NAMED = 6;

/** Buffers too: a network whose statistics are NaN computes nothing else. */
function nonFiniteCaution(tensors: CheckpointDiff['tensors']): string | false {
  const broken = tensors.filter(({ nonFinite }) => nonFinite > 0);
  const numbers = broken.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  const names = broken.map(({ name }) => name);
  const named = names.length <= MOST_NAMED ? list(names) : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`;
  return broken.length > 0 && `${count(numbers, 'number')} are NaN or infinite on a side, left out of every measure: in ${named}.`;
}

/** A share that rounding would make nothing: 'less than 0.1 %'. */
const little = (value: number): string => (value > 0 && value < 0.0005 ? 'less than 0.1 %' : share(value));

/** '1 tensor have' → '1 tensor has'. */
const agree = (text: string): string =>
  text.replace(
    /^(1 \w+(?: \([^)]*\))?) (have|are)\b/,
    (_, subject: string, verb: string) => `${subject} ${verb === 'have' ? 'has' : 'is'}`,
  );

const fileName = (path: string): string => path.split(/[/\\]/).at(-1)!;
