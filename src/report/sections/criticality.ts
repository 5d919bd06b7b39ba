import type { CriticalityModuleRow, CriticalityNetworkRow } from '../../analyses/rows.js';
import { compareOnGrid, count, estimate, list, share, sized, sizedInBrackets } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { bootstrapOf, byVerdict, rowsOf, statisticsOf, whenOf } from '../section-text.js';

/** Sentences speak of the straight line, and of the first scale that was asked for. */
function told<T extends { readonly path: string; readonly scale: string }>(rows: readonly T[]): readonly T[] {
  const path = rows.some((row) => row.path === 'direct') ? 'direct' : rows[0]?.path;
  const scale = rows.find((row) => row.path === path)?.scale;
  return rows.filter((row) => row.path === path && row.scale === scale);
}
const modules = ({ tables }: Findings) => told(rowsOf<CriticalityModuleRow>(tables, 'modules'));
const networks = ({ tables }: Findings) => told(rowsOf<CriticalityNetworkRow>(tables, 'networks'));

const muOf = (row: { readonly mu: number | null; readonly low: number | null; readonly high: number | null }) =>
  estimate(row.mu ?? NaN, row.low, row.high);

/** Sum over modules of every run that has one, and how the roles compare. */
function sums(rows: readonly CriticalityNetworkRow[]): string | null {
  const known = rows.filter((row) => row.mu !== null);
  if (known.length === 0) return null;
  const said = known.map((row) => `${sized(muOf(row))} for ${row.run}`);
  const verdict = verdictOf(rows);
  return `network criticality is ${list(said)}${verdict ? `: ${PHRASES[verdict]}` : ''}`;
}

const SCALES: Readonly<Record<string, string>> = { relative: 'multiples of the module’s RMS weight', absolute: 'the weights’ own unit' };
const PATHS: Readonly<Record<string, string>> = { direct: 'on the straight line', optimization: 'along the saved checkpoints' };

/** What network criticality is by the paths and scales that sentences do not speak of. */
function elsewhere(findings: Findings): string[] {
  const spoken = networks(findings);
  const rows = rowsOf<CriticalityNetworkRow>(findings.tables, 'networks').filter((row) => !spoken.includes(row));
  const surfaces = new Map(rows.map(({ path, scale }) => [`${path} ${scale}`, { path, scale }]));
  const clauses = [...surfaces.values()].map(({ path, scale }) => {
    const own = rows.filter((row) => row.path === path && row.scale === scale);
    const said = own.map((row) => (row.mu === null ? `undefined for ${row.run}` : `${sized(muOf(row))} for ${row.run}`));
    return `${PATHS[path]} with σ in ${SCALES[scale]} ${list(said)}`;
  });
  return clauses.length === 0 ? [] : [`By the other paths and scales network criticality is: ${clauses.join('; ')}.`];
}

type Verdict = 'below' | 'above' | 'undecided';
const PHRASES: Readonly<Record<Verdict, string>> = {
  below: 'P-T is less critical than RI-T',
  above: 'P-T is more critical than RI-T',
  undecided: 'the intervals show no difference, it is undecided which is more critical',
};
/** Decided when every P-T run lies on the same side of every RI-T run; null where a role has no sum. */
function verdictOf(rows: readonly CriticalityNetworkRow[]): Verdict | null {
  const ofRole = (role: string) => rows.filter((row) => row.role === role && row.mu !== null).map(muOf);
  const [tuned, scratch] = [ofRole('P-T'), ofRole('RI-T')];
  if (tuned.length === 0 || scratch.length === 0) return null;
  const signs = new Set(tuned.flatMap((p) => scratch.map((r) => compareOnGrid(p, r))));
  const [sign] = signs;
  return signs.size === 1 && (sign === 'above' || sign === 'below') ? sign : 'undecided';
}

/** The module of a run with the largest μ, and those that no noise leaves as they are. */
function worst(rows: readonly CriticalityModuleRow[], run: string): string | null {
  const own = rows.filter((row) => row.run === run);
  const missing = own.filter((row) => row.mu === null).map((row) => row.module);
  const [first] = own.filter((row) => row.mu !== null).toSorted((a, b) => b.mu! - a.mu!);
  const parts = [
    first && first.mu! > 0 ? `most critical in ${run} is ${first.module}, ${sized(muOf(first))}` : null,
    first && first.mu === 0 ? `no module of ${run} is critical: each can be set back to its start under noise` : null,
    missing.length > 0 ? `${list(missing)} of ${run} ${missing.length === 1 ? 'has' : 'have'} no feasible cell` : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(', and ') : null;
}

export const criticality: SectionText = {
  analysis: 'criticality',
  split: 'train',
  title: 'Module criticality: path',
  question: 'How far can each module be moved back to its start, and how much noise does it bear, before training error rises?',
  answer(findings) {
    const rows = modules(findings);
    if (rows.length === 0) return `On ${findings.target}, there is no trained run whose modules could be moved.`;
    const runs = [...new Set(rows.map((row) => row.run))];
    const parts = [sums(networks(findings)), ...runs.map((run) => worst(rows, run))].filter((part) => part !== null);
    return `On ${findings.target}, ${parts.join('; ')}.`;
  },
  cautions(findings) {
    const rows = modules(findings);
    const all = rowsOf<CriticalityModuleRow>(findings.tables, 'modules');
    const cautions = [
      'μ depends on the grid, on ε and on the images: compare values of one table, not of different studies. The least of many noisy estimates is biased downwards.',
    ];
    const name = (row: CriticalityModuleRow) => `${row.module} of ${row.run}`;
    cautions.push(...elsewhere(findings));
    const open = networks(findings).filter(({ mu, low, high }) => mu !== null && low !== null && high === null);
    if (open.length > 0)
      cautions.push(
        `Network criticality of ${list(open.map(({ run }) => run))} has no upper bound: in more than 1 of 40 resamples of the images a module has no feasible cell.`,
      );
    const edges = rows.filter((row) => row.edge);
    if (edges.length > 0)
      cautions.push(`On the edge of the grid of σ, where a wider grid could find another value: ${list(edges.map(name))}.`);
    const missing = rows.filter((row) => row.mu === null);
    if (missing.length > 0)
      cautions.push(
        `No feasible cell: even the least noise raises the error over ε in ${list(missing.map(name))}; a smaller \`smallest\` may help.`,
      );
    const still = rows.filter((row) => row.reason?.startsWith('training did not move'));
    if (still.length > 0) cautions.push(`Training did not move ${list(still.map(name))}: μ = 0.`);
    if (all.length > 0 && !all.some((row) => row.path === 'optimization'))
      cautions.push('The path along the saved checkpoints is left out where a run kept fewer than four (recipe: checkpoints).');
    const runs = new Set(rows.map((row) => row.run)).size;
    const roles = new Set(rows.map((row) => row.role)).size;
    if (runs > 0 && runs === roles) cautions.push('There is one run a role: intervals cover the choice of images, not that of seeds.');
    return cautions;
  },
  method(findings, options) {
    const rows = modules(findings);
    const [first] = rows;
    const all = rowsOf<CriticalityModuleRow>(findings.tables, 'modules');
    const scales = [...new Set(all.map((row) => row.scale))].map((scale) => SCALES[scale]!);
    const several = scales.length > 1 ? `; sentences and charts have ${SCALES[first!.scale]!}` : '';
    return [
      `μ = min ‖θ^α − θ⁰‖²/σ² over cells (α, σ) in which the mean 0-1 training error of the network with this module at θ^α + u, u ~ N(0, σ²I), all others as trained (${whenOf(first?.at ?? 'final')}), is at most ε (Chatterji et al. 2020). θ^α runs along the straight line from the start of the run to its end, or along its saved checkpoints.`,
      `ε is the training error at the end plus ${share(typeof options['slack'] === 'number' ? options['slack'] : 0)}, on the same ${count(first?.n ?? 0, 'training image')} in every cell; ${count(first?.draws ?? 0, 'draw')} of u, ${options['noise'] === 'independent' ? 'its own in every cell' : 'the same in every cell (common random numbers)'}. σ lies on a logarithmic grid in ${scales.join(', and on one in ')}${several}.`,
      ...(findings.tables['raw']
        ? [
            `BatchNorm statistics are taken anew ${options['batchNorm'] === 'draw' ? 'for every draw' : 'at every θ^α, before noise'}: ${statisticsOf(options)}. Table raw has μ with the statistics on record, the module’s own moving along its path.`,
          ]
        : []),
      `Network criticality is the sum over modules. Intervals: ${bootstrapOf(options)}, the same for all modules; they hold the draws fixed.`,
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const rows = networks(findings);
        const verdict = verdictOf(rows);
        if (!verdict) return null;
        const known = rows.filter((row) => row.mu !== null);
        const numbers = `network criticality: ${known.map((row) => `${row.run} ${sizedInBrackets(muOf(row))}`).join('; ')}`;
        const phrase = verdict === 'undecided' ? 'which of P-T and RI-T has the lower network criticality is undecided' : PHRASES[verdict];
        return { phrase: verdict === 'undecided' ? phrase : `by path criticality ${phrase}`, numbers };
      }),
  ],
};
