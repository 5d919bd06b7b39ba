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

/** Some of the roles were trained elsewhere, and what it takes is only known of networks that are trained here: says so; null where none was. */
export function trainedElsewhere({ networks }: Evidence, roles: readonly string[], takes: string): Answer | null {
  const foreign = roles.filter((role) => networks.some((network) => network.role === role && network.elsewhere));
  if (foreign.length === 0) return null;
  return notMeasured(`Cannot be told: ${takes}, and ${list(foreign)} ${foreign.length === 1 ? 'was' : 'were'} trained elsewhere.`);
}

/** Analyses that the study could have and has not. */
export function withoutAnalyses({ has }: Evidence, analyses: readonly string[], takes = ''): Answer {
  const missing = analyses.filter((name) => !has(name));
  const what = list(missing.length > 0 ? missing : analyses);
  const how = takes === '' ? '' : `, ${takes}`;
  const it = missing.length === 1 ? 'it' : 'them';
  const text =
    missing.length > 0
      ? `Needs the results of ${what}${how}: add ${it} to the analyses.`
      : `${capital(what)} found nothing that answers it.`;
  return notMeasured(text, analyses);
}
