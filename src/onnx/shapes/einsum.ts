import type { Node } from '../graph.js';
import { stringAttribute } from '../graph.js';
import { broadcast, commonType, fail, FLOATS, mustBeType, required, show } from './check.js';
import type { ShapeRule } from './infer.js';

/** An Einsum's equation: one character an axis; '…' stands for the axes of an ellipsis. */
export interface Equation {
  readonly terms: readonly string[];
  readonly result: string;
}

/** 'bhqd, bhkd -> bhqk'. Without an arrow the result has the ellipsis, then what stands once, in alphabetical order (NumPy's rule). */
export function equationOf(node: Node): Equation {
  const text = stringAttribute(node, 'equation', '').replaceAll(/\s/g, '').replaceAll('...', '…');
  const [left, right, ...rest] = text.split('->');
  const terms = left!.split(',');
  const letters = [...terms.join('')];
  if (rest.length > 0 || !/^[a-zA-Z…,]*(->[a-zA-Z…]*)?$/.test(text) || [...terms, right ?? ''].some((each) => each.split('…').length > 2))
    fail(node, 'equation must be like bij,bjk->bik', JSON.stringify(text));
  const once = letters.filter((letter) => letter !== '…' && letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return { terms, result: right ?? [...(letters.includes('…') ? ['…'] : []), ...once].join('') };
}

/** The dims of a term's characters, in order: one each, those of the ellipsis as many as the value has more. */
export function axesOf(node: Node, term: string, dims: readonly number[]): readonly (readonly [string, readonly number[]])[] {
  const more = dims.length - term.replace('…', '').length;
  if (more < 0 || (more > 0 && !term.includes('…'))) fail(node, `${term || 'a scalar'} must name every axis`, show(dims));
  let at = 0;
  return [...term].map((letter) => [letter, dims.slice(at, (at += letter === '…' ? more : 1))] as const);
}

export const einsum: ShapeRule = (node, inputs) => {
  const { terms, result } = equationOf(node);
  if (terms.length !== inputs.length) fail(node, `equation must have ${inputs.length} terms`, terms.length);
  const sizes = new Map<string, readonly number[]>();
  for (const [i, term] of terms.entries()) {
    const value = required(node, inputs, i, term);
    mustBeType(node, value, [...FLOATS, 'int32', 'int64'], term);
    for (const [letter, dims] of axesOf(node, term, value.dims)) {
      const known = sizes.get(letter);
      sizes.set(letter, known ? broadcast(node, [known, dims]) : dims);
    }
  }
  const dims = [...result].flatMap(
    (letter) => sizes.get(letter) ?? fail(node, `${letter} of the result must stand in a term`, terms.join()),
  );
  return [{ type: commonType(node, inputs), dims }];
};
