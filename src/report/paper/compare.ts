import type { PaperFinding, Section } from '../contract.js';
import { accuracyClaims } from './accuracy.js';
import type { Claim } from './claim.js';
import { basinClaims, moduleClaims } from './modules.js';
import { networkClaims } from './networks.js';
import { sweepClaims } from './sweeps.js';

export const CLAIMS: readonly Claim[] = [...accuracyClaims, ...networkClaims, ...basinClaims, ...moduleClaims, ...sweepClaims];

/** The paper's findings beside a study's rows, finding by finding and target by target; one that no rows speak to is not there. */
export function compareWithPaper(sections: readonly Section[]): PaperFinding[] {
  return CLAIMS.flatMap(({ analysis, claim, paper, judge }) =>
    sections
      .filter((section) => section.analysis === analysis)
      .flatMap((section): PaperFinding[] => {
        const judgement = judge(section);
        return judgement ? [{ claim, paper, target: section.target, ...judgement, section: section.id }] : [];
      }),
  );
}
