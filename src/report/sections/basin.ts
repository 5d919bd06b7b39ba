import type { BasinRow } from '../../analyses/rows.js';
import { count, decimal, estimate, plain, plainInBrackets, sized } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { between, byVerdict, rowsOf, whenOf } from '../section-text.js';

const basinsOf = ({ tables }: Findings) => rowsOf<BasinRow>(tables, 'basins');
const digits = (value: number) => (Math.abs(value) < 1 ? 3 : 2);

function segment({ from, to, level, size, edge }: BasinRow): string {
  const length = `of length ${decimal(size, 1)}`;
  if (level === null) return `on the segment between the two, ${length}`;
  return `on the segment between the two, extrapolated to t = ${decimal(from)} and ${decimal(to)}${edge ? ' (the boundary lies beyond what was looked at)' : ''}, ${length}`;
}

const deltaOf = ({ delta, deltaLow, deltaHigh }: BasinRow) => estimate(delta ?? NaN, deltaLow, deltaHigh);
/** In some resamples no δ that was tried leaves the basin: nothing is decided. */
const isOpen = ({ delta, deltaHigh }: BasinRow) => delta === null || deltaHigh === null;

function clause(row: BasinRow): string {
  const where = between(row.pair);
  if (row.epsilon === null || row.mu === null) return `${where}, there is no basin to measure: ${row.reason}`;
  const epsilon = plain(estimate(row.epsilon, row.epsilonLow, row.epsilonHigh), digits(row.epsilon));
  const spread = `the ${row.loss} spreads by ε = ${epsilon} around its mean ${decimal(row.mu)} ${segment(row)}`;
  if (row.delta === null) return `${where}, ${spread}; ${row.reason}`;
  const open = isOpen(row) ? ', so that it is undecided whether a basin holds the two' : '';
  if (row.delta === 0) return `${where}, ${spread}; on the boundary it is 2ε above the mean already: δ = ${sized(deltaOf(row))}${open}`;
  return `${where}, ${spread}, and it takes δ = ${plain(deltaOf(row))} to leave it${open}`;
}

/** Of the two P-T runs: whether one basin holds them. null: not measured, or no level was asked for that a loss could leave. */
function headline(findings: Findings) {
  const row = basinsOf(findings).find(({ pair }) => pair === 'P-T & P-T');
  if (!row || row.level === null) return null;
  if (row.epsilon === null) return { phrase: `no basin holds two P-T runs, ${row.reason},`, numbers: '' };
  const epsilon = `ε ${plainInBrackets(estimate(row.epsilon, row.epsilonLow, row.epsilonHigh), digits(row.epsilon))}`;
  if (isOpen(row)) return { phrase: 'whether a basin holds two P-T runs is undecided, δ has no upper bound,', numbers: epsilon };
  // δ = 0: on the boundary the loss is 2ε above the mean already
  const delta = row.delta === 0 ? '0, on its boundary' : plainInBrackets(deltaOf(row));
  return { phrase: 'one (ε, δ)-basin holds two P-T runs', numbers: `${epsilon}; δ ${delta}` };
}

export const basin: SectionText = {
  analysis: 'basin',
  title: 'Size of the basin',
  question: 'How flat is the region between two solutions, and how far must one go to leave it?',
  answer(findings) {
    const rows = basinsOf(findings);
    if (rows.length === 0) return `On ${findings.target}, there are no two runs of one role to look for a basin between.`;
    return `On ${findings.target}, ${rows.map(clause).join('; ')}.`;
  },
  cautions(findings) {
    const [first] = basinsOf(findings);
    return [
      'The segment has one dimension of very many, and δ depends on where its boundary is set.',
      ...(first
        ? [`Intervals cover the draws (${first.draws} points and as many draws of noise), not the choice of images or of seeds.`]
        : []),
    ];
  },
  method(findings, options) {
    const rise = typeof options['rise'] === 'number' && options['rise'] > 0 ? ` by ${options['rise']}` : '';
    const [first] = basinsOf(findings);
    const images = first ? `the same ${count(first.n, 'image')} of ${first.split}` : 'the same images';
    const boundary =
      options['rise'] === null
        ? 'S is the segment between the two runs.'
        : `S is the segment between the two runs, extrapolated to where the loss first exceeds that of the worse end${rise} (ours), bracketed to 1/64 of their distance.`;
    return [
      `(ε, δ)-basin, definition 3.1 of Neyshabur et al. 2020, on ${images}; the first pair of runs of each role, ${whenOf(first?.at ?? 'final')}. ${boundary}`,
      'ε is the mean distance of the loss from its mean μ over S. δ is the smallest for which the expected loss exceeds μ + 2ε both under Gaussian noise of expected length δ around the ends of S (condition 2) and straight on beyond them, by a length drawn from |N(0, δ²)| (condition 3).',
      `Intervals: 95 %, percentile bootstrap over the draws; the same draws at every δ.`,
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [(all) => byVerdict(all, headline)],
};
