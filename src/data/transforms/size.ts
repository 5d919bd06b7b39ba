import { InputError } from '../../tensor/input-error.js';
import { integerOption, show } from '../../tensor/options.js';

/** A side, or [height, width], as a study writes it. */
export function sizeOption(what: string, value: unknown): { readonly height: number; readonly width: number } {
  if (!Array.isArray(value)) {
    const side = integerOption(what, value, 1);
    return { height: side, width: side };
  }
  if (value.length !== 2) throw new InputError(`${what}: must be a side or [height, width], got ${show(value)}`);
  return { height: integerOption(what, value[0], 1), width: integerOption(what, value[1], 1) };
}
