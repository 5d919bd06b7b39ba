import type { DomainDistanceRow, DomainGapRow, GapRow } from '../../analyses/rows.js';
import type { Tables } from '../../analyses/analysis.js';
import type { Sign } from '../format.js';
import { count, decimal, estimate, list, plain, points, share, sign } from '../format.js';
import type { Across, Findings, SectionText } from '../section-text.js';
import { bootstrapOf, byVerdict, rowsOf } from '../section-text.js';

const rowOf = (tables: Tables, measure: string, comparison: string) =>
  rowsOf<DomainDistanceRow>(tables, 'distances').find((row) => row.measure === measure && row.comparison === comparison);
const shown = (row: DomainDistanceRow) => plain(estimate(row.value, row.low, row.high));

/** What both measures say of the target against the source's own spread; 'undecided' where they differ. */
function verdict(tables: Tables): Sign {
  const signs = ['frechet', 'proxy-a'].map((measure) => {
    const row = rowOf(tables, measure, 'difference');
    return row ? sign(estimate(row.value, row.low, row.high)) : 'unknown';
  });
  return signs[0] === signs[1] ? signs[0]! : 'undecided';
}

const SAID: Readonly<Record<Sign, string>> = {
  above: 'lie farther from the source’s than these lie from each other',
  below: 'lie nearer to the source’s than these lie to each other',
  undecided: 'cannot be told to lie farther from the source’s than these lie from each other, it is undecided',
  unknown: 'were compared with the source’s',
};

function numbers(tables: Tables): string {
  const parts = [
    ['proxy 𝒜-distance', 'proxy-a'],
    ['Fréchet distance', 'frechet'],
  ].flatMap(([name, measure]) => {
    const [apart, alike] = [rowOf(tables, measure!, 'source & target'), rowOf(tables, measure!, 'source & source')];
    return apart && alike ? [`${name} ${shown(apart)} against ${shown(alike)}`] : [];
  });
  return list(parts);
}

const across: Across = {
  tables(targets, tablesOf) {
    const gaps = targets.flatMap((target) => {
      const [distances, curves] = [tablesOf('domain-distance', target), tablesOf('learning-curves', target)];
      const [frechet, proxy] = ['frechet', 'proxy-a'].map((measure) => distances && rowOf(distances, measure, 'source & target'));
      if (!frechet || !proxy || !curves) return [];
      const rows = rowsOf<GapRow>(curves, 'gaps').filter(({ metric, at }) => metric === 'speed' || at === 'final');
      return rows.map((row): DomainGapRow => ({
        target,
        metric: row.metric,
        gap: row.gap,
        low: row.low,
        high: row.high,
        frechet: frechet.value,
        frechetLow: frechet.low,
        frechetHigh: frechet.high,
        proxyA: proxy.value,
        proxyALow: proxy.low,
        proxyAHigh: proxy.high,
        n: row.n,
      }));
    });
    return new Set(gaps.map((row) => row.target)).size < 2 ? null : { gaps };
  },
  answer(tables) {
    const rows = rowsOf<DomainGapRow>(tables, 'gaps').filter((row) => row.metric === 'accuracy');
    const near = rows.toSorted((x, y) => x.frechet - y.frechet);
    const said = near.map((row) => `${row.target} (Fréchet ${decimal(row.frechet)}) gains ${points(estimate(row.gap, row.low, row.high))}`);
    const pairs = near.flatMap((x, i) => near.slice(i + 1).map((y) => x.gap > y.gap));
    return `From the nearest target to the farthest, ${list(said)} of accuracy from pre-training: the nearer one gains more in ${pairs.filter(Boolean).length} of ${count(pairs.length, 'pair')} of targets.`;
  },
  cautions: (tables) => [
    `With ${count(new Set(rowsOf<DomainGapRow>(tables, 'gaps').map((row) => row.target)).size, 'target')} no relation between distance and gain can be tested; this shows theirs.`,
  ],
  method: 'The gaps are those of “Accuracy and speed” at the last epoch, the distances those above.',
};

export const domainDistance: SectionText = {
  analysis: 'domain-distance',
  title: 'Distance of domains',
  question: 'How far are the target’s images from those of pre-training, as the pre-trained network sees them?',
  answer({ target, tables }) {
    if (!rowOf(tables, 'frechet', 'source & target'))
      return `On ${target}, there is no pre-trained network whose features could be compared.`;
    return `On ${target}, images ${SAID[verdict(tables)]}: ${numbers(tables)}.`;
  },
  cautions({ tables }) {
    const [row] = rowsOf<DomainDistanceRow>(tables, 'distances');
    return [
      ...(row && row.n < 4 * row.dimensions
        ? [
            `There are only ${count(row.n, 'image')} a side for ${count(row.dimensions, 'dimension')}: the correction for few images is rough.`,
          ]
        : []),
      'P saw the source in training, if not these images: its features may suit them for that reason alone.',
      'Another mix of classes counts as distance too.',
    ];
  },
  method({ tables }, options) {
    const [row] = rowsOf<DomainDistanceRow>(tables, 'distances');
    return [
      `Features of P that enter its head (${row?.module ?? 'none'}, mean over positions), of ${count(row?.n ?? 0, 'test image')} a side, projected on ${count(row?.dimensions ?? 0, 'common principal component')} of ${row?.p ?? 0} (${share(row?.explained ?? 0)} of the variance).`,
      'Fréchet distance: squared, between the Gaussians of both sides’ means and covariances, as FID. Proxy 𝒜-distance: 2(1 − 2·error) of a ridge classifier that tells the sides apart, in cross-validation; 0 is a coin, 2 never wrong.',
      'The second number of each is that between two halves of the source, as many images each: what there is without a difference of domain.',
      `Fréchet distances are corrected for the bias of few images, by the basic bootstrap (Davison & Hinkley 1997). Intervals: ${bootstrapOf(options).replace('percentile ', '')}; the classifiers are not fitted anew.`,
    ].join(' ');
  },
  across,
  summary: [
    (all) =>
      byVerdict(all, ({ tables }: Findings) => {
        const row = rowOf(tables, 'frechet', 'source & target');
        if (!row) return null;
        const phrase = {
          above: 'P tells images from the source’s',
          below: 'images lie nearer to the source’s than these to each other',
          undecided: 'whether P tells images from the source’s is undecided',
          unknown: 'images were compared with the source’s',
        }[verdict(tables)];
        return { phrase, numbers: `Fréchet distance ${shown(row).replace(' (', ', ').replace(')', '')}` };
      }),
  ],
};
