import type { Seeds } from '../train/recipe.js';

/** 'P-T.1'; with two different seeds 'P-T.1-2' (init-order). */
export const runName = (role: string, { init, order }: Seeds): string => `${role}.${init === order ? init : `${init}-${order}`}`;
