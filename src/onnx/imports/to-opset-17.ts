import type { Node } from '../graph.js';
import { DECOMPOSED } from './decompositions.js';
import type { Expansion, Place } from './form-writer.js';
import { FormWriter } from './form-writer.js';
import { NEWER } from './newer-forms.js';
import { OLDER } from './older-forms.js';

/** What files may have: onnxruntime's newest, and the oldest whose forms `older-forms.ts` knows. */
const OLDEST = 9;
const NEWEST = 26;

/** Throws for an operator set that is not read. */
export function checkOpset(opset: number): void {
  if (opset < OLDEST || opset > NEWEST)
    throw new Error(`operator set must lie in [${OLDEST}, ${NEWEST}] (export the model again), got ${opset}`);
}

/** A node in operator set 17, the one that shape and gradient rules are written for; undefined where it is so already. */
export function toOpset17(node: Node, place: Place): Expansion | undefined {
  if (node.domain !== '') return undefined;
  const older = OLDER[node.op];
  const form = older && place.opset < older.since ? older.form : place.opset > 17 && NEWER[node.op] ? NEWER[node.op] : DECOMPOSED[node.op];
  if (!form) return undefined;
  const write = new FormWriter(node);
  form(write, node, place);
  return write;
}
