// What readers of files grant before they take memory. Real networks stay far below; a small file could claim anything.

/** Axes of a tensor. */
export const MOST_AXES = 8;

/** Tensors of a file, or of files behind one index: the largest language models have some ninety thousand. */
export const MOST_TENSORS = 2 ** 17;
