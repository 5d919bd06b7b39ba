import { capital, list } from '../format.js';
import type { Answer, Evidence } from './question.js';

// What to add where a question has no rows that answer it: only what the study could have.

/** A network that the study has on a target, or for all of them. */
export interface Network {
  readonly role: string;
  /** It was trained elsewhere: its epochs are not on record, and nothing can be trained as it was. */
  readonly elsewhere: boolean;
}

/** What is not in the study; `needs`: the analyses that would have told, whose own reason is better where they are absent. */
export const notMeasured = (text: string, needs: readonly string[] = []): Answer => ({
  verdict: 'not measured',
  text,
  confidence: 'none',
  because: 'nothing was measured',
  analyses: [],
  needs,
});

const ONE: Readonly<Record<string, string>> = { 'P-T': 'a P-T network', 'RI-T': 'an RI-T network' };

/** Networks of some roles, `each` of every one, are not there: says so; null where they are. */
export function withoutNetworks({ networks }: Evidence, roles: readonly string[], each = 1): Answer | null {
  const lacking = roles.filter((role) => networks.filter((network) => network.role === role).length < each);
  if (lacking.length === 0) return null;
  const some = lacking.map((role) => (each === 1 ? (ONE[role] ?? role) : `${each} ${role} networks`));
  return notMeasured(`Needs ${list(some)}${lacking.every((role) => role === 'P') ? '' : ' on this target'}.`);
}

/** Some of the roles, or whatever is there, were trained elsewhere, and what it takes is only known of networks that are trained here: says so; null where none was. */
export function trainedElsewhere({ networks }: Evidence, roles: readonly string[], takes: string): Answer | null {
  const foreign = roles.filter((role) => networks.some((network) => network.role === role && network.elsewhere));
  const all = networks.length > 0 && networks.every(({ elsewhere }) => elsewhere);
  if (foreign.length === 0 && !all) return null;
  const who = foreign.length === 0 ? 'all networks' : list(foreign);
  return notMeasured(`Cannot be told: ${takes}, and ${who} ${foreign.length === 1 ? 'was' : 'were'} trained elsewhere.`);
}

/** Analyses that the study could have and has not: those to add, and those that it asks for and that are not done. */
export function withoutAnalyses({ has, unfinished }: Evidence, analyses: readonly string[], takes = ''): Answer {
  const missing = analyses.filter((name) => !has(name));
  if (missing.length === 0) return notMeasured(`${capital(list(analyses))} found nothing that answers it.`, analyses);
  const [pending, unasked] = [missing.filter(unfinished), missing.filter((name) => !unfinished(name))];
  // those of one kind have just been named
  const named = (some: readonly string[], one: string, more: string) =>
    some.length < missing.length ? list(some) : some.length === 1 ? one : more;
  const parts = [
    ...(unasked.length > 0 ? [`add ${named(unasked, 'it', 'them')} to the analyses`] : []),
    ...(pending.length > 0 ? [`${named(pending, 'it', 'they')} ${pending.length === 1 ? 'is' : 'are'} asked for and not done`] : []),
  ];
  return notMeasured(`Needs the results of ${list(missing)}${takes === '' ? '' : `, ${takes}`}: ${parts.join('; ')}.`, analyses);
}
