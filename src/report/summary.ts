import type { ReportData, Section } from './contract.js';
import { SECTIONS } from './sections/registry.js';

/** The opening summary: what a busy reader needs, each sentence with the section that holds its evidence. */
export function summarize(sections: readonly Section[]): ReportData['summary'] {
  return SECTIONS.flatMap(({ analysis, summary }) => {
    const found = sections.filter((section) => section.analysis === analysis);
    const [first] = found;
    if (!first) return [];
    return summary
      .map((sentence) => sentence(found))
      .filter((text) => text !== null)
      .map((text) => ({ text, section: first.id }));
  });
}
