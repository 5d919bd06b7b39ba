import type { Window } from '../onnx/shapes/window.js';

/** How many elements each window of an average pool averages, row-major over its result; padding counts or not. */
export function windowCounts({ kernel, strides, dilations, pads, out }: Window, spatial: readonly number[], countPads: boolean): number[] {
  const rank = spatial.length;
  const axes = spatial.map((size, axis) => {
    const [begin, end] = [pads[axis]!, pads[axis + rank]!];
    const [low, high] = countPads ? [-begin, size + end] : [0, size];
    return Array.from({ length: out[axis]! }, (_, i) => {
      const taps = Array.from({ length: kernel[axis]! }, (_, tap) => i * strides[axis]! - begin + tap * dilations[axis]!);
      return taps.filter((at) => at >= low && at < high).length;
    });
  });
  return axes.reduce<number[]>((outer, axis) => outer.flatMap((n) => axis.map((count) => n * count)), [1]);
}
