import type { RunRow } from '../analyses/rows.js';
import type { ReportData, Section } from './contract.js';
import type { Estimate } from './format.js';
import { capital, estimate, list, percent, share, sign } from './format.js';
import type { Findings } from './section-text.js';
import { rowsOf } from './section-text.js';

/** How good one network is on a target's test images, and what naming the largest class would score there (AUC: ½). */
export type Level = Pick<RunRow, 'role' | 'accuracy' | 'low' | 'high' | 'chance'>;

/** Levels of the networks on each target. */
export type Recorded = ReadonlyMap<string, readonly Level[]>;

/** As training recorded them at the last epoch, with an interval and on targets whose chance is known: what stands in for learning curves. */
export function recordedLevels(runs: ReportData['runs'], chances: Readonly<Record<string, number>>): Recorded {
  const levels = Object.entries(chances).map(([target, chance]): [string, Level[]] => {
    const own = runs.filter((run) => run.target === target);
    return [target, own.flatMap(({ role, value, low, high }) => (value === null || low === null || high === null ? [] : [{ role, accuracy: value, low, high, chance }]))]; // prettier-ignore
  });
  return new Map(levels);
}

/** Of the networks that a target's learning curves tell of, at their best and last epoch; without these as recorded. */
export function levelsOf(
  sections: readonly Pick<Section, 'analysis' | 'target' | 'tables'>[],
  target: string,
  recorded: Recorded = new Map(),
): readonly Level[] {
  const own = sections.find((section) => section.analysis === 'learning-curves' && section.target === target);
  const rows = own ? rowsOf<RunRow>(own.tables, 'runs') : [];
  return rows.length > 0 ? rows : (recorded.get(target) ?? []);
}

/** Those of the roles that have levels, none of which is above chance by its interval: what their networks share or lose tells nothing of what they took over. */
export const atChance = (levels: readonly Level[], roles: readonly string[]): string[] =>
  roles.filter((role) => {
    const own = levels.filter((level) => level.role === role);
    return own.length > 0 && own.every(({ low, chance }) => low <= chance);
  });

/** Whether none of the roles that have levels is above chance. */
export function allAtChance(levels: readonly Level[], roles: readonly string[]): boolean {
  const known = roles.filter((role) => levels.some((level) => level.role === role));
  return known.length > 0 && atChance(levels, known).length === known.length;
}

/** 'no P-T or RI-T network on a is above chance (17.0 %), the best reaches 18.0 % (15.2 to 21.1)', of roles that are at chance. */
export function chanceClause(levels: readonly Level[], roles: readonly string[], target: string): string {
  const own = levels.filter(({ role }) => roles.includes(role));
  const best = own.reduce((most, level) => (level.accuracy > most.accuracy ? level : most));
  const who = `no ${list(roles).replace(' and ', ' or ')} network on ${target}`;
  return `${who} is above chance (${share(best.chance)}), the best reaches ${percent(estimate(best.accuracy, best.low, best.high))}`;
}

/** The same as a caution of a section about networks of some roles; none where all learned something. */
export function chanceCaution({ levels = [], target }: Findings, roles: readonly string[] = []): string[] {
  // a summary may speak of RI-T only and leave P-T to the advice; its section speaks of both
  const blind = atChance(levels, roles.includes('RI-T') ? ['P-T', 'RI-T'] : roles);
  return blind.length === 0
    ? []
    : [`${capital(chanceClause(levels, blind, target))}: what they share or lose says nothing of what they took over.`];
}

/**
 * Of mean drops of accuracy P-T − RI-T: says where the role that loses less may only have less to lose, being less accurate by at least as
 * much as it loses less (ours). null: not so, or it is not shown that one loses less.
 */
export function lessToLose({ levels = [], target }: Findings, drop: Estimate): string | null {
  const said = sign(drop);
  if (said !== 'above' && said !== 'below') return null;
  const [meek, other] = said === 'below' ? ['P-T', 'RI-T'] : ['RI-T', 'P-T'];
  const [own, others] = [meanLevel(levels, meek!), meanLevel(levels, other!)];
  if (own === null || others === null || others - own < Math.abs(drop.value)) return null;
  return `${meek} may lose less on ${target} only because it has less to lose: its accuracy is ${share(own)}, that of ${other} ${share(others)}`;
}

function meanLevel(levels: readonly Level[], role: string): number | null {
  const own = levels.filter((level) => level.role === role);
  return own.length === 0 ? null : own.reduce((sum, { accuracy }) => sum + accuracy, 0) / own.length;
}
