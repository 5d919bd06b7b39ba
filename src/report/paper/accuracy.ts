import type { AmbiguityRow, GapRow, MistakePairRow } from '../../analyses/rows.js';
import { estimate, plain, points, share } from '../format.js';
import { sharedMore } from '../sections/mistakes.js';
import { kindOf, rowsOf } from '../section-text.js';
import type { Claim } from './claim.js';
import { aboveZero } from './claim.js';
import { INTERPOLATION } from './values.js';

const gapOf = (metric: string): Claim['judge'] =>
  function judge({ tables }) {
    const rows = rowsOf<GapRow>(tables, 'gaps').filter((row) => row.metric === metric);
    const row = rows.find(({ at }) => at === 'final') ?? rows[0];
    if (!row) return null;
    const gain = estimate(row.gap, row.low, row.high);
    return { verdict: aboveZero(gain), measured: `P-T ${share(row.pretrained)}, RI-T ${share(row.random)}: ${points(gain)}` };
  };

const better: Claim = {
  analysis: 'learning-curves',
  roles: ['P-T', 'RI-T'],
  any: true,
  claim: 'Pre-training raises accuracy on the target',
  paper: `real: P-T ${INTERPOLATION['P-T & P-T'].end} %, RI-T ${INTERPOLATION['RI-T & RI-T'].end} %`,
  judge: gapOf('accuracy'),
};

const faster: Claim = {
  analysis: 'learning-curves',
  roles: ['P-T', 'RI-T'],
  any: true,
  claim: 'With pre-training a network learns faster',
  paper: 'on all targets, also where the accuracy gap is small (CheXpert, quickdraw)',
  judge: gapOf('speed'),
};

const shared: Claim = {
  analysis: 'mistakes',
  roles: ['P-T', 'RI-T'],
  claim: 'P-T runs make more common mistakes than P-T and RI-T do',
  paper: 'on all targets (table 1)',
  judge({ tables }) {
    const rows = rowsOf<MistakePairRow>(tables, 'pairs');
    const kappa = (pair: string) => kindOf(rows, pair, [(row) => row.kappa, (row) => row.kappaLow, (row) => row.kappaHigh]);
    const [tuned, mixed] = [kappa('P-T & P-T'), kappa('P-T & RI-T')];
    const more = sharedMore(tables);
    if (!tuned || !mixed || !more) return null;
    return {
      verdict: aboveZero(more),
      measured: `κ ${plain(tuned)} between P-T runs, ${plain(mixed)} between P-T and RI-T: difference ${plain(more)}`,
    };
  },
};

const ambiguous: Claim = {
  analysis: 'mistakes',
  roles: ['P-T', 'RI-T'],
  claim: 'Images that only P-T gets wrong are more ambiguous than those that only RI-T gets wrong',
  paper: 'by looking at them',
  judge({ tables }) {
    const row = rowsOf<AmbiguityRow>(tables, 'ambiguity').find(({ group }) => group === 'difference');
    if (!row || row.ambiguity === null) return null;
    const difference = estimate(row.ambiguity, row.low, row.high);
    return { verdict: aboveZero(difference), measured: `difference in ambiguity ${plain(difference)}` };
  },
};

export const accuracyClaims: readonly Claim[] = [better, faster, shared, ambiguous];
