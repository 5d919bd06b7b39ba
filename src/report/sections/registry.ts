import type { SectionText } from '../section-text.js';
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

/** Sections in the order of the report. A new analysis: one file here, one in web/charts/. */
export const SECTIONS: readonly SectionText[] = [
  learningCurves,
  checkpointChoice,
  domainDistance,
  blockShuffle,
  interpolation,
  alignment,
  crossDomain,
  averaging,
  plane,
  basin,
  rewind,
  criticality,
  freezing,
  distance,
  cka,
  mistakes,
];
