import type { DatasetSpec } from '../data/dataset.js';
import { sideOf } from '../data/datasets.js';
import type { NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { ownClasses } from '../models/onnx.js';
import { InputError } from '../tensor/input-error.js';

/**
 * Throws InputError where a network cannot take the images of the data set `name`, as long as their side is known before they are read: nothing
 * should be decoded for a network that will be refused. Of images of another size it names the field.
 */
export function mustTakeImages(network: NetworkSpec, name: string, data: DatasetSpec): void {
  const side = sideOf(data);
  if (side === undefined) return;
  const shape = { batch: 1, channels: data['channels'] === 1 ? 1 : 3, height: side, width: side };
  try {
    buildNetwork(network, { ...shape, classes: network.architecture === 'onnx' ? ownClasses(network, shape) : 2 });
  } catch (error) {
    if (error instanceof InputError && /\bimages must be /.test(error.message))
      throw new InputError(`data.${name}: size: ${error.message}`);
    throw error;
  }
}
