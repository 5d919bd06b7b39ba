/**
 * The module a parameter's name points at, by PyTorch's habit: 'layer1.0.conv1.weight' → 'layer1.0', 'fc.weight' → 'fc',
 * 'bias1' → 'bias1'. A guess from the name alone: the file does not say.
 */
export function moduleOf(name: string): string {
  const parts = name.split('.');
  if (parts.length === 1) return name;
  return /^\d+$/.test(parts[1]!) && parts.length > 2 ? `${parts[0]}.${parts[1]}` : parts[0]!;
}

/** Running statistics and counters: kept beside the weights, trained by no gradient. */
export const isBuffer = (name: string): boolean => /(^|\.)(running_mean|running_var|num_batches_tracked)$/.test(name);
