import { figures as alignment } from './alignment.js';
import { figures as averaging } from './averaging.js';
import { figures as basin } from './basin.js';
import { figures as blockShuffle } from './block-shuffle.js';
import { figures as checkpointChoice } from './checkpoint-choice.js';
import { figures as cka } from './cka.js';
import { figures as criticality } from './criticality.js';
import { figures as crossDomain } from './cross-domain.js';
import { figures as distance } from './distance.js';
import { figures as domainDistance } from './domain-distance.js';
import type { Figure } from './figure.js';
import { figures as freezing } from './freezing.js';
import { figures as interpolation } from './interpolation.js';
import { figures as learningCurves } from './learning-curves.js';
import { figures as mistakes } from './mistakes.js';
import { figures as plane } from './plane.js';
import { figures as rewind } from './rewind.js';

/** Figures of every analysis by its name. A new analysis: one file here, one in report/sections/. */
export const CHARTS: Readonly<Record<string, readonly Figure[]>> = {
  'block-shuffle': blockShuffle,
  'checkpoint-choice': checkpointChoice,
  'learning-curves': learningCurves,
  mistakes,
  cka,
  distance,
  interpolation,
  plane,
  'cross-domain': crossDomain,
  basin,
  alignment,
  rewind,
  criticality,
  averaging,
  'domain-distance': domainDistance,
  freezing,
};
