import type { BlockGapRow, BlockTrendRow, CheckpointRow } from '../../analyses/rows.js';
import { gainFrom, isEnough } from '../advice/checkpoint.js';
import { decimal, estimate, list, plain, points, share } from '../format.js';
import { accuracyGaps, gapTrendOf, trendNumbers } from '../gap-trend.js';
import type { Findings } from '../section-text.js';
import { allAtChance, chanceClause } from '../learned.js';
import { rowsOf } from '../section-text.js';
import type { Claim } from './claim.js';
import { aboveZero } from './claim.js';
import { CHECKPOINTS, RELATIVE_GAP } from './values.js';

const whole = RELATIVE_GAP.sizes.length - 1;
const ends = (target: 'real' | 'clipart' | 'quickdraw'): string =>
  `${target} ${RELATIVE_GAP[target][1]} % with blocks of 1, ${RELATIVE_GAP[target][whole]} % with whole images`;

const trendOf = ({ tables }: Findings, measure: string) => rowsOf<BlockTrendRow>(tables, 'trends').find((row) => row.measure === measure);

const reuse: Claim = {
  analysis: 'block-shuffle',
  roles: [],
  claim: 'The relative gap shrinks as blocks shrink',
  paper: `${ends('real')}; ${ends('clipart')}; but ${ends('quickdraw')}`,
  judge(findings) {
    const [row, trend] = [trendOf(findings, 'relative gap'), gapTrendOf(findings, 'relative gap')];
    if (!row || !trend) return null;
    const gaps = accuracyGaps(findings.tables).filter((gap) => gap.relative !== null);
    // a gap that no interval shows cannot shrink
    const shown = gaps.some(({ low }) => low !== null && low > 0) && trend.says !== 'undecided';
    const verdict = shown ? aboveZero(trend.rho) : 'undecided';
    const values = [row.to, row.from].map((size) => gaps.find((gap) => gap.size === size)!);
    const said = values.map((gap) => `${decimal(100 * gap.relative!, 0)} % with ${gap.whole ? 'whole images' : `blocks of ${gap.size}`}`);
    return { verdict, measured: `${said.join(', ')}; rank correlation with the side ${trendNumbers(trend)}` };
  },
};

const lowLevel: Claim = {
  analysis: 'block-shuffle',
  roles: [],
  claim: 'Pre-training still helps where all values change places, so that nothing is left of shapes',
  paper: `relative gap ${(['real', 'clipart', 'quickdraw'] as const).map((target) => `${target} ${RELATIVE_GAP[target][0]} %`).join(', ')}`,
  judge({ tables }) {
    const row = rowsOf<BlockGapRow>(tables, 'gaps').find((gap) => gap.metric === 'accuracy' && gap.size === '*');
    if (!row) return null;
    const gain = estimate(100 * row.gap, row.low && 100 * row.low, row.high && 100 * row.high);
    return {
      // a P-T that may be at chance has learned nothing that could help
      verdict: row.relative === null ? 'undecided' : aboveZero(gain),
      measured: `P-T ${share(row.pretrained)}, RI-T ${share(row.random)}, chance ${share(row.chance)}: gap ${plain(gain, 1)} points`,
    };
  },
};

const speed: Claim = {
  analysis: 'block-shuffle',
  roles: [],
  claim: 'Shuffled blocks slow RI-T down more than P-T',
  paper: 'P-T’s speed barely drops, RI-T’s collapses (figure 3)',
  judge(findings) {
    const row = trendOf(findings, 'speed kept');
    if (!row || row.value === null || row.pretrained === null || row.random === null) return null;
    const difference = estimate(row.value, row.low, row.high);
    // where P-T may be at chance at every size there is no learning that could slow down
    const learned = rowsOf<BlockGapRow>(findings.tables, 'gaps').some((gap) => gap.metric === 'accuracy' && gap.relative !== null);
    return {
      verdict: learned ? aboveZero(difference) : 'undecided',
      measured: `with blocks of ${row.to} P-T keeps ${share(row.pretrained)}, RI-T ${share(row.random)}: difference ${plain(difference)}${difference.low === null ? ', no interval' : ''}`,
    };
  },
};

const early: Claim = {
  analysis: 'checkpoint-choice',
  roles: [],
  claim: 'Fine-tuning from two thirds of pre-training is as good as from its end',
  paper: `real: ${CHECKPOINTS.accuracy[59]} % from epoch ${CHECKPOINTS.early}, ${CHECKPOINTS.accuracy[90]} % from ${CHECKPOINTS.of}; quickdraw is saturated near ${CHECKPOINTS.quickdrawSaturates}`,
  judge({ tables, target }) {
    const rows = rowsOf<CheckpointRow>(tables, 'epochs');
    const last = rows.at(-1);
    if (!last) return null;
    const early = nearTwoThirds(rows, last);
    if (!early) return { verdict: 'undecided', measured: `no epoch near two thirds was tried: ${epochsOf(rows)}` };
    const measured = `epoch ${early.epoch} of ${last.epoch} ${share(early.accuracy)}, the last ${share(last.accuracy)}: ${lossWords(early, last)}`;
    const levels = rows.map((row) => ({ ...row, role: 'P-T' }));
    if (allAtChance(levels, ['P-T'])) return { verdict: 'undecided', measured: `${measured}; ${chanceClause(levels, ['P-T'], target)}` };
    if (isEnough(gainFrom(early, last))) return { verdict: 'reproduced', measured };
    // behind another one than the last it may be as good as the last
    return { verdict: last.behind === 0 && early.behindLow > 0 ? 'not reproduced' : 'undecided', measured };
  },
};

const TWO_THIRDS = CHECKPOINTS.early / CHECKPOINTS.of;
/** Shares of the run that count as near the paper's (ours). */
const NEAR = [0.55, 0.8] as const;

/** One, named before its outcome is looked at: the best of several would look better than it is. */
function nearTwoThirds(rows: readonly CheckpointRow[], { epoch: last }: CheckpointRow): CheckpointRow | null {
  const near = rows.filter(({ epoch }) => epoch >= NEAR[0] * last && epoch <= NEAR[1] * last);
  const off = ({ epoch }: CheckpointRow) => Math.abs(epoch - TWO_THIRDS * last);
  return near.toSorted((a, b) => off(a) - off(b))[0] ?? null;
}

const epochsOf = (rows: readonly CheckpointRow[]) => list(rows.map(({ epoch }) => String(epoch)));

function lossWords(early: CheckpointRow, last: CheckpointRow): string {
  const behind = (row: CheckpointRow) => points(estimate(row.behind, row.behindLow, row.behindHigh));
  if (early.behind === 0) return `the last is behind it, the best tried, by ${behind(last)}`;
  return `it is behind ${last.behind === 0 ? 'the last' : 'the best tried'} by ${behind(early)}`;
}

export const sweepClaims: readonly Claim[] = [reuse, lowLevel, speed, early];
