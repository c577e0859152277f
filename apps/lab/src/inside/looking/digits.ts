// The network that stands ready: small enough to be looked through, trained on drawn digits when the view opens. The same seeds give the
// same weights every time.

import { data, nn, optim, relu, softmax, train } from 'convoke'
import { exportOnnx, type OnnxModel } from 'convoke/graph'
import { generatedParts, shippedMetadata } from 'convoke-workbench'
import { digitSide } from '../../train/settings.ts'

const [examples, epochs, batchSize, seed, learningRate] = [1000, 4, 16, 7, 0.02]

/** Milliseconds of training between two looks at what the page asks. */
const breath = 40

/** Three stages of a convolution, batch normalisation and ReLU, pooling in between; then the mean of each map, and a linear layer. */
const networkOf = (): nn.Module =>
  nn
    .Sequential({
      conv1: nn.Conv2d({ in: 1, out: 8, kernel: 5, padding: 'same' }),
      norm1: nn.BatchNorm({ channels: 8 }),
      relu1: relu,
      pool1: nn.MaxPool({ kernel: 2 }),
      conv2: nn.Conv2d({ in: 8, out: 16, kernel: 3, padding: 'same' }),
      norm2: nn.BatchNorm({ channels: 16 }),
      relu2: relu,
      pool2: nn.MaxPool({ kernel: 2 }),
      conv3: nn.Conv2d({ in: 16, out: 24, kernel: 5, padding: 'same' }),
      norm3: nn.BatchNorm({ channels: 24 }),
      relu3: relu,
      mean: nn.GlobalAveragePool(),
      linear: nn.Linear({ in: 24, out: 10 }),
    })
    .initialize(seed)

/** Digits that the network has not learnt from. */
export const digitPictures = (count: number, size = digitSide): data.Dataset<data.ClassifiedPicture> =>
  data.digits({ count, seed: 3 * seed + 3, size })

let progress = 0
export const trainingProgress = (): number => progress

let made: Promise<OnnxModel> | undefined

export function digitsNetwork(): Promise<OnnxModel> {
  made ??= trained()
  return made
}

async function trained(): Promise<OnnxModel> {
  const model = networkOf()
  const parts = generatedParts({ count: examples, seed }, (draw) => data.digits({ ...draw, size: digitSide }))
  const optimizer = optim.AdamW(model.parameters(), { learningRate, weightDecay: 0.01 })
  let heard = performance.now()
  const steps = Math.floor(examples / batchSize) * epochs
  await train.fit({
    ...{
      model,
      optimizer,
      train: data.cacheDataset(parts.train),
      epochs,
      batchSize,
      seed,
      schedule: optim.cosine({ steps }),
    },
    task: train.classification(model, parts.train.classes!.length),
    onEvent: async (event) => {
      if (event.type !== 'step') return
      progress = Math.min(1, event.step / steps)
      if (performance.now() - heard < breath) return
      await new Promise((resolve) => setTimeout(resolve, 0))
      heard = performance.now()
    },
  })
  optimizer.dispose()
  model.eval()
  const classes = parts.train.classes!
  const metadata = shippedMetadata({
    ...{ task: 'classify', classes, data: {} },
    picture: { height: digitSide, width: digitSide, mean: [0], deviation: [1] },
  })
  const whole = nn.Sequential({ ...model.children, softmax } as Record<string, nn.Layer>).eval()
  const onnx = exportOnnx(whole, [1, digitSide, digitSide, 1], { inputs: ['picture'], outputs: ['chances'], metadata })
  model.dispose()
  return onnx
}
