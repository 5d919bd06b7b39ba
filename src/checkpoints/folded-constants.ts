import type { Shapes } from './folded.js';
import { layerOf } from './folded.js';

/** What an imported network calls a tensor that has a number in its file. */
const GIVEN_NAME = /\.(weight|bias)$/;

/**
 * What to do where an exporter seems to have computed tensors from parameters (Swin's relative biases from their table), so that a layer has a
 * weight or bias on one side and other tensors on the other; undefined where it is something else. `lacking`: what the network has alone.
 */
export function foldedConstants(lacking: Shapes, unused: Shapes): string | undefined {
  const pairs = [...lacking].map(([name, dims]) => [name, partnerOf(name, dims, unused)] as const);
  const first = pairs[0];
  if (!first || pairs.some(([name, other]) => other === undefined || GIVEN_NAME.test(name) !== GIVEN_NAME.test(first[0]))) return undefined;
  const [own, other] = first;
  const unfolded = 'do_constant_folding=False';
  return GIVEN_NAME.test(own)
    ? `exporting the network seems to have computed ${own} from ${other!} (constant folding): export it with ${unfolded}`
    : `exporting the file seems to have computed ${other!} from ${own} (constant folding): take the .pth, or export with ${unfolded}`;
}

/** A tensor of the same layer, of another size; one of its own size is the same weight in another form (weight normalization). */
function partnerOf(name: string, dims: readonly number[], others: Shapes): string | undefined {
  const beside = [...others].filter(([other]) => layerOf(other) === layerOf(name));
  if (beside.some(([, each]) => each.join() === dims.join())) return undefined;
  return beside.find(([other]) => GIVEN_NAME.test(other) !== GIVEN_NAME.test(name))?.[0];
}
