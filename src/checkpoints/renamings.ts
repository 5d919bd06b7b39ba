import type { Rename } from './renames.js';

/** Names that other libraries give the same parameters, as rules that lead to PyTorch's. Tried as a whole; see `matchParameters`. */
export const RENAMINGS: Readonly<Record<string, readonly Rename[]>> = {
  "Hugging Face's ResNet": rules([
    [/^(resnet\.)?embedder\.embedder\.convolution\./, 'conv1.'],
    [/^(resnet\.)?embedder\.embedder\.normalization\./, 'bn1.'],
    [/^(?:resnet\.)?encoder\.stages\.0\./, 'layer1.'],
    [/^(?:resnet\.)?encoder\.stages\.1\./, 'layer2.'],
    [/^(?:resnet\.)?encoder\.stages\.2\./, 'layer3.'],
    [/^(?:resnet\.)?encoder\.stages\.3\./, 'layer4.'],
    [/^(layer\d)\.layers\.(\d+)\.shortcut\.convolution\./, '$1.$2.downsample.0.'],
    [/^(layer\d)\.layers\.(\d+)\.shortcut\.normalization\./, '$1.$2.downsample.1.'],
    [/^(layer\d)\.layers\.(\d+)\.layer\.0\.convolution\./, '$1.$2.conv1.'],
    [/^(layer\d)\.layers\.(\d+)\.layer\.1\.convolution\./, '$1.$2.conv2.'],
    [/^(layer\d)\.layers\.(\d+)\.layer\.2\.convolution\./, '$1.$2.conv3.'],
    [/^(layer\d)\.layers\.(\d+)\.layer\.0\.normalization\./, '$1.$2.bn1.'],
    [/^(layer\d)\.layers\.(\d+)\.layer\.1\.normalization\./, '$1.$2.bn2.'],
    [/^(layer\d)\.layers\.(\d+)\.layer\.2\.normalization\./, '$1.$2.bn3.'],
    [/^classifier\.1\./, 'fc.'],
  ]),
  'gamma and beta': rules([
    [/(^|\.)gamma$/, '$1weight'],
    [/(^|\.)beta$/, '$1bias'],
    [/(^|\.)moving_mean$/, '$1running_mean'],
    [/(^|\.)moving_variance$/, '$1running_var'],
  ]),
  'a head called classifier or head': rules([[/^(?:classifier|head)\./, 'fc.']]),
  'a head called classifier or fc': rules([[/^(?:classifier|fc)\./, 'head.']]),
};

function rules(pairs: readonly (readonly [RegExp, string])[]): readonly Rename[] {
  return pairs.map(([pattern, replacement]) => ({ pattern, replacement }));
}
