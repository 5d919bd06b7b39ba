import type { DatasetSpec } from '../data/dataset.js';
import { sideOf } from '../data/datasets.js';
import type { NetworkShape, NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { ownClasses } from '../models/onnx.js';
import { InputError } from '../tensor/input-error.js';

/**
 * Throws InputError where a network cannot take the images of the data set `name`, as long as their side is known before they are read: nothing
 * should be decoded for a network that will be refused. Of images of another size it names the field.
 */
export function mustTakeImages(network: NetworkSpec, name: string, data: DatasetSpec): void {
  const shape = imageShape(data);
  if (!shape) return;
  try {
    buildNetwork(network, { ...shape, classes: classesToBuild(network, shape) });
  } catch (error) {
    if (error instanceof InputError && /\bimages must be /.test(error.message))
      throw new InputError(`data.${name}: size: ${error.message}`);
    throw error;
  }
}

type ImageShape = Omit<NetworkShape, 'classes'>;

/** One image of a data set; undefined when only its files tell. */
export function imageShape(data: DatasetSpec): ImageShape | undefined {
  const side = sideOf(data);
  return side === undefined ? undefined : { batch: 1, channels: data['channels'] === 1 ? 1 : 3, height: side, width: side };
}

/** For a network whose body alone matters: those that its file has, or some. */
export const classesToBuild = (network: NetworkSpec, shape: ImageShape): number =>
  network.architecture === 'onnx' ? ownClasses(network, shape) : 2;
