// What timm writes of a model: `config.json` beside its weights. Definition: timm/models/_hub.py, save_config_for_hf; older files have the
// members of `pretrained_cfg` beside the others.

import * as v from 'valibot'
import { ConvokeError, show } from '../../shapes/error.ts'

/** What timm says of a model's weights. */
export interface HubConfig {
  /** The function of timm that makes the network: `resnet18`. */
  readonly architecture: string
  /** Classes that the weights tell apart; 0 without a last layer. */
  readonly classes: number
  /** Names of the classes; null where the file has none. */
  readonly labels: readonly string[] | null
  /** Size of pictures in training, and their channels. */
  readonly height: number
  /** Width of pictures in training. */
  readonly width: number
  /** Channels of pictures. */
  readonly channels: number
  /** Subtracted from channels and divided by, of values from 0 to 1. */
  readonly mean: readonly number[]
  /** What each channel is divided by, after the mean is subtracted. */
  readonly deviation: readonly number[]
  /** Share of a picture's shorter side that is kept of its middle. */
  readonly crop: number
  /** How pictures are resized. */
  readonly interpolation: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos'
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 24))
const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(16_384))
const finite = v.pipe(v.number(), v.finite())
const positive = v.pipe(finite, v.minValue(Number.MIN_VALUE))
const labels = v.array(v.string())

/** `ImageNet`: what timm takes where a file says nothing. */
const usual = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

const cfg = {
  input_size: v.optional(v.tuple([side, side, side])),
  mean: v.optional(v.array(finite)),
  std: v.optional(v.array(positive)),
  crop_pct: v.optional(v.nullable(v.pipe(finite, v.minValue(0.01), v.maxValue(1)))),
  interpolation: v.optional(v.string()),
}

const config = v.looseObject({
  architecture: v.string(),
  num_classes: v.optional(count),
  label_names: v.optional(labels),
  labels: v.optional(labels),
  pretrained_cfg: v.optional(v.looseObject({ ...cfg, num_classes: v.optional(count) })),
  ...cfg,
})

const interpolations: Readonly<Record<string, HubConfig['interpolation']>> = {
  ...{ nearest: 'nearest', bilinear: 'bilinear', bicubic: 'bicubic', lanczos: 'lanczos' },
}

/** Throws `ConvokeError` for what says nothing of a network of timm's. */
export function parseHubConfig(path: string, text: string): HubConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ConvokeError(`${path}: it is not JSON. Remove it, and it is downloaded again.`)
  }
  const result = v.safeParse(config, value, { abortEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    const place = v.getDotPath(issue) ?? 'the whole'
    throw new ConvokeError(
      `${path}: it does not describe a network of timm's: ${place} is ${issue.received.slice(0, 100)}, where ${issue.expected ?? 'something else'} was expected. Choose a model that timm published.`,
    )
  }
  const { architecture, label_names: names, labels: other, pretrained_cfg: inner, ...outer } = result.output
  const own = { ...outer, ...inner }
  const [channels, height, width] = own.input_size ?? [3, 224, 224]
  const { mean = usual.mean, std = usual.std, crop_pct: crop, interpolation = 'bicubic' } = own
  if (mean.length !== channels || std.length !== channels)
    throw new ConvokeError(
      `${path}: there are ${mean.length} means and ${std.length} deviations for ${channels} channels, ${show(own.input_size)}. Choose another model.`,
    )
  return {
    architecture,
    classes: result.output.num_classes ?? inner?.num_classes ?? 1000,
    labels: names ?? other ?? null,
    ...{ height, width, channels, mean, deviation: std },
    crop: crop ?? 0.875,
    interpolation: interpolations[interpolation] ?? 'bicubic',
  }
}
