import type { Command } from 'commander';
import { Command as Word, Option } from 'commander';
import { contactSheet } from '../../data/contact-sheet.js';
import type { Dataset, SplitName } from '../../data/dataset.js';
import { SPLITS } from '../../data/dataset.js';
import { datasetOptions } from '../../data/datasets.js';
import { markCount } from '../../data/marks.js';
import { writePacked } from '../../data/packed.js';
import { datasetsOf } from '../dataset-argument.js';
import { columns, count } from '../format.js';
import type { Output } from '../output.js';
import { action, JSON_OPTION, repeated, verb, wholeNumber } from '../verb.js';
import { writeWhole } from '../write.js';

export const dataVerb = (): Command =>
  new Word('data')
    .summary('list, prepare and look at data sets')
    .description('list, prepare and look at data sets')
    .addCommand(listVerb())
    .addCommand(prepareVerb())
    .addCommand(previewVerb());

const chosen = (command: Command): Command =>
  command
    .argument('<what>', 'a data set (see data list) or a study file')
    .argument('[name]', 'with a study file: one of its data sets')
    .option('-o, --option <name=value>', 'an option of the data set; may be repeated', repeated(String));

const listVerb = (): Command =>
  action(
    verb('list', 'data sets that a study can name, with their options', ['carryover data list']).option(...JSON_OPTION),
    async (output) => {
      output.data(datasetOptions);
      for (const [name, options] of Object.entries(datasetOptions)) {
        output.line(output.paint('bold', name));
        for (const line of columns(
          ['  option', 'meaning'],
          Object.entries(options).map(([key, meaning]) => [`  ${key}`, meaning]),
        ).slice(1)) {
          output.line(line);
        }
      }
      return Promise.resolve();
    },
  );

const prepareVerb = (): Command =>
  action(
    chosen(
      verb('prepare', 'decode all images and say what is in them', [
        'carryover data prepare folder -o root=photos -o corrupt=skip',
        'carryover data prepare study.yaml',
      ]),
    )
      .option('--out <folder>', 'keep the decoded images there, packed')
      .option(...JSON_OPTION),
    async (output, what: string, name: string | undefined, options: { option?: readonly string[]; out?: string }) => {
      const found = await datasetsOf(what, name, options.option ?? []);
      for (const [key, dataset] of found) {
        if (options.out) await writePacked(dataset, found.size === 1 ? options.out : `${options.out}/${key}`);
        describe(key, dataset, output);
      }
      output.data(Object.fromEntries([...found].map(([key, dataset]) => [key, asJson(dataset)])));
    },
  );

const previewVerb = (): Command =>
  action(
    chosen(
      verb('preview', 'draw a contact sheet: a row of pictures a class', [
        'carryover data preview emoji -o domains=openmoji --out openmoji.png',
        'carryover data preview study.yaml target --split test',
      ]),
    )
      .addOption(new Option('--split <split>', 'which images').choices(SPLITS as SplitName[]).default('train'))
      .option('--per-class <n>', 'pictures a class', wholeNumber('per-class'), 12)
      .option('--scale <n>', 'screen pixels a pixel', wholeNumber('scale'), 1)
      .option('--out <file>', 'PNG to write (default: <name>-<split>.png)'),
    async (output, what: string, name: string | undefined, options: PreviewOptions) => {
      const found = await datasetsOf(what, name, options.option ?? []);
      for (const [key, dataset] of found) {
        const { split, perClass, scale } = options;
        const file = found.size === 1 && options.out ? options.out : `${key}-${split}.png`;
        await writeWhole(file, await contactSheet(dataset, { split, perClass, scale, seed: 0 }));
        output.line(file);
      }
    },
  );

interface PreviewOptions {
  readonly option?: readonly string[];
  readonly split: SplitName;
  readonly perClass: number;
  readonly scale: number;
  readonly out?: string;
}

/** Images of each class, split by split; of independent labels those that have it. */
function tally({ classes, splits }: Dataset): { class: string; train: number; val: number; test: number }[] {
  const sizes = (split: SplitName, label: number) => {
    const { labels, marks } = splits[split];
    if (marks) return markCount(marks, classes.length, label, 1);
    return labels.reduce((n, each) => n + (each === label ? 1 : 0), 0);
  };
  return classes.map((name, i) => ({ class: name, train: sizes('train', i), val: sizes('val', i), test: sizes('test', i) }));
}

/** ' (16 not known)' of independent labels; '' where all are known. */
function unknownOf({ classes, splits }: Dataset, split: SplitName, label: number): string {
  const { marks } = splits[split];
  const unknown = marks ? markCount(marks, classes.length, label, -1) : 0;
  return unknown > 0 ? ` (${count(unknown)} not known)` : '';
}

const asJson = (dataset: Dataset) => ({
  name: dataset.name,
  shape: [dataset.channels, dataset.height, dataset.width],
  multiLabel: dataset.multiLabel ?? false,
  classes: tally(dataset),
  mean: dataset.mean,
  std: dataset.std,
  skipped: dataset.skipped,
  remarks: dataset.remarks ?? [],
  licence: dataset.licence ?? null,
});

function describe(key: string, dataset: Dataset, { line, paint }: Output): void {
  const sizes = SPLITS.map((split) => `${split} ${count(dataset.splits[split].ids.length)}`).join(', ');
  const kind = dataset.multiLabel ? 'independent labels' : 'classes';
  line(`${paint('bold', key)}  ${dataset.name}: ${dataset.classes.length} ${kind}, ${sizes}`);
  line(`  ${dataset.channels} × ${dataset.height} × ${dataset.width} pixels${dataset.licence ? `; ${dataset.licence}` : ''}`);
  const rows = tally(dataset).map((row, label) => [
    `  ${row.class}`,
    ...SPLITS.map((split) => `${count(row[split])}${unknownOf(dataset, split, label)}`),
  ]);
  for (const text of columns([dataset.multiLabel ? '  images with' : '  class', ...SPLITS], rows, [...SPLITS])) line(text);
  for (const remark of dataset.remarks ?? []) line(paint('yellow', `  ${remark}`));
  for (const { file, reason } of dataset.skipped) line(paint('yellow', `  left out ${file}: ${reason}`));
}
