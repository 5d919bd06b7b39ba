import { InputError } from '../../tensor/input-error.js';
import { MOST_NODES } from './check-bounds.js';
import type { FunctionProto, GraphProto, ModelProto, NodeProto } from './onnx_pb.js';

/** Number of FunctionProto's field of attributes with default values, which our schema does not have. */
const DEFAULTS_FIELD = 11;

/**
 * A model's nodes with the bodies of its own functions in the place of the nodes that call them (onnx.proto's FunctionProto): inputs and outputs take
 * the caller's names, inner values are named after the calling node, attributes that refer to the caller's are the caller's.
 * Throws an InputError that begins with `what` for functions that call themselves, are written for another operator set or have default attributes.
 */
export function inlineFunctions(model: ModelProto, graph: GraphProto, what: string): NodeProto[] {
  if (model.functions.length === 0) return graph.node;
  const functions = new Map(model.functions.map((each) => [keyOf(each.domain, each.name), each]));
  const nodes: NodeProto[] = [];
  const take = (node: NodeProto, callers: readonly FunctionProto[]): void => {
    const body = functions.get(keyOf(node.domain, node.opType));
    if (!body) {
      if (nodes.push(node) > MOST_NODES) throw new InputError(`${what}: functions must come to at most ${MOST_NODES} nodes, got more`);
      return;
    }
    if (callers.includes(body)) throw new InputError(`${what}: function ${body.name} must not call itself, got it inside of itself`);
    checkFunction(body, model, what);
    for (const inner of bodyOf(body, node)) take(inner, [...callers, body]);
  };
  for (const node of graph.node) take(node, []);
  return nodes;
}

const keyOf = (domain: string, name: string): string => `${domain === 'ai.onnx' ? '' : domain}:${name}`;

function checkFunction(body: FunctionProto, { opsetImport }: ModelProto, what: string): void {
  const versionOf = (imports: ModelProto['opsetImport']) => imports.find(({ domain }) => keyOf(domain, '') === ':')?.version;
  const [own, model] = [versionOf(body.opsetImport), versionOf(opsetImport)];
  if (own !== undefined && model !== undefined && own !== model)
    throw new InputError(`${what}: function ${body.name} must be written for the model's operator set ${model}, got ${own}`);
  if (body.$unknown?.some(({ no }) => no === DEFAULTS_FIELD))
    throw new InputError(`${what}: function ${body.name} must not have default attributes, got some (inline functions when exporting)`);
}

/** The nodes of a function as one caller sees them; an output or input that the caller leaves out is ''. */
function bodyOf({ input, output, node }: FunctionProto, caller: NodeProto): NodeProto[] {
  const scope = caller.name || (caller.output[0] ?? caller.opType);
  const names = new Map([['', '']]);
  for (const [i, name] of input.entries()) names.set(name, caller.input[i] ?? '');
  for (const [i, name] of output.entries()) if (caller.output[i]) names.set(name, caller.output[i]);
  const nameOf = (name: string): string => names.get(name) ?? `${scope}/${name}`;
  const given = new Map(caller.attribute.map((each) => [each.name, each]));
  return node.map((each) =>
    changed(each, {
      name: `${scope}/${each.name || (each.output[0] ?? each.opType)}`,
      input: each.input.map(nameOf),
      output: each.output.map(nameOf),
      attribute: each.attribute.flatMap((own) => {
        if (own.refAttrName === '') return [own];
        const found = given.get(own.refAttrName);
        return found ? [changed(found, { name: own.name })] : [];
      }),
    }),
  );
}

/** A message with other values of some fields. A field that the file leaves out has its value from the prototype, which a spread would drop. */
export const changed = <T extends object>(message: T, fields: Partial<T>): T =>
  Object.assign(Object.create(Object.getPrototypeOf(message) as object) as T, message, fields);
