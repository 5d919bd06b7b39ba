import type { BlockGapRow, BlockLevelRow, BlockTrendRow } from '../../analyses/rows.js';
import { count, decimal, estimate, flipped, list, percent, points, share, sign } from '../format.js';
import type { GapTrend } from '../gap-trend.js';
import { accuracyGaps, gapTrendOf, LEAST_SIZES, trendNumbers } from '../gap-trend.js';
import type { Findings, SectionText } from '../section-text.js';
import { retrainedCaution } from '../retrained.js';
import { bootstrapOf, byVerdict, rowsOf, whenOf } from '../section-text.js';

const levels = ({ tables }: Findings) => rowsOf<BlockLevelRow>(tables, 'levels');
const gaps = ({ tables }: Findings) => accuracyGaps(tables);
const trend = ({ tables }: Findings, measure: string) => rowsOf<BlockTrendRow>(tables, 'trends').find((row) => row.measure === measure);
const estimateOf = (row: { readonly value: number; readonly low: number | null; readonly high: number | null }) =>
  estimate(row.value, row.low, row.high);
const sizeText = (size: string, whole = false) => (whole ? 'whole images' : size === '*' ? 'all values permuted' : `blocks of ${size}`);
const valueOf = (row: BlockTrendRow | undefined) => (row && row.value !== null ? { ...row, value: row.value } : null);

/** At some size of block pre-training helps, by the interval: without that a trend of the gap is no trend of its help. */
const helps = (findings: Findings) => gaps(findings).some(({ low }) => low !== null && low > 0);
const NO_HELP = 'at no size of block do intervals show that pre-training helps, so that a trend of the gap says nothing of transfer';

/** What the rank correlation of the gap with the block's side says. */
const GAP_PHRASES = {
  above: 'the gap grows with the blocks: what pre-training brings hangs on shapes that shuffling destroys',
  below: 'the gap shrinks as blocks grow: pre-training brings most where shapes are destroyed',
  undecided: 'whether the gap depends on the size of the blocks is undecided',
  unknown: 'the gap’s trend with the size of the blocks has no interval',
};

/** Of distinct values the order as it is and its reverse are the furthest from chance: 2/n!. */
const leastP = (n: number) => decimal(2 / Array.from({ length: n }, (_, i) => i + 1).reduce((all, each) => all * each, 1), 3);

/** What pre-training does with blocks of one size, by the interval. */
function effect(row: BlockGapRow): string {
  const gap = estimate(row.gap, row.low, row.high);
  const relative = row.relative === null ? '' : `, ${percent(estimate(row.relative, row.relativeLow, row.relativeHigh))} of P-T’s accuracy`;
  const where = `with ${sizeText(row.size, row.whole)}`;
  switch (sign(gap)) {
    case 'above':
      return `${where} pre-training raises accuracy by ${points(gap)}${relative}`;
    case 'below':
      return `${where} pre-training lowers accuracy by ${points(flipped(gap))}`;
    case 'undecided':
      return `${where} it is undecided whether pre-training changes accuracy: ${points(gap)}`;
    case 'unknown':
      return `${where} the change of accuracy by pre-training, ${points(gap)}, has no interval`;
  }
}

function ends(findings: Findings): string | null {
  const rows = gaps(findings);
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || first === last) return null;
  return `${effect(last)}; ${effect(first)}`;
}

/** The relative gap's where P-T is above chance at every size. */
const trendOfGap = (findings: Findings): GapTrend | null => gapTrendOf(findings, 'relative gap') ?? gapTrendOf(findings, 'absolute gap');

const fewSizes = ({ sizes }: GapTrend) => sizes < LEAST_SIZES;

function gapTrend(findings: Findings): string | null {
  const found = trendOfGap(findings);
  if (!found) return null;
  if (!helps(findings)) return NO_HELP;
  const phrase = fewSizes(found)
    ? `${count(found.sizes, 'size')} of blocks are too few to tell whether the gap depends on them`
    : GAP_PHRASES[found.says];
  return `${phrase} (rank correlation of the ${found.measure} with the side ${trendNumbers(found)})`;
}

function speedTrend(findings: Findings): string | null {
  const row = valueOf(trend(findings, 'speed kept'));
  if (!row || row.pretrained === null || row.random === null) return null;
  const numbers = `with ${sizeText(row.to)} P-T keeps ${share(row.pretrained)} of its speed of learning with ${sizeText(row.from, row.fromWhole)}, RI-T ${share(row.random)}`;
  const difference = points(estimateOf(row));
  switch (sign(estimateOf(row))) {
    case 'above':
      return `${numbers}: P-T keeps more, by ${difference}`;
    case 'below':
      return `${numbers}: P-T keeps less, a difference of ${difference}`;
    case 'undecided':
      return `${numbers}: the difference of ${difference} is undecided`;
    case 'unknown':
      return `${numbers}, a difference of ${difference} that has no interval`;
  }
}

/** Without augmentation unless the analysis' own recipe has one. */
function recipeWords({ retrained }: Findings, { recipe }: Readonly<Record<string, unknown>>): string {
  const augmented = 'augment' in ((recipe ?? {}) as object) ? '' : ', without augmentation';
  return `Recipes are those of the arms${retrained === undefined ? augmented : `, but ${retrained}`}.`;
}

export const blockShuffle: SectionText = {
  analysis: 'block-shuffle',
  title: 'Feature reuse',
  question: 'Does pre-training still help where images are cut into blocks that have changed places, so that shapes are gone?',
  answer(findings) {
    const parts = [ends(findings), gapTrend(findings), speedTrend(findings)].filter((part) => part !== null);
    if (parts.length > 0) return `On ${findings.target}, ${parts.join('; ')}.`;
    const roles = [...new Set(levels(findings).map((row) => row.role))];
    return roles.length === 0
      ? `No run on shuffled images of ${findings.target} was measured.`
      : `On ${findings.target}, ${list(roles)} was trained on ${count(new Set(levels(findings).map((row) => row.size)).size, 'size')} of blocks, which is not enough to compare.`;
  },
  cautions(findings) {
    const cautions = levels(findings).length === 0 ? [] : retrainedCaution('P-T and RI-T were', findings.retrained);
    const touching = gaps(findings).filter((row) => row.relative === null);
    if (touching.length > 0) {
      const sizes = list(touching.map((row) => sizeText(row.size)));
      cautions.push(
        `With ${sizes} there is no relative gap: P-T’s interval touches chance (${share(touching[0]!.chance)}), and the ratio would explode.`,
      );
    }
    const found = trendOfGap(findings);
    if (found && fewSizes(found))
      cautions.push(
        `With ${count(found.sizes, 'size')} of blocks no order of the gaps has a permutation p under ${leastP(found.sizes)}: a trend takes ${LEAST_SIZES} sizes or more.`,
      );
    const fewest = Math.min(...levels(findings).map((row) => row.runs));
    if (fewest < 3)
      cautions.push(
        `There ${fewest === 1 ? 'is one run' : `are only ${fewest} runs`} a role and size: how much seeds and permutations differ is known poorly.`,
      );
    if (gaps(findings).length > 0)
      cautions.push('Intervals of accuracies and gaps cover the choice of test images, not that of seeds and permutations.');
    return cautions;
  },
  method(findings, options) {
    const rows = levels(findings);
    const first = rows[0];
    return [
      `Images are cut into blocks that change places by one permutation a run, the same for every training and test image, after normalization; “all values” permutes channels too, blocks of 1 keep a pixel’s colour together. P-T and RI-T runs of the same rank share their permutation (seed ${String(options['shuffleSeed'] ?? 'of the study')} for the first, one more for each next). ${recipeWords(findings, options)}`,
      `Sizes: ${list([...new Set(rows.map((row) => (row.size === '*' ? 'all values' : row.size)))])}; ${count(first?.runs ?? 0, 'run')} a role and size; ${count(first?.n ?? 0, 'test image')}; ${whenOf(first?.at ?? 'final')}.`,
      'The gap is the mean over P-T runs minus the mean over RI-T runs; the relative gap divides it by P-T’s accuracy, and is left out where P-T’s interval touches chance. Speed is the mean of the training accuracy over all epochs from 1 on.',
      `Intervals of accuracies, gaps and rank correlations: ${bootstrapOf(options)}, the same draws for all runs and sizes; of speeds: t-intervals over runs (Welch for differences). A trend of the gap is claimed where the interval of its rank correlation leaves zero out and the two-sided permutation p over the sizes (all orders up to 8 sizes, else 9,999 drawn ones) is under 0.05, which no 4 sizes can reach.`,
    ].join(' ');
  },
  bySize: true,
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const found = trendOfGap(findings);
        if (!found) return null;
        if (!helps(findings))
          return {
            phrase: 'with shuffled blocks, at no size do intervals show that pre-training helps',
            numbers: count(found.sizes, 'size'),
          };
        const phrase = {
          above: 'with shuffled blocks, the gap between P-T and RI-T shrinks as shapes are destroyed',
          below: 'with shuffled blocks, the gap between P-T and RI-T widens as shapes are destroyed',
          undecided: 'whether shuffling blocks changes the gap between P-T and RI-T is undecided',
          unknown: 'the trend of the gap with the size of shuffled blocks has no interval',
        }[found.says];
        return { phrase, numbers: `rank correlation ${trendNumbers(found)}` };
      }),
  ],
};
