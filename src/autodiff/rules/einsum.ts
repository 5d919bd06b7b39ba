import type { Node } from '../../onnx/graph.js';
import { describe } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { axesOf, equationOf } from '../../onnx/shapes/einsum.js';
import { InputError } from '../../tensor/input-error.js';
import type { Rule, Rules } from '../rule.js';

/**
 * A product's gradient in one factor is the product of the others with dY, summed over what that factor lacks: of 'bij,bjk->bik' in the first,
 * 'bik,bjk->bij'. An axis that only this factor has was summed by itself: dY is the same all along it.
 */
const einsum: Rule = ({ b, node, grad, inputs }) => {
  const { terms, result } = equationOf(node);
  return terms.map((term, i) => () => {
    mustBePlain(node, term);
    const others = terms.toSpliced(i, 1);
    const found = [...term].filter((letter) => `${result}${others.join('')}`.includes(letter)).join('');
    const x = inputs[i]!;
    // onnxruntime wants an ellipsis in the result where a term has one: this factor's is none there
    const lead = !found.includes('…') && `${result}${others.join('')}`.includes('…') ? '…' : '';
    const equation = `${[result, ...others].join(',')}->${lead}${found}`.replaceAll('…', '...');
    const product = b.op.Einsum([grad, ...inputs.toSpliced(i, 1)], { equation });
    const axes = Array.from({ length: product.dims.length - found.length }, (_, axis) => axis);
    const partial = lead === '' ? product : b.op.ReduceSum([product, b.ints(axes)], { keepdims: 0 });
    if (found === term) return partial;
    const kept = axesOf(node, term, x.dims).flatMap(([letter, dims]) => (found.includes(letter) ? dims : dims.map(() => 1)));
    return b.op.Expand([reshape(b, partial, kept), b.ints(x.dims)]);
  });
};

/** A letter that stands twice in a term takes the diagonal. */
function mustBePlain(node: Node, term: string): void {
  if (new Set(term).size < term.length)
    throw new InputError(`gradient: ${describe(node)}: ${term} must not name an axis twice to be differentiated`);
}

export const EINSUM: Rules = { Einsum: einsum };
