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
      const said = own.length > 0 ? summary.map((sentence) => sentence(own)).filter((text) => text !== null) : [];
      return said.map((text) => ({ text: saidOf(text, metric), section: first.id }));
    });
  });
}
