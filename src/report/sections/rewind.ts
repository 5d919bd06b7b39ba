import type { RewindContrastRow, RewindRoleRow, RewindRow } from '../../analyses/rows.js';
import type { Sign } from '../format.js';
import { count, estimate, flipped, list, over, points, pointsInBrackets, sign } from '../format.js';
import { lessToLose } from '../learned.js';
import type { Findings, SectionText } from '../section-text.js';
import { bootstrapOf, byVerdict, HULL, rolesIn, rowsOf, statisticsOf, whenOf } from '../section-text.js';

const modules = ({ tables }: Findings) => rowsOf<RewindRow>(tables, 'modules');

/** Sentences speak of the earliest epoch that modules were set back to. */
function earliest<T extends { readonly to: number }>(rows: readonly T[]): readonly T[] {
  const first = Math.min(...rows.map((row) => row.to));
  return rows.filter((row) => row.to === first);
}
const rolesOf = ({ tables }: Findings) => earliest(rowsOf<RewindRoleRow>(tables, 'roles'));
const bodyContrast = ({ tables }: Findings) =>
  earliest(rowsOf<RewindContrastRow>(tables, 'contrasts')).find((row) => row.module === '') ?? null;
const apartOf = (row: RewindContrastRow) => estimate(row.difference, row.low, row.high);

const startOf = (to: number) => (to === 0 ? 'the start' : `epoch ${to}`);

function contrast(row: RewindContrastRow): string {
  const levels = `${points({ value: row.pretrained, low: null, high: null })} of accuracy for P-T and ${points({ value: row.random, low: null, high: null })} for RI-T`;
  const begin = `setting one module of the body back to ${startOf(row.to)} costs on average ${levels}`;
  const apart = apartOf(row);
  switch (sign(apart)) {
    case 'below':
      return `${begin}: P-T is less critical, by ${points(flipped(apart))}`;
    case 'above':
      return `${begin}: P-T is more critical, by ${points(apart)}`;
    case 'undecided':
    case 'unknown':
      return `${begin}; no difference shows (${pointsInBrackets(apart)}), it is undecided which is more critical`;
  }
}

/** The module of the body that a role's runs lose most by; another whose interval reaches as high is named beside it. */
function worst(rows: readonly RewindRow[], role: string): string | null {
  const own = earliest(rows).filter((row) => row.role === role && !row.head);
  const found = [...new Set(own.map((row) => row.module))]
    .map((module) => ({
      module,
      drop: over(
        own.filter((row) => row.module === module),
        (row) => row.drop,
        (row) => row.dropLow,
        (row) => row.dropHigh,
      )!,
    }))
    .sort((a, b) => b.drop.value - a.drop.value);
  const [first, ...rest] = found;
  if (!first) return null;
  if (first.drop.low === null || first.drop.low <= 0) return `no module of ${role} stands out`;
  const near = rest.filter(({ drop }) => drop.high !== null && drop.high > first.drop.value).map(({ module }) => module);
  const beside = near.length > 0 ? `, which ${list(near)} may equal` : '';
  return `the most critical of ${role} is ${first.module}, ${points(first.drop)}${beside}`;
}

/** Where statistics on record tell another story than those taken anew, module by module and in points. */
function furthest({ tables }: Findings): string | null {
  const [rows, raw] = [earliest(rowsOf<RewindRow>(tables, 'modules')), earliest(rowsOf<RewindRow>(tables, 'raw'))];
  const apart = rows.map((row, i) => ({ row, raw: raw[i]! })).filter(({ row, raw: other }) => other && !row.head);
  const [most] = apart.toSorted((a, b) => Math.abs(b.raw.drop - b.row.drop) - Math.abs(a.raw.drop - a.row.drop));
  if (!most) return null;
  const [anew, old] = [most.row, most.raw].map((row) => points(estimate(row.drop, row.dropLow, row.dropHigh)));
  return `With the BatchNorm statistics on record instead of new ones drops differ by up to ${points({ value: Math.abs(most.raw.drop - most.row.drop), low: null, high: null })}: ${most.row.module} of ${most.row.run} loses ${anew} with new ones, ${old} with its old ones.`;
}

const GROWTH: Readonly<Record<Sign, string>> = {
  above: 'grow from input to output',
  below: 'shrink from input to output',
  undecided: 'neither grow nor shrink clearly with depth',
  unknown: 'have no trend',
};
function trend(row: RewindRoleRow): string | null {
  if (row.growth === null) return null;
  const growth = estimate(row.growth, row.growthLow, row.growthHigh);
  return `drops of ${row.role} ${GROWTH[sign(growth)]} (later half minus earlier ${pointsInBrackets(growth)})`;
}

export const rewind: SectionText = {
  analysis: 'rewind',
  title: 'Module criticality: rewind',
  question: 'Which modules did training really need to change?',
  answer(findings) {
    const [rows, roles, apart] = [modules(findings), rolesOf(findings), bodyContrast(findings)];
    if (rows.length === 0) return `On ${findings.target}, there is no trained run whose modules could be set back.`;
    const single = roles.map(
      (row) =>
        `setting one module of the body back to ${startOf(row.to)} costs ${row.role} on average ${points(estimate(row.drop, row.low, row.high))} of accuracy`,
    );
    const parts = [...(apart ? [contrast(apart)] : single), ...rolesIn(rows).map((role) => worst(rows, role)), ...roles.map(trend)];
    return `On ${findings.target}, ${parts.filter((part) => part !== null).join('; ')}.`;
  },
  cautions(findings) {
    const rows = modules(findings);
    const cautions = [
      'One module at a time: modules that seem not to matter may still matter together.',
      'A module can be set back without loss because training hardly moved it, or because the others do not depend on how it moved; the table says which moved.',
    ];
    if (rows.some((row) => row.head))
      cautions.push(
        'The head starts at random in every run, so that means over the body leave it out and its drop says nothing of transfer.',
      );
    const apart = bodyContrast(findings);
    const less = apart && lessToLose(findings, apartOf(apart));
    if (less) cautions.push(`${less}.`);
    const torn = furthest(findings);
    if (torn !== null) cautions.push(torn);
    const runs = new Map(rolesIn(rows).map((role) => [role, new Set(rows.filter((row) => row.role === role).map((row) => row.run)).size]));
    const lone = [...runs].filter(([, n]) => n === 1).map(([role]) => role);
    if (lone.length > 0) cautions.push(`There is one run of ${list(lone)}: intervals cover the choice of images, not that of seeds.`);
    return cautions;
  },
  method(findings, options) {
    const rows = modules(findings);
    const epochs = [...new Set(rows.map((row) => row.to))].sort((a, b) => a - b);
    const to =
      epochs.length === 1 && epochs[0] === 0 ? 'its value at the start of the run' : `its value at epoch ${list(epochs.map(String))}`;
    return [
      `One module at a time is set to ${to}, all others stay as trained (${whenOf(rows[0]?.at ?? 'final')}); drop is the accuracy of the whole network minus that, on the same ${count(rows[0]?.n ?? 0, `${rows[0]?.split ?? 'test'} image`)}.`,
      'The start of P-T is the body of P under the fresh head that the run began with.',
      ...(findings.tables['raw']
        ? [
            `BatchNorm statistics are taken anew for every network, the whole one too: ${statisticsOf(options)}. Table raw has the same with the statistics on record, where a module brings its own back.`,
          ]
        : []),
      `Intervals: paired ${bootstrapOf(options)}, the same draws for all modules and runs. ${HULL.replace('pairs', 'runs')}`,
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const row = bodyContrast(findings);
        if (!row) return null;
        const apart = apartOf(row);
        const numbers = (of = apart) => `${pointsInBrackets(of)} a module set back to ${startOf(row.to)}`;
        switch (sign(apart)) {
          case 'below':
            return { phrase: 'the modules of P-T are less critical than those of RI-T', numbers: numbers(flipped(apart)) };
          case 'above':
            return { phrase: 'the modules of P-T are more critical than those of RI-T', numbers: numbers() };
          case 'undecided':
          case 'unknown':
            return { phrase: 'whether the modules of P-T or of RI-T are more critical is undecided', numbers: numbers() };
        }
      }),
  ],
};
