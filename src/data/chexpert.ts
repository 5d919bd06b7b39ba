import { basename, join, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Options } from '../tensor/options.js';
import { integerOption, numberOption, oneOf, show, stringOption } from '../tensor/options.js';
import { placesOf, readCsv } from './csv-table.js';
import type { DatasetKind } from './dataset-kind.js';
import { holdOutGroups } from './hold-out.js';
import type { ListedImage } from './listing.js';
import { capOption, capped, decodeListing, IMAGE_OPTIONS, readOptions } from './listing.js';
import { balanceRemarks } from './marks.js';

/** The columns of findings, in the order of train.csv. */
export const CHEXPERT_FINDINGS = [
  'No Finding',
  'Enlarged Cardiomediastinum',
  'Cardiomegaly',
  'Lung Opacity',
  'Lung Lesion',
  'Edema',
  'Consolidation',
  'Pneumonia',
  'Atelectasis',
  'Pneumothorax',
  'Pleural Effusion',
  'Pleural Other',
  'Fracture',
  'Support Devices',
] as const;
type Finding = (typeof CHEXPERT_FINDINGS)[number];

/** Those of the competition, which the paper reports. */
const COMPETITION: readonly Finding[] = ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion'];

/** What becomes of −1: U-Zeros, U-Ones and U-Ignore of Irvin et al. */
const POLICIES = ['zeros', 'ones', 'ignore'] as const;
type Policy = (typeof POLICIES)[number];

const VIEWS = ['frontal', 'lateral', 'both'] as const;
const SIDE = 224;
/** Margins of a radiograph: the middle of an equalized histogram, about 0 when normalized. */
const MARGIN = '#808080';

const { cap, corrupt } = IMAGE_OPTIONS;

/**
 * CheXpert (Irvin et al., 1901.07031) by its train.csv and valid.csv, with independent labels. The images of valid.csv are the test split;
 * validation images are drawn from train.csv patient by patient. Findings: 1.0 is there, 0.0 is not, blank was not mentioned (is not), −1.0 is
 * uncertain. A radiograph's histogram is equalized in its own size, then its longer side becomes `size` and mid-grey margins make it a square.
 */
export const chexpert: DatasetKind = {
  side: SIDE,
  multiLabel: true,
  options: {
    root: 'the folder with train.csv, valid.csv, train/ and valid/ (CheXpert-v1.0 or CheXpert-v1.0-small)',
    labels: `findings (${COMPETITION.join(', ')}: those of the competition)`,
    uncertain: "findings of −1: 'zeros' (the default), 'ones', 'ignore' (not known), or one of these a finding, { Edema: ones }",
    views: "'frontal' (the default), 'lateral' or 'both'",
    size: `side in pixels that images are brought to (${SIDE})`,
    channels: '3 (the grey picture three times, the default) or 1',
    corrupt,
    cap,
    val: 'share of the patients of train.csv for validation (0.05)',
    seed: 'of cap and of drawing validation patients (0)',
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('chexpert: root', options['root']));
    const read = readOptions('chexpert', options, SIDE);
    const most = capOption('chexpert', options['cap']);
    const share = numberOption('chexpert: val', options['val'] ?? 0.05, 0, 0.9);
    const seed = integerOption('chexpert: seed', options['seed'] ?? 0, 0);
    const labels = labelsOption(options);
    const asked: Asked = {
      labels,
      policies: policiesOption(options['uncertain'], labels),
      views: oneOf('chexpert: views', options['views'] ?? 'frontal', VIEWS),
    };
    const [training, official] = [await readTable(root, 'train.csv', asked), await readTable(root, 'valid.csv', asked)];
    const { train, val } = holdOutGroups(training, { val: share, test: 0 }, { seed, groupOf: patientOf });
    const splits = {
      train: capped(train, most, seed, 'cap', 'train'),
      val: capped(val, most, seed, 'cap', 'val'),
      test: capped(official, most, seed, 'cap', 'test'),
    };
    const { views } = asked;
    return decodeListing(
      'chexpert',
      root,
      {
        name: `chexpert (${basename(root)}${views === 'both' ? '' : `, ${views}`})`,
        classes: labels,
        multiLabel: true,
        splits,
        remarks: balanceRemarks(labels, splits),
      },
      { ...read, decode: { ...read.decode, fit: 'contain', margin: MARGIN, equalize: true } },
    );
  },
};

interface Asked {
  readonly labels: readonly Finding[];
  readonly policies: readonly Policy[];
  readonly views: (typeof VIEWS)[number];
}

function labelsOption({ labels }: Options): readonly Finding[] {
  if (labels === undefined) return COMPETITION;
  const written: unknown = typeof labels === 'string' ? [labels] : labels;
  if (!Array.isArray(written) || written.length === 0)
    throw new InputError(`chexpert: labels must be a list of findings, got ${show(labels)}`);
  const names = written.map((name) => oneOf('chexpert: labels', name, CHEXPERT_FINDINGS));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`chexpert: labels must differ, got ${twice} twice`);
  return names;
}

/** One policy for all, or by finding, where the others stay zeros. */
function policiesOption(given: unknown, labels: readonly Finding[]): Policy[] {
  if (typeof given !== 'object' || given === null) {
    const policy = oneOf('chexpert: uncertain', given ?? 'zeros', POLICIES);
    return labels.map(() => policy);
  }
  const own = new Map(
    Object.entries(given).map(([name, policy]) => [
      oneOf('chexpert: uncertain', name, labels),
      oneOf(`chexpert: uncertain.${name}`, policy, POLICIES),
    ]),
  );
  return labels.map((name) => own.get(name) ?? 'zeros');
}

async function readTable(root: string, file: string, { labels, policies, views }: Asked): Promise<ListedImage[]> {
  const what = `chexpert: ${file}`;
  const table = await readCsv(join(root, file), what);
  const [path, view] = placesOf(['Path', 'Frontal/Lateral'], table, what) as [number, number];
  const places = placesOf(labels, table, what);
  const images = table.rows.flatMap(({ line, fields }): ListedImage[] => {
    const said = `${file}:${line}`;
    const shown = fields[view]!.toLowerCase();
    if (shown !== 'frontal' && shown !== 'lateral')
      throw new InputError(`chexpert: ${said}: Frontal/Lateral must be Frontal or Lateral, got ${show(fields[view])}`);
    if (views !== 'both' && views !== shown) return [];
    const marks = places.map((place, k) => markOf(fields[place]!, policies[k]!, () => `${said}: ${labels[k]!}`));
    return [{ file: insideOf(fields[path]!, said), said, marks }];
  });
  if (images.length === 0) throw new InputError(`${what}: must list ${views === 'both' ? '' : `${views} `}images, got none`);
  return images;
}

function markOf(field: string, policy: Policy, where: () => string): number {
  const value = field.trim() === '' ? 0 : Number(field);
  if (value === -1) return { zeros: 0, ones: 1, ignore: -1 }[policy];
  if (value === 0 || value === 1) return value;
  throw new InputError(`chexpert: ${where()} must be 1.0, 0.0, -1.0 or blank, got ${show(field)}`);
}

/** `CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg` without the folder's own name, whatever it is called here, if it is there. */
function insideOf(path: string, said: string): string {
  const written = path.split('/');
  const parts = written[0] === 'train' || written[0] === 'valid' ? written : written.slice(1);
  if (parts.length < 4 || !['train', 'valid'].includes(parts[0]!) || parts.includes('..'))
    throw new InputError(`chexpert: ${said}: Path must be <folder>/train|valid/<patient>/<study>/<image>, got ${show(path)}`);
  return parts.join('/');
}

const patientOf = ({ file }: ListedImage): string => file.split('/')[1]!;
