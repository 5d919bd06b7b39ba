/** What TensorFlow puts around a layer's name. */
const CALL = /^StatefulPartitionedCall\//;
const VARIABLE = /(\/(BiasAdd|Conv2D|FusedBatchNormV3|MatMul|depthwise))?\/ReadVariableOp(_\d+)?(:\d+)?$/;

/**
 * The module that a parameter's name points at: the name up to its first part with a digit, and an index after that ('layer1.0.conv1.weight' →
 * 'layer1.0', 'features.3.conv.0.weight' → 'features.3'), or all but its last part ('fc.weight' → 'fc').
 */
export function moduleOfName(name: string): string {
  const path = VARIABLE.test(name) ? name.replace(CALL, '').replace(VARIABLE, '') : withoutLeaf(name);
  const parts = path.split(/[./]/);
  const numbered = parts.findIndex((part) => /\d/.test(part));
  if (numbered < 0) return parts.join('.');
  const index = /^\d+$/.test(parts[numbered + 1] ?? '') ? 1 : 0;
  return parts.slice(0, numbered + 1 + index).join('.');
}

/** 'layer1.0.conv1.weight' → 'layer1.0.conv1'; a name of one part stays. */
export const withoutLeaf = (name: string): string => (/[./]/.test(name) ? name.replace(/[./][^./]*$/, '') : name);
