import type { CkaLayerRow, CkaRow } from '../../analyses/rows.js';
import { compare, count, list, plain } from '../format.js';
import type { Findings, Kind, SectionText } from '../section-text.js';
import { between, byVerdict, HULL, kindOf, kindsOf, rowsOf, whenOf } from '../section-text.js';
import type { Sign } from '../format.js';

const [TUNED, SCRATCH, KEPT] = ['P-T & P-T', 'RI-T & RI-T', 'P-T & P'];

const similarities = ({ tables }: Findings) => rowsOf<CkaRow>(tables, 'similarities');
const kindAt = (rows: readonly CkaRow[], pair: string, module: string) =>
  kindOf(
    rows.filter((row) => row.module === module),
    pair,
    [(row) => row.value, (row) => row.low, (row) => row.high],
  );

interface Contrast {
  readonly module: string;
  readonly tuned: Kind;
  readonly scratch: Kind;
  readonly sign: Sign;
}

/** P-T pairs against RI-T pairs wherever both are defined, by depth. */
function contrasts(rows: readonly CkaRow[]): Contrast[] {
  const modules = new Map(rows.toSorted((x, y) => x.depth - y.depth).map((row) => [row.module, row.depth]));
  return [...modules.keys()].flatMap((module) => {
    const [tuned, scratch] = [kindAt(rows, TUNED!, module), kindAt(rows, SCRATCH!, module)];
    return tuned && scratch ? [{ module, tuned, scratch, sign: compare(tuned, scratch) }] : [];
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const levels = (all: readonly Contrast[], side: 'tuned' | 'scratch') =>
  plain({ value: mean(all.map((each) => each[side].value)), low: null, high: null });

function verdict(all: readonly Contrast[]): string {
  const at = (sign: Sign) => all.filter((each) => each.sign === sign).length;
  const [above, below] = [at('above'), at('below')];
  const everywhere = all.length === 1 ? 'the one module compared' : `all ${count(all.length, 'module')}`;
  const of = `of ${count(all.length, 'module')}`;
  if (at('unknown') === all.length) return `P-T and RI-T pairs were compared in ${count(all.length, 'module')} without intervals`;
  if (above === all.length) return `P-T pairs are more alike than RI-T pairs in ${everywhere}`;
  if (below === all.length) return `P-T pairs are less alike than RI-T pairs in ${everywhere}`;
  if (above === 0 && below === 0)
    return `no difference shows between P-T pairs and RI-T pairs: their intervals overlap in ${everywhere}, it is undecided`;
  const parts = [above && `more alike in ${above}`, below && `less alike in ${below}`].filter(Boolean);
  const rest = all.length - above - below;
  return `P-T pairs compared with RI-T pairs are ${parts.join(' and ')} ${of}${rest > 0 ? ` (${rest} undecided)` : ''}`;
}

/** A sentence names at most so many kinds of pairs, or pairs; of more the highest and the lowest: the table has the rest. */
const MANY = 3;
const pairsIn = (rows: readonly { readonly a: string; readonly b: string }[]) => new Set(rows.map(({ a, b }) => `${a} & ${b}`)).size;

/** '0.90 between P-T runs and 0.60 between P-T and RI-T'; of many kinds 'from 0.60 between … to 0.90 between … (5 kinds, 10 pairs)'. */
function means(rows: readonly CkaRow[]): string {
  const said = kindsOf([], rows).map((pair) => ({ pair, value: mean(rows.filter((row) => row.pair === pair).map((row) => row.value!)) }));
  const one = ({ pair, value }: (typeof said)[number]) => `${plain({ value, low: null, high: null })} ${between(pair)}`;
  if (said.length <= MANY) return list(said.map(one));
  const ascending = said.toSorted((x, y) => x.value - y.value);
  return `from ${one(ascending[0]!)} to ${one(ascending.at(-1)!)} (${count(said.length, 'kind')}, ${count(pairsIn(rows), 'pair')})`;
}

function alone(rows: readonly CkaRow[]): string {
  const defined = rows.filter((row) => row.value !== null);
  if (defined.length === 0) return 'there is no pair of runs whose features could be compared';
  return `mean CKA over modules is ${means(defined)}; without two P-T and two RI-T runs there is nothing to compare`;
}

/** Of which pairs the table of every layer against every layer holds what, and that the map draws one of each kind. */
function crossed({ tables }: Findings, { crossLayer }: Readonly<Record<string, unknown>>): string[] {
  const rows = rowsOf<CkaLayerRow>(tables, 'layers');
  const pairs = new Set(rows.map((row) => `${row.a} & ${row.b}`)).size;
  if (pairs === 0) return [];
  const kinds = new Set(rows.map((row) => row.pair)).size;
  const said = 'Every module of one network against every module of the other:';
  if (crossLayer !== 'all') return [`${said} the first pair of each kind.`];
  return [`${said} all ${count(pairs, 'pair')}, in the table${kinds < pairs ? '; the map draws the first of each kind' : ''}.`];
}

const KNOWN = [TUNED, SCRATCH, KEPT, 'P-T & RI-T', 'RI-T & P'];

/** Kinds of pairs that a user's own roles make, and those with RI. */
function strangers(rows: readonly CkaRow[]): string | null {
  const defined = rows.filter((row) => row.value !== null && !KNOWN.includes(row.pair));
  return defined.length === 0 ? null : `mean CKA is ${means(defined)}`;
}

/** How much of P the fine-tuned network keeps. */
function kept(rows: readonly CkaRow[]): string | null {
  const own = rows.filter((row) => row.pair === KEPT && row.value !== null).toSorted((x, y) => x.depth - y.depth);
  if (own.length === 0) return null;
  const [first, last] = [own[0]!.module, own.at(-1)!.module];
  const at = (module: string) => `${plain(kindAt(rows, KEPT!, module)!)} in ${module}`;
  return `P-T compared with P has ${first === last ? at(first) : `${at(first)} and ${at(last)}`}`;
}

/** Of one pair, or of several: for how many modules of A, of all of B's, the same module is the most alike. */
interface Diagonal {
  readonly name: string;
  readonly kind: string;
  readonly hits: number;
  readonly modules: number;
}

/** Pair by pair of the map. */
function diagonalsOf({ tables }: Findings): Diagonal[] {
  const rows = rowsOf<CkaLayerRow>(tables, 'layers').filter((row) => row.value !== null);
  return [...new Set(rows.map((row) => `${row.a} & ${row.b}`))].flatMap((name) => {
    const own = rows.filter((row) => `${row.a} & ${row.b}` === name);
    const inBoth = [...new Set(own.map((row) => row.moduleA))].filter((module) => own.some((row) => row.moduleB === module));
    if (inBoth.length < 2) return [];
    const best = (module: string) => own.filter((row) => row.moduleA === module).toSorted((x, y) => y.value! - x.value!)[0]!.moduleB;
    return [{ name, kind: own[0]!.pair, hits: inBoth.filter((module) => best(module) === module).length, modules: inBoth.length }];
  });
}

/** Of several pairs as one. */
const together = (name: string, all: readonly Diagonal[]): Diagonal => ({
  name,
  kind: all[0]!.kind,
  hits: all.reduce((sum, { hits }) => sum + hits, 0),
  modules: all.reduce((sum, { modules }) => sum + modules, 0),
});

function diagonals(findings: Findings): string | null {
  const all = diagonalsOf(findings);
  const begin = 'of all layers of the other network, the same one is the most alike';
  const share = ({ hits, modules }: Diagonal) => `${hits} of ${modules}`;
  if (all.length <= MANY) return all.length === 0 ? null : `${begin} in ${list(all.map((each) => `${share(each)} for ${each.name}`))}`;
  const kinds = [...new Set(all.map(({ kind }) => kind))].map((kind) => together(between(kind), all.filter((each) => each.kind === kind))); // prettier-ignore
  const ascending = kinds.toSorted((x, y) => x.hits / x.modules - y.hits / y.modules);
  const [least, most] = [ascending[0]!, ascending.at(-1)!];
  const pairs = count(all.length, 'pair');
  if (least.hits * most.modules === most.hits * least.modules) return `${begin} in ${share(together('', all))} modules over ${pairs}`;
  return `${begin} in ${share(least)} (${least.name}) to ${share(most)} (${most.name}), over ${pairs}`;
}

export const cka: SectionText = {
  analysis: 'cka',
  title: 'Features',
  question: 'Do the networks compute similar features, and how much of the pre-trained features is kept?',
  answer(findings) {
    const rows = similarities(findings);
    const all = contrasts(rows);
    if (all.length === 0) return `On ${findings.target}, ${alone(rows)}.`;
    const deepest = all.at(-1)!;
    const parts = [
      `${verdict(all)}; mean CKA is ${levels(all, 'tuned')} against ${levels(all, 'scratch')}, in ${deepest.module}, the deepest, ${plain(deepest.tuned)} against ${plain(deepest.scratch)}`,
      kept(rows),
      strangers(rows),
      diagonals(findings),
    ].filter((part) => part !== null);
    return `On ${findings.target}, ${parts.join('; ')}.`;
  },
  cautions(findings) {
    const rows = similarities(findings);
    const cautions: string[] = [];
    const missing = rows.filter((row) => row.value === null);
    if (missing.length > 0) {
      const reasons = [...new Set(missing.map((row) => row.reason ?? 'no reason given'))];
      cautions.push(`CKA is undefined in ${missing.length} of ${rows.length} comparisons: ${list(reasons)}.`);
    }
    const biased = rows.find((row) => row.estimator.startsWith('biased'));
    if (biased) {
      const baseline = `; random features would score ${plain({ value: biased.baseline, low: null, high: null })} in ${biased.module}`;
      cautions.push(`The biased estimator is high where features outnumber images (n = ${biased.n}, p = ${biased.p})${baseline}.`);
    }
    if (rows.some((row) => row.pair.endsWith('& P')))
      cautions.push('P’s head has other classes, so that comparisons with P leave the head out.');
    cautions.push('Similar features need not be used in the same way; CKA ignores rotations and scale of a module’s features.');
    return cautions;
  },
  method(findings, options) {
    const rows = similarities(findings);
    const [first] = rows;
    const estimators = [...new Set(rows.map((row) => row.estimator))];
    return [
      `Linear CKA (Kornblith et al. 2019), HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)), of what leaves each module on the same ${count(first?.n ?? 0, 'test image')}; ${whenOf(first?.at ?? 'final')}.`,
      `Estimator: ${list(estimators) || 'none'}; independent random features would reach p/(p + n) by the biased one, 0 by the debiased one. Feature maps: ${first?.features ?? 'none'}.`,
      ...crossed(findings, options),
      `Intervals: jackknife over images. ${HULL}`,
      'Undefined values (constant features) are left out of means and named.',
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const found = contrasts(similarities(findings));
        if (found.length === 0) return null;
        const at = (sign: Sign) => found.filter((each) => each.sign === sign).length;
        const numbers = `mean CKA ${levels(found, 'tuned')} against ${levels(found, 'scratch')}`;
        const most = found.length / 2;
        if (at('above') > most && at('below') === 0)
          return {
            phrase: 'P-T runs compute more similar features than RI-T runs',
            numbers: `${numbers}, higher in ${at('above')} of ${count(found.length, 'module')}`,
          };
        if (at('below') > most && at('above') === 0)
          return {
            phrase: 'P-T runs compute less similar features than RI-T runs',
            numbers: `${numbers}, lower in ${at('below')} of ${count(found.length, 'module')}`,
          };
        return {
          phrase: 'no clear difference in the similarity of features shows between P-T runs and RI-T runs',
          numbers: `${numbers}, higher in ${at('above')} and lower in ${at('below')} of ${count(found.length, 'module')}`,
        };
      }),
  ],
};
