import { dirname, resolve } from 'node:path';
import { checkStudy } from '../study/parse.js';
import { planStudy } from '../study/plan.js';
import { InputError } from '../tensor/input-error.js';
import type { OpenedStudy } from './study-file.js';

/** Checks and plans the study that a command line made, before it is written to `file`. Throws InputError that names the options. */
export async function openCompared(text: string, file: string): Promise<OpenedStudy> {
  const checked = checkStudy(text, file);
  if ('problems' in checked) {
    const lines = new Set(checked.problems.map(({ message }) => inOptions(message)));
    throw new InputError([...lines].join('\n'));
  }
  try {
    return { study: checked.study, plan: await planStudy(checked.study, { base: dirname(resolve(file)) }) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message.split('\n').map((line) => (placed(line) ? inOptions(line) : line)).join('\n')); // prettier-ignore
  }
}

/** What an option becomes in the study: the first whose place fits. */
const OPTIONS: readonly { readonly place: RegExp; readonly option: string }[] = [
  { place: /^[^:]*\.map\b/, option: '--map' },
  { place: /^data\.[^:]*: normalize\b/, option: '--normalize' },
  { place: /^network\b/, option: '--network' },
  { place: /^data\b/, option: '-o' },
  { place: /^(pretrain|initial|arms)\b/, option: '--checkpoint' },
  { place: /^analyses\b/, option: '--analyses' },
];

const placed = (message: string) => OPTIONS.find(({ place }) => place.test(message));

/** 'network: fixup-resnet: depth …' → 'compare: --network: fixup-resnet: depth …'. */
function inOptions(message: string): string {
  const found = placed(message);
  return found ? `compare: ${found.option}: ${message.replace(/^[^:]*: /, '')}` : `compare: ${message}`;
}
