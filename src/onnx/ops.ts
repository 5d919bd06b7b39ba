/** Every standard op that the builder offers, by the spec's name. One line an op; shape rules live in `shapes/`. */
export const OPS = [
  'Abs', 'Add', 'AveragePool', 'BatchNormalization', 'Cast', 'Clip', 'Concat', 'ConstantOfShape', 'Conv', 'ConvTranspose', 'Div',
  'Equal', 'Erf', 'Exp', 'Expand', 'Flatten', 'Gather', 'Gemm', 'GlobalAveragePool', 'GlobalMaxPool', 'Greater',
  'HardSigmoid', 'Identity', 'LeakyRelu', 'Less', 'Log', 'LogSoftmax', 'MatMul', 'Max', 'MaxPool', 'Min', 'Mul', 'Neg', 'Not', 'OneHot', 'Pad',
  'Pow', 'Reciprocal', 'ReduceMax', 'ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'Relu', 'Reshape', 'ScatterElements', 'Sigmoid', 'Sign', 'Slice',
  'Softmax', 'Split', 'Sqrt', 'Squeeze', 'Sub', 'Tanh', 'Tile', 'Transpose', 'Unsqueeze', 'Where',
] as const;

export type OpName = (typeof OPS)[number];

/** Attributes that onnx.proto declares as float although JavaScript cannot tell 1 from 1.0. */
export const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'gamma', 'epsilon', 'momentum', 'activation_params', 'value_float', 'value_floats']);
