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
  // queries, keys and values are joined afterwards, see `joinAttention`
  "Hugging Face's ViT": rules([
    [/^(?:\w+\.)?embeddings\.cls_token$/, 'cls_token'],
    [/^(?:\w+\.)?embeddings\.position_embeddings$/, 'pos_embed'],
    [/^(?:\w+\.)?embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
    [/^(?:\w+\.)?encoder\.layer\.(\d+)\./, 'blocks.$1.'],
    [/^(blocks\.\d+)\.layernorm_before\./, '$1.norm1.'],
    [/^(blocks\.\d+)\.layernorm_after\./, '$1.norm2.'],
    [/^(blocks\.\d+)\.attention\.attention\.(q|k|v)\w+\./, '$1.attn.$2.'],
    [/^(blocks\.\d+)\.attention\.output\.dense\./, '$1.attn.proj.'],
    [/^(blocks\.\d+)\.intermediate\.dense\./, '$1.mlp.fc1.'],
    [/^(blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
    [/^(?:\w+\.)?layernorm\./, 'norm.'],
    [/^classifier\./, 'head.'],
  ]),
  "torchvision's ViT": rules([
    [/^class_token$/, 'cls_token'],
    [/^encoder\.pos_embedding$/, 'pos_embed'],
    [/^conv_proj\./, 'patch_embed.proj.'],
    [/^encoder\.layers\.encoder_layer_(\d+)\./, 'blocks.$1.'],
    [/^(blocks\.\d+)\.ln_(\d)\./, '$1.norm$2.'],
    [/^(blocks\.\d+)\.self_attention\.in_proj_/, '$1.attn.qkv.'],
    [/^(blocks\.\d+)\.self_attention\.out_proj\./, '$1.attn.proj.'],
    [/^(blocks\.\d+)\.mlp\.(?:0|linear_1)\./, '$1.mlp.fc1.'],
    [/^(blocks\.\d+)\.mlp\.(?:3|linear_2)\./, '$1.mlp.fc2.'],
    [/^encoder\.ln\./, 'norm.'],
    [/^heads\.head\./, 'head.'],
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
