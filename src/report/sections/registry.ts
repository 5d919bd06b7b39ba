import type { SectionText } from '../section-text.js';
<<<<<<< HEAD
import { averaging } from './averaging.js';
=======
import { blockShuffle } from './block-shuffle.js';
import { checkpointChoice } from './checkpoint-choice.js';
>>>>>>> dfb044a (Feature reuse and choice of checkpoints by trainings of their own; the paper's findings beside a study's; its experiments as studies)
import { cka } from './cka.js';
import { distance } from './distance.js';
import { interpolation } from './interpolation.js';
import { learningCurves } from './learning-curves.js';
import { mistakes } from './mistakes.js';
import { plane } from './plane.js';
import { rewind } from './rewind.js';

/** Sections in the order of the report. A new analysis: one file here, one in web/charts/. */
<<<<<<< HEAD
export const SECTIONS: readonly SectionText[] = [learningCurves, interpolation, averaging, plane, rewind, distance, cka, mistakes];
=======
export const SECTIONS: readonly SectionText[] = [
  learningCurves,
  checkpointChoice,
  blockShuffle,
  interpolation,
  plane,
  rewind,
  distance,
  cka,
  mistakes,
];
>>>>>>> dfb044a (Feature reuse and choice of checkpoints by trainings of their own; the paper's findings beside a study's; its experiments as studies)
