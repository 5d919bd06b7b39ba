/** How a network is exported with its BatchNorms. TrainingMode.TRAINING would keep them, too, but moves their statistics toward the example image's. */
const UNFOLDED = 'net.eval() and training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False';
const FOLDED = "folded into the convolutions, it seems, as PyTorch's exporter does in evaluation mode";
const STATISTIC = /[._]running_mean$/;
const BIAS = /\.bias$/;
/** A convolution that exporters before PyTorch 1.13 called after its op: its name does not say which one it is. */
const NUMBERED = /^Conv_\d+$/;

/** By name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * What is wrong where only the network or only the file has BatchNorms, because exporting folded the other's into convolutions, and what to do;
 * undefined where it is something else. `missing`: parameters of the body that the file lacks.
 */
export function foldedBatchNorms(network: Shapes, file: Shapes, missing: readonly string[]): string | undefined {
  const inFile = foldedFrom(network, file, missing);
  if (inFile)
    return `BatchNorms must be in the file, got them ${FOLDED} (${inFile.bias} is there, ${inFile.statistic} is not): take the .pth, or export with ${UNFOLDED}`;
  const inNetwork = foldedFrom(file, network, missing);
  if (inNetwork)
    return `BatchNorms of the file must be in the network, got them ${FOLDED} (it has ${inNetwork.bias}, the file ${inNetwork.statistic}): export the network with ${UNFOLDED}`;
  return undefined;
}

/** What to know where one of two files has the other's BatchNorms folded into convolutions: weights before and after it are not alike. */
export function differenceOfFolding(a: Shapes, b: Shapes): string[] {
  const sides = [[foldedFrom(a, b), 'second'], [foldedFrom(b, a), 'first']] as const; // prettier-ignore
  return sides.flatMap(([found, side]) =>
    found
      ? [
          `The ${side} file's BatchNorms are ${FOLDED} (${found.bias} is there, ${found.statistic} is not): its convolutions are scaled by them. To compare weights, take the .pth, or export with ${UNFOLDED}.`,
        ]
      : [],
  );
}

/** A BatchNorm of `norms` and a convolution of `convs` as an example, where all of the first seem to be folded into the second. */
function foldedFrom(
  norms: Shapes,
  convs: Shapes,
  missing: readonly string[] = [],
): { readonly statistic: string; readonly bias: string } | undefined {
  const statistics = [...norms.keys()].filter((name) => STATISTIC.test(name));
  const biases = [...convs.keys()].filter((name) => BIAS.test(name) && (convs.get(name.replace(BIAS, '.weight'))?.length ?? 0) > 2);
  const [statistic, bias] = [statistics[0], biases[0]];
  if (statistic === undefined || bias === undefined || [...convs.keys()].some((name) => STATISTIC.test(name))) return undefined;
  // each has a convolution of its own size: those of a projection head have not
  const free = counted(biases.map((name) => convs.get(name)![0]));
  const fits = [...counted(statistics.map((name) => norms.get(name)![0]))].every(([size, times]) => times <= (free.get(size) ?? 0));
  const layers = new Set([...statistics, ...biases].map(layerOf));
  const explained = missing.every((name) => layers.has(layerOf(name))) || biases.every((name) => NUMBERED.test(layerOf(name)));
  return fits && explained ? { statistic, bias } : undefined;
}

function counted<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const times = new Map<T, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return times;
}

/** 'layer1.0.conv1.weight' → 'layer1.0.conv1'; '' for a name of one part. */
export const layerOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));
