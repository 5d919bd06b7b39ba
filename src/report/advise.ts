import { average } from './advice/average.js';
import { toTheEnd } from './advice/checkpoint.js';
import { freeze } from './advice/freeze.js';
import { forAccuracy, forSpeed } from './advice/pre-train.js';
import type { Network } from './advice/missing.js';
import type { Answer, Evidence, Question } from './advice/question.js';
import type { AbsentRow } from '../analyses/absent.js';
import type { Advice, Section } from './contract.js';
import { capital, list } from './format.js';
import type { Level, Recorded } from './learned.js';
import { allAtChance, atChance, chanceClause, levelsOf } from './learned.js';

/** In the order in which a reader decides. A new question: one file in advice/, one line here. */
export const QUESTIONS: readonly Question[] = [forAccuracy, forSpeed, toTheEnd, freeze, average];

/** An analysis that the study asks for on a target. */
export type Asked = Pick<Section, 'analysis' | 'target'>;

/** What to do, question by question and target by target: a pure function of the sections' rows. */
export function advise(
  sections: readonly Pick<Section, 'id' | 'analysis' | 'target' | 'tables' | 'options' | 'retrained'>[],
  absent: readonly (AbsentRow & { readonly analysis: string })[] = [],
  networks: readonly (Network & { readonly target: string })[] = [],
  unfinished: readonly Asked[] = [],
  recorded?: Recorded,
): Advice[] {
  const targets = [...new Set(sections.map(({ target }) => target))].filter((target) => target !== '');
  return QUESTIONS.flatMap(({ title, roles, answer }) =>
    targets.map((target): Advice => {
      const own = sections.filter((section) => section.target === target);
      const evidence: Evidence = {
        target,
        rows: <T>(analysis: string, table: string) =>
          (own.find((section) => section.analysis === analysis)?.tables[table] as readonly T[] | undefined) ?? null,
        has: (analysis) => own.some((section) => section.analysis === analysis),
        unfinished: (analysis) => unfinished.some((each) => each.analysis === analysis && each.target === target),
        networks: networks.filter((network) => ['', target].includes(network.target)),
        options: (analysis) => own.find((section) => section.analysis === analysis)?.options ?? {},
        retrained: (analysis) => own.find((section) => section.analysis === analysis)?.retrained,
      };
      const { analyses, needs = [], ...said } = learned(answer(evidence), levelsOf(own, target, recorded), roles, target);
      // what an analysis lacks in part is no reason for what another would have told
      const why = absent.find((row) => row.target === target && row.what === '' && needs.includes(row.analysis))?.reason;
      const found = analyses.flatMap((name) => own.filter((section) => section.analysis === name).map(({ id }) => id));
      return { question: title, target, ...said, ...(why === undefined ? {} : { text: `${capital(why)}.` }), sections: found };
    }),
  );
}

/** The answer, unless the networks that it is about learned nothing. */
function learned(answer: Answer, levels: readonly Level[], roles: readonly string[], target: string): Answer {
  if (answer.verdict === 'not measured' || !allAtChance(levels, roles)) return answer;
  return {
    verdict: 'undecided',
    text: `Cannot be told: ${chanceClause(levels, atChance(levels, roles), target)}. Train for longer, or otherwise, first.`,
    confidence: 'none',
    because: 'what networks that learned nothing share or lose says nothing of what they took over',
    analyses: ['learning-curves', ...answer.analyses.filter((name) => name !== 'learning-curves')],
  };
}

/** The advice as a few lines of text: a line a question, targets of one verdict together; last what was not measured. */
export function adviceLines(advice: readonly Advice[]): string[] {
  const questions = [...new Set(advice.map(({ question }) => question))];
  const measured = questions.flatMap((question) => {
    const own = advice.filter((each) => each.question === question && each.verdict !== 'not measured');
    return own.map(({ target, verdict, text, confidence }) => {
      const sure = confidence === 'none' ? '' : ` (confidence: ${confidence})`;
      return `${question} On ${target}: ${verdict}${sure}. ${text}`;
    });
  });
  const missing = advice.filter(({ verdict }) => verdict === 'not measured');
  const unasked = unmeasured(missing).map(({ question, targets, text }) => `${question} Not measured on ${list(targets)}. ${text}`);
  return [...measured, ...unasked];
}

/** What was not measured, question by question; targets that lack the same together. */
export function unmeasured(
  advice: readonly Pick<Advice, 'question' | 'target' | 'text' | 'verdict'>[],
): { readonly question: string; readonly targets: readonly string[]; readonly text: string }[] {
  const missing = advice.filter(({ verdict }) => verdict === 'not measured');
  return [...new Set(missing.map(({ question }) => question))].flatMap((question) => {
    const own = missing.filter((each) => each.question === question);
    const texts = [...new Set(own.map(({ text }) => text))];
    return texts.map((text) => ({ question, text, targets: own.filter((each) => each.text === text).map(({ target }) => target) }));
  });
}
