import type { DomainDistanceRow, DomainGapRow, GapRow } from '../../analyses/rows.js';
import type { Tables } from '../../analyses/analysis.js';
import type { Estimate, Sign } from '../format.js';
import { compare, count, estimate, list, plain, points, share, sign } from '../format.js';
import type { Across, Findings, SectionText } from '../section-text.js';
import { bootstrapOf, byVerdict, rowsOf } from '../section-text.js';

const rowOf = (tables: Tables, measure: string, comparison: string) =>
  rowsOf<DomainDistanceRow>(tables, 'distances').find((row) => row.measure === measure && row.comparison === comparison);
const estimateOf = (row: DomainDistanceRow) => estimate(row.value, row.low, row.high);
/** A distance has the scale of P's features: two digits at least of the largest of its numbers. */
function shown(of: Estimate): string {
  const size = Math.max(...[of.value, of.low ?? 0, of.high ?? 0].map(Math.abs));
  return plain(of, size === 0 ? 2 : Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(size)))));
}

const MEASURES = [
  { measure: 'proxy-a', name: 'proxy 𝒜-distance' },
  { measure: 'frechet', name: 'Fréchet distance' },
] as const;

/** What each measure says of the target against the source's own spread. */
const signsOf = (tables: Tables): readonly Sign[] =>
  MEASURES.map(({ measure }) => {
    const row = rowOf(tables, measure, 'difference');
    return row ? sign(estimateOf(row)) : 'unknown';
  });

/** What both say; null where they differ: then nothing is claimed, and what each says is told. */
function verdict(tables: Tables): Sign | null {
  const [proxy, frechet] = signsOf(tables);
  return proxy === frechet ? proxy! : null;
}

const SAID: Readonly<Record<Sign, string>> = {
  above: 'lie farther from the source’s than these lie from each other',
  below: 'lie nearer to the source’s than these lie to each other',
  undecided: 'cannot be told to lie farther from the source’s than these lie from each other, it is undecided',
  unknown: 'were compared with the source’s',
};

const ALONE: Readonly<Record<Sign, string>> = {
  above: 'they do',
  below: 'they lie nearer',
  undecided: 'it is undecided',
  unknown: 'it cannot be told',
};

const against = (tables: Tables, measure: string): string | null => {
  const [apart, alike] = [rowOf(tables, measure, 'source & target'), rowOf(tables, measure, 'source & source')];
  return apart && alike ? `${shown(estimateOf(apart))} against ${shown(estimateOf(alike))}` : null;
};

const numbers = (tables: Tables): string =>
  list(
    MEASURES.flatMap(({ measure, name }) => {
      const both = against(tables, measure);
      return both === null ? [] : [`${name} ${both}`];
    }),
  );

/** Of measures that disagree, one by one, with the difference that decides. */
function eachSays(tables: Tables): string {
  const said = MEASURES.flatMap(({ measure, name }, i) => {
    const row = rowOf(tables, measure, 'difference');
    return row ? [`by the ${name} ${ALONE[signsOf(tables)[i]!]}, ${against(tables, measure)}, difference ${shown(estimateOf(row))}`] : [];
  });
  return `whether images lie farther from the source’s than these lie from each other is undecided, because the two measures disagree: ${said.join('; ')}`;
}

const GAIN: Readonly<Record<Sign, string>> = { above: 'a gain', below: 'a loss', undecided: 'undecided', unknown: 'without an interval' };

const inBrackets = (text: string) => text.replace(/ \((.*)\)$/, ', $1');

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
    const near = rowsOf<DomainGapRow>(tables, 'gaps')
      .filter((row) => row.metric === 'accuracy')
      .toSorted((x, y) => x.frechet - y.frechet);
    const distance = (row: DomainGapRow) => estimate(row.frechet, row.frechetLow, row.frechetHigh);
    const gap = (row: DomainGapRow) => estimate(row.gap, row.low, row.high);
    const said = near.map(
      (row) => `${points(gap(row))} on ${row.target}, ${GAIN[sign(gap(row))]} (Fréchet distance ${inBrackets(shown(distance(row)))})`,
    );
    const pairs = near.flatMap((x, i) =>
      near.slice(i + 1).map((y) => (compare(distance(x), distance(y)) === 'below' ? compare(gap(x), gap(y)) : 'untold')),
    );
    const ordered = !pairs.includes('untold');
    const begin = ordered
      ? 'From the nearest target to the farthest'
      : 'Intervals of distances overlap, so that the order of the targets is undecided;';
    const pairsOf = (sign: Sign) => pairs.filter((each) => each === sign).length;
    const [more, less] = [pairsOf('above'), pairsOf('below')];
    return `${begin} pre-training changes accuracy by ${said.join('; ')}. Of ${count(pairs.length, 'pair')} of targets it brings more to the nearer one in ${more}, less in ${less}, and it is undecided in ${pairs.length - more - less}.`;
  },
  cautions: (tables) => [
    `With ${count(new Set(rowsOf<DomainGapRow>(tables, 'gaps').map((row) => row.target)).size, 'target')} no relation between distance and gain can be tested; this shows theirs.`,
  ],
  method:
    'The gaps are those of “Accuracy and speed” at the last epoch, the distances those above. Two targets are ordered where the intervals of their Fréchet distances lie apart, and one gains more where those of the gaps do.',
};

export const domainDistance: SectionText = {
  analysis: 'domain-distance',
  title: 'Distance of domains',
  question: 'How far are the target’s images from those of pre-training, as the pre-trained network sees them?',
  answer({ target, tables }) {
    if (!rowOf(tables, 'frechet', 'source & target'))
      return `On ${target}, there is no pre-trained network whose features could be compared.`;
    const both = verdict(tables);
    return both === null ? `On ${target}, ${eachSays(tables)}.` : `On ${target}, images ${SAID[both]}: ${numbers(tables)}.`;
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
      'The second number of each is that between two halves of the source, as many images each: what there is without a difference of domain. Images are said to lie farther, or nearer, where the intervals of both measures’ difference say so; where they disagree it is undecided.',
      `Fréchet distances are corrected for the bias of few images, by the basic bootstrap (Davison & Hinkley 1997). Intervals: ${bootstrapOf(options).replace('percentile ', '')}; the classifiers are not fitted anew.`,
    ].join(' ');
  },
  across,
  bySize: true,
  summary: [
    (all) =>
      byVerdict(all, ({ tables }: Findings) => {
        const row = rowOf(tables, 'frechet', 'source & target');
        if (!row) return null;
        const phrase = {
          above: 'images lie farther from the source’s than these from each other',
          below: 'images lie nearer to the source’s than these to each other',
          undecided: 'whether images lie farther from the source’s than these from each other is undecided',
          unknown: 'images were compared with the source’s',
          disagree: 'whether images lie farther from the source’s than these from each other is undecided, its two measures disagree,',
        }[verdict(tables) ?? 'disagree'];
        return { phrase, numbers: `Fréchet distance ${inBrackets(shown(estimateOf(row)))}` };
      }),
  ],
};
