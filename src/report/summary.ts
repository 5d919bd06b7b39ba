import { sharedBasis } from './basis.js';
import type { ReportData, Section } from './contract.js';
import type { Recorded } from './learned.js';
import { atChance, levelsOf } from './learned.js';
import { saidOf } from '../tensor/metric.js';
import { SECTIONS } from './sections/registry.js';

/** The opening summary: what a busy reader needs, each sentence with the section that holds its evidence. */
export function summarize(sections: readonly Section[], recorded?: Recorded): ReportData['summary'] {
  return SECTIONS.flatMap(({ analysis, roles = [], summary }) => {
    const found = sections
      .map((section) => ({ ...section, levels: levelsOf(sections, section.target, recorded) }))
      .filter((section) => section.analysis === analysis && atChance(section.levels, roles).length === 0);
    const [first] = found;
    if (!first) return [];
    // targets with another metric have sentences of their own
    return (['accuracy', 'AUC'] as const).flatMap((metric) => {
      const own = found.filter((section) => section.metric === metric);
      return summary.flatMap((sentence) => {
        const text = own.length > 0 ? sentence(own) : null;
        if (text === null) return [];
        // of a target that has nothing to say the sentence is silent
        return [{ text: saidOf(text, metric), basis: sharedBasis(own.filter((each) => sentence([each]) !== null)), section: first.id }];
      });
    });
  });
}
