import type {
  AmbiguityRow,
  AmbiguityTestRow,
  ClassGapRow,
  MistakeContrastRow,
  MistakeImageRow,
  MistakePairRow,
} from '../../analyses/rows.js';
import type { Tables } from '../../analyses/analysis.js';
import type { Estimate } from '../format.js';
import { capital, count, decimal, estimate, flipped, list, percent, plain, plainInBrackets, pValue, share, sign } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { between, bootstrapOf, byVerdict, HULL, kindOf, kindsOf, rowsOf, whenOf } from '../section-text.js';

const [TUNED, MIXED, SCRATCH] = ['P-T & P-T', 'P-T & RI-T', 'RI-T & RI-T'];

const pairsOf = ({ tables }: Findings) => rowsOf<MistakePairRow>(tables, 'pairs');
const kappaOf = (findings: Findings, pair: string) =>
  kindOf(pairsOf(findings), pair, [(row) => row.kappa, (row) => row.kappaLow, (row) => row.kappaHigh]);

/** By how much κ between P-T runs exceeds that between P-T and RI-T, on the same resamples. null: there is no such row. */
export function sharedMore(tables: Tables): Estimate | null {
  const row = rowsOf<MistakeContrastRow>(tables, 'contrasts').find(({ pair, other }) => pair === TUNED && other === MIXED);
  return row && row.difference !== null ? estimate(row.difference, row.low, row.high) : null;
}

/** Whether two P-T runs share mistakes more than P-T and RI-T do. */
function consistency(findings: Findings): string | null {
  const [tuned, mixed, scratch] = [kappaOf(findings, TUNED!), kappaOf(findings, MIXED!), kappaOf(findings, SCRATCH!)];
  const more = sharedMore(findings.tables);
  if (tuned && mixed && more) {
    const numbers = `κ is ${plain(tuned)} ${between(TUNED!)} and ${plain(mixed)} ${between(MIXED!)}, a difference of ${plain(more)}`;
    switch (sign(more)) {
      case 'above':
        return `P-T runs err on the same images more than P-T and RI-T do: ${numbers}`;
      case 'below':
        return `P-T runs err on the same images less than P-T and RI-T do: ${numbers}`;
      case 'undecided':
        return `whether P-T runs share more mistakes with each other than with RI-T is undecided: ${numbers}`;
      case 'unknown':
        return `${numbers} without an interval`;
    }
  }
  const [kind, name] = mixed ? [mixed, MIXED!] : tuned ? [tuned, TUNED!] : [scratch, SCRATCH!];
  if (!kind) return strangers(findings) === null ? undefinedPairs(findings) : null;
  return `${shared(kind)} ${between(name)}: κ is ${plain(kind)}`;
}

/** Why no pair has a κ. */
function undefinedPairs(findings: Findings): string {
  const [row] = pairsOf(findings);
  return row?.reason ? `mistakes cannot be compared, as ${row.reason}` : 'there is no pair of runs whose mistakes could be compared';
}

function shared(kappa: Estimate): string {
  switch (sign(kappa)) {
    case 'above':
      return 'mistakes are shared more often than by chance';
    case 'below':
      return 'mistakes are shared less often than by chance';
    case 'undecided':
      return 'it is undecided whether mistakes are shared more often than by chance';
    case 'unknown':
      return 'mistakes were compared';
  }
}

/** How often two networks that both err name the same label. */
function sameLabel(findings: Findings): string | null {
  const said = [TUNED!, MIXED!].flatMap((pair) => {
    const kind = kindOf(pairsOf(findings), pair, [(row) => row.sharedMistakeAgreement, (row) => row.sharedLow, (row) => row.sharedHigh]);
    return kind ? [`${percent(kind)} of the time ${between(pair)}`] : [];
  });
  return said.length === 0 ? null : `where both err they name the same wrong label ${list(said)}`;
}

/** Kinds of pairs that a user's own roles make. */
function strangers(findings: Findings): string | null {
  const own = kindsOf([], pairsOf(findings)).filter((pair) => ![TUNED, MIXED, SCRATCH].includes(pair));
  const said = own.flatMap((pair) => {
    const kappa = kappaOf(findings, pair);
    return kappa ? [`${plain(kappa)} ${between(pair)}`] : [];
  });
  return said.length === 0 ? null : `error consistency κ is ${list(said)}`;
}

const groupOf = ({ tables }: Findings, group: string) => rowsOf<AmbiguityRow>(tables, 'ambiguity').find((row) => row.group === group);

/** Whether images that only P-T gets wrong are more ambiguous than those only RI-T gets wrong; null when one group is empty. */
function ambiguity(findings: Findings): string | null {
  const row = groupOf(findings, 'difference');
  if (!row || row.ambiguity === null) return null;
  const difference = estimate(row.ambiguity, row.low, row.high);
  const groups = 'images that only P-T gets wrong';
  const scale = `on a scale from 0 to 1${effectSize(findings)}`;
  switch (sign(difference)) {
    case 'above':
      return `${groups} are more ambiguous than those only RI-T gets wrong, by ${plain(difference)} ${scale}`;
    case 'below':
      return `${groups} are less ambiguous than those only RI-T gets wrong, by ${plain(flipped(difference))} ${scale}`;
    case 'undecided':
      return `no difference shows in how ambiguous ${groups} are and those only RI-T gets wrong; it is undecided: ${plain(difference)} ${scale}`;
    case 'unknown':
      return `${groups} differ in ambiguity from those only RI-T gets wrong by ${plain(difference)} ${scale}, without an interval`;
  }
}

/** ', Cliff’s δ 0.31 (0.08 to 0.52), permutation p 0.012'; '' where there is no test. */
function effectSize({ tables }: Findings): string {
  const [row] = rowsOf<AmbiguityTestRow>(tables, 'ambiguityTest');
  if (!row || row.cliffsDelta === null || row.p === null) return '';
  return `, Cliff’s δ ${plain(estimate(row.cliffsDelta, row.deltaLow, row.deltaHigh))}, permutation ${pValue(row.p)}`;
}

/** In how many classes pre-training's gain is decided, and how many that would be by chance. */
function byClass({ tables }: Findings): string | null {
  const rows = rowsOf<ClassGapRow>(tables, 'classGaps').filter((row) => row.low !== null);
  if (rows.length === 0) return null;
  const signs = rows.map((row) => sign(estimate(row.gain, row.low, row.high)));
  const [gains, losses] = [signs.filter((each) => each === 'above').length, signs.filter((each) => each === 'below').length];
  return (
    `In ${gains} of ${count(rows.length, 'class', 'classes')} P-T is more accurate than RI-T and in ${losses} less so by the class’ own interval; ` +
    `about ${decimal(0.05 * rows.length, 1)} of them would be decided by chance alone.`
  );
}

const PARTS: Readonly<Record<string, string>> = {
  disagreement: 'the share of pairs of networks that disagree',
  margin: 'one minus the margin between the first and second choice',
};

function ambiguityWords({ ambiguity }: Readonly<Record<string, unknown>>): string {
  const parts = Array.isArray(ambiguity) ? (ambiguity as readonly string[]) : Object.keys(PARTS);
  const what = parts.length === 1 ? '' : 'the mean of two things ';
  return `Ambiguity of an image is ${what}over all trained networks: ${list(parts.map((part) => PARTS[part]!))}.`;
}

/** Share of images that one side alone gets wrong, as a mean over pairs. */
const alone = (rows: readonly MistakePairRow[], side: 'onlyAWrong' | 'onlyBWrong') =>
  share(rows.reduce((sum, row) => sum + row[side] / row.n, 0) / rows.length);

export const mistakes: SectionText = {
  analysis: 'mistakes',
  title: 'Mistakes',
  question: 'Do networks with and without pre-training get the same pictures wrong?',
  answer(findings) {
    const parts = [consistency(findings), sameLabel(findings), strangers(findings), ambiguity(findings)].filter((part) => part !== null);
    return `On ${findings.target}, ${parts.join('; ')}.`;
  },
  cautions(findings) {
    const rows = pairsOf(findings);
    const mixed = rows.filter((row) => row.pair === MIXED);
    const cautions: string[] = [];
    if (mixed.length > 0) {
      const differ = mixed.filter((row) => row.mcnemarP < 0.05).length;
      cautions.push(
        `${capital(between(MIXED!))}, ${alone(mixed, 'onlyAWrong')} of images are wrong only for P-T and ${alone(mixed, 'onlyBWrong')} only for RI-T; ` +
          `McNemar’s exact test sees a difference in accuracy at the 5 % level in ${differ} of ${count(mixed.length, 'pair')}.`,
      );
    }
    const classes = byClass(findings);
    if (classes) cautions.push(classes);
    for (const reason of new Set(rows.flatMap((row) => row.reason ?? [])))
      cautions.push(`For ${list(rows.filter((row) => row.reason === reason).map((row) => `${row.a} & ${row.b}`))}: ${reason}.`);
    const small = ['only P-T wrong', 'only RI-T wrong']
      .map((group) => groupOf(findings, group))
      .filter((row) => row !== undefined && row.n < 20);
    for (const row of small)
      cautions.push(`The group “${row!.group}” has ${row!.n === 0 ? 'no images' : `only ${count(row!.n, 'image')}`}.`);
    if (mixed.length > 0)
      cautions.push(
        'An image counts for a role only when all runs of that role get it wrong; where runs of a role differ it belongs to neither group.',
      );
    cautions.push('Ambiguity is judged by the trained networks themselves, not by people.');
    return cautions;
  },
  method(findings, options) {
    const [first] = pairsOf(findings);
    const listed = rowsOf<MistakeImageRow>(findings.tables, 'images').length;
    return [
      `Predictions of all runs (${whenOf(first?.at ?? 'final')}) on the same ${count(first?.n ?? 0, 'test image')}, matched by id.`,
      'κ is Cohen’s κ of the error indicators (error consistency, Geirhos et al. 2020): 0 is what two accuracies make likely by chance, 1 the very same mistakes.',
      ambiguityWords(options),
      'Cliff’s δ is the share of pairs of images, one of each group, where that of only P-T is more ambiguous, minus the share where it is less; the two-sided p deals the images out to the groups anew.',
      'By class: over all pairs of a P-T and an RI-T run, the share of the class that only one of them gets wrong; the difference is P-T’s gain in accuracy.',
      `Intervals: ${bootstrapOf(options)}. ${HULL}`,
      `${count(listed, 'image')} are listed, ranked from the clearest to the most ambiguous of each group.`,
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const [tuned, mixed] = [kappaOf(findings, TUNED!), kappaOf(findings, MIXED!)];
        const more = sharedMore(findings.tables);
        if (!tuned || !mixed || !more) return null;
        const phrase = {
          above: 'P-T runs share more mistakes with each other than with RI-T runs',
          below: 'P-T runs share fewer mistakes with each other than with RI-T runs',
          undecided: 'whether P-T runs share more mistakes with each other than with RI-T runs is undecided',
          unknown: 'mistakes of P-T runs were compared, without an interval,',
        }[sign(more)];
        const sides = [tuned, mixed].map(({ value }) => decimal(value));
        return { phrase, numbers: `error consistency κ ${sides.join(' against ')}, difference ${plainInBrackets(more)}` };
      }),
  ],
};
