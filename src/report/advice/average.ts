import type { AverageRow, BarrierRow } from '../../analyses/rows.js';
import type { Estimate } from '../format.js';
import { count, estimate, flipped, percent, points, sign } from '../format.js';
import { basinWords, kindOf, oneBasinOf } from '../section-text.js';
import type { Answer, Evidence, Question } from './question.js';
import { withoutAnalyses, withoutNetworks } from './missing.js';
import { atMost, but, confidenceOf, MARGIN, overImages } from './question.js';

const PAIR = 'P-T & P-T';

function barrierOf({ rows }: Evidence): Estimate | null {
  const barriers = rows<BarrierRow>('interpolation', 'barriers') ?? [];
  const isMeant = (row: BarrierRow) =>
    row.split === 'test' && row.metric === 'accuracy' && row.definition === 'line' && row.batchNorm !== 'raw';
  const own = barriers.filter(isMeant);
  return kindOf(own, PAIR, [(row) => row.barrier, (row) => row.low, (row) => row.high]);
}

const LIMIT = '2 points';

/** The measured accuracy of the average decides; the barrier stands beside it, and alone where nothing was averaged. */
function answer(evidence: Evidence): Answer {
  const average = evidence
    .rows<AverageRow>('averaging', 'averages')
    ?.find((row) => row.role === 'P-T' && row.what === 'average of all' && row.batchNorm !== 'raw');
  const barrier = barrierOf(evidence);
  const path = barrier ? `the barrier between them is ${points(barrier)}` : null;
  if (average) return measured(average, path);
  if (!barrier) return withoutNetworks(evidence, ['P-T'], 2) ?? withoutAnalyses(evidence, ['averaging']);
  const options = evidence.options('interpolation');
  const bound = oneBasinOf(options);
  const add = evidence.unfinished('averaging') ? '' : ' (add averaging)';
  const sure = atMost('moderate', confidenceOf(barrier, bound, basinWords(options)), `the average itself was not measured${add}`);
  const { low, high } = barrier;
  const verdict = high !== null && high < bound ? 'yes' : low !== null && low > bound ? 'no' : 'undecided';
  const text = { yes: 'They share one basin', no: 'They do not share a basin', undecided: 'Whether they share a basin is undecided' }[
    verdict
  ];
  return { verdict, text: `${text}: ${path}.`, ...sure, analyses: ['interpolation'] };
}

function measured(row: AverageRow, path: string | null): Answer {
  const change = estimate(row.overMean, row.overMeanLow, row.overMeanHigh);
  const verdict = row.overMeanLow > -MARGIN ? 'yes' : row.overMeanHigh < -MARGIN ? 'no' : 'undecided';
  const text = {
    yes: `Against the mean of the single runs their average loses less than ${LIMIT}, if anything`,
    no: `Against the mean of the single runs their average loses more than ${LIMIT}`,
    undecided: `Whether their average loses ${LIMIT} against the mean of the single runs is undecided`,
  }[verdict];
  const single = row.overBest === null ? null : estimate(row.overBest, row.overBestLow, row.overBestHigh);
  const loses = single !== null && sign(single) === 'below';
  const worse = loses
    ? `, ${verdict === 'no' ? 'and' : 'but'} against the best of them on validation, ${row.best}, it loses ${points(flipped(single))}`
    : '';
  const best = single === null || loses ? [] : [`${points(single)} against the best on validation, ${row.best}`];
  const statistics = row.batchNorm === 're-estimated' ? ', BatchNorm statistics taken anew for all of them' : '';
  const numbers = [
    `the one network averaged from ${count(row.members, 'P-T run')} reaches ${percent(estimate(row.accuracy, row.low, row.high))}`,
    `${points(change)} against their mean${statistics}`,
    ...best,
  ].join(', ');
  return {
    verdict,
    text: `${text}${worse}: ${numbers}${path ? `; ${path}` : ''}.`,
    // of these very networks: seeds of others do not matter to it
    ...but(confidenceOf(change, -MARGIN, `a loss of ${LIMIT}`), overImages(row.n, 'other networks than these')),
    analyses: path ? ['averaging', 'interpolation'] : ['averaging'],
  };
}

export const average: Question = { title: 'Average the fine-tuned networks?', roles: ['P-T'], answer };
