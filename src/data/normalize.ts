import { InputError } from '../tensor/input-error.js';
import { optionsOf, show } from '../tensor/options.js';

/** Mean and standard deviation a channel of pixels / 255. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Names for what networks of other libraries were trained with. */
const NAMED: Readonly<Record<string, Normalization>> = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  none: { mean: [0], std: [1] },
};

/** As a study writes it: imagenet, none or { mean, std }, each one number or one a channel. Throws InputError for anything else. */
export function normalizeOption(value: unknown): Normalization {
  if (typeof value === 'string' && Object.hasOwn(NAMED, value)) return NAMED[value]!;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`normalize: must be ${Object.keys(NAMED).join(', ')} or { mean, std }, got ${show(value)}`);
  const { mean, std } = optionsOf('normalize', value, ['mean', 'std']);
  return { mean: numbers('mean', mean, -Infinity), std: numbers('std', std, 0) };
}

function numbers(name: string, value: unknown, above: number): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((each) => typeof each === 'number' && Number.isFinite(each) && each > above)) return list as number[];
  throw new InputError(`normalize: ${name} must be numbers${above === 0 ? ' > 0' : ''}, got ${show(value)}`);
}

/** One number a channel. Throws InputError when there are others. */
export function perChannel({ mean, std }: Normalization, channels: number): Normalization {
  const spread = (name: string, values: readonly number[]) => {
    if (values.length === channels) return values;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
    throw new InputError(`normalize: ${name} must have one number or ${channels}, one a channel, got ${values.length}`);
  };
  return { mean: spread('mean', mean), std: spread('std', std) };
}
