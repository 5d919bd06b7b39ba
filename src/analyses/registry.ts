import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import { optionsOf } from '../tensor/options.js';
import type * as contract from './analysis.js';
import { alignment } from './alignment.js';
import { averaging } from './averaging.js';
import { basin } from './basin.js';
import { blockShuffle } from './block-shuffle.js';
import { checkpointChoice } from './checkpoint-choice.js';
import { cka } from './cka.js';
import { criticality } from './criticality.js';
import { crossDomain } from './cross-domain.js';
import { distance } from './distance.js';
import { domainDistance } from './domain-distance.js';
import { freezing } from './freezing.js';
import { interpolation } from './interpolation.js';
import { learningCurves } from './learning-curves.js';
import { mistakes } from './mistakes.js';
import { plane } from './plane.js';
import { rewind } from './rewind.js';

/** Every analysis by its name, in the order in which a plan lists them. A new one: one file, one line here. */
export const analyses = Object.fromEntries(
  [
    learningCurves,
    mistakes,
    cka,
    distance,
    interpolation,
    averaging,
    plane,
    domainDistance,
    rewind,
    criticality,
    freezing,
    blockShuffle,
    checkpointChoice,
    alignment,
    basin,
    crossDomain,
  ].map((each) => [each.name, each as contract.Analysis]),
) as Readonly<Record<string, contract.Analysis>>;

/** What a study gets that lists none: all but those that train many networks of their own. */
export const DEFAULT_ANALYSES: readonly string[] = Object.values(analyses)
  .filter(({ onRequest = false }) => !onRequest)
  .map(({ name }) => name);

/** Throws InputError for an unknown name, listing what exists. */
export function findAnalysis(name: string): contract.Analysis {
  const found = Object.hasOwn(analyses, name) ? analyses[name] : undefined;
  if (!found) throw new InputError(`analyses: ${unknownName('analysis', name, Object.keys(analyses))}`);
  return found;
}

/**
 * The analysis' defaults with what a study wrote laid over them, checked.
 * Throws InputError for an option that does not exist (suggesting the nearest) or breaks a rule.
 */
export function resolveOptions(analysis: contract.Analysis, written: Readonly<Record<string, unknown>>): object {
  const options = { ...analysis.options, ...optionsOf(analysis.name, written, Object.keys(analysis.options)) };
  analysis.check?.(options);
  return options;
}
