import type { PaperFinding, Section } from '../contract.js';
import { accuracyClaims } from './accuracy.js';
import type { Recorded } from '../learned.js';
import { allAtChance, atChance, chanceClause, levelsOf } from '../learned.js';
import type { Claim, Judgement } from './claim.js';
import { basinClaims, moduleClaims } from './modules.js';
import { networkClaims } from './networks.js';
import { sweepClaims } from './sweeps.js';

export const CLAIMS: readonly Claim[] = [...accuracyClaims, ...networkClaims, ...basinClaims, ...moduleClaims, ...sweepClaims];

/** The paper's findings beside a study's rows, finding by finding and target by target; one that no rows speak to is not there. */
export function compareWithPaper(sections: readonly Section[], recorded?: Recorded): PaperFinding[] {
  return CLAIMS.flatMap(({ analysis, claim, paper, roles, any, judge }) =>
    sections
      .filter((section) => section.analysis === analysis)
      .flatMap((section): PaperFinding[] => {
        const { target, id } = section;
        const levels = levelsOf(sections, target, recorded);
        const judgement = judge({ ...section, levels });
        if (!judgement) return [];
        const blind = any && !allAtChance(levels, roles) ? [] : atChance(levels, roles);
        const learned: Judgement =
          blind.length === 0
            ? judgement
            : { verdict: 'undecided', measured: `${judgement.measured}; ${chanceClause(levels, blind, target)}` };
        return [{ claim, paper, target, ...learned, section: id }];
      }),
  );
}
