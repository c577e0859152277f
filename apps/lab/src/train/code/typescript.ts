// The training as a program that gives the same network: the same digits or the run's own pictures, the same steps.

import { digitShare, digitSide, seed, type TrainSettings, widthsOf } from '../settings.ts'

export interface Told {
  readonly settings: TrainSettings
  readonly classes: number
  readonly channels: 1 | 3
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  /** Where the run stands; before its first step, where it is to end. */
  readonly step: number
  readonly epoch: number
  readonly batch: number
}

const digitsText = ({ settings: { examples } }: Told): string => `// Digits to learn from, and others to measure by.
const training = data.cacheDataset(data.digits({ count: ${examples}, seed: ${3 * seed + 1}, size: ${digitSide} }))
const test = data.cacheDataset(data.digits({ count: ${Math.ceil(examples * digitShare)}, seed: ${3 * seed + 3}, size: ${digitSide} }))
`

const ownText = ({
  channels,
}: Told): string => `// The folder \`pictures\` of the run, in the folder where this program runs.
const decode = pictureDecoder(sharp, { channels: ${channels} })
const open = async (part: string) => {
  const found = await data.pictureFolders(folderSource(\`pictures/\${part}\`), decode)
  return data.cacheDataset(data.mapDataset(found, (one) => ({ ...one, image: data.toUnit(one.image) })))
}
const training = await open('train')
const test = await open('test')
`

const imports = (
  own: boolean,
): string => `import { data, divide, models, optim, subtract, tensor, train } from 'convoke'
${own ? "import { folderSource, pictureDecoder } from 'convoke/node'\nimport sharp from 'sharp'\n" : ''}`

const augmentText = ({ settings: { augment } }: Told): string =>
  augment
    ? `  // Each time a picture is used it is turned, moved and scaled a little.
  augment: data.randomAffine({ turn: 8, shift: 0.08, scale: [0.9, 1.1] }),
`
    : ''

/** \`model\` is what the view has at this step. */
export function typescriptOf(told: Told): string {
  const { settings, classes, channels, step, epoch, batch } = told
  const own = settings.source !== 'digits'
  const begun = step > 0
  // In the middle of an epoch it stops by the step.
  const within = begun && batch > 0
  const epochs = begun ? epoch + (within ? 1 : 0) : settings.epochs
  return `${imports(own)}
${own ? ownText(told) : digitsText(told)}
const model = models
  .CompactCNN({ classes: ${classes}, channels: ${channels}, kernel: ${settings.kernel}, widths: [${widthsOf(settings).join(', ')}] })
  .initialize(${seed})
const task = {
  ...train.classification(model, ${classes}),
  // Each channel minus its mean, over its deviation.
  forward: ({ image }: data.Batch<data.ClassifiedPicture>) =>
    model(divide(subtract(image, tensor([${told.mean.join(', ')}])), tensor([${told.deviation.join(', ')}]))),
}
${within ? '\nconst stop = new AbortController()' : ''}
await train.fit({
  model,
  task,
  optimizer: optim.AdamW(model.parameters(), { learningRate: ${settings.rate}, weightDecay: 0.01 }),
  train: training,
  epochs: ${epochs},
  batchSize: ${settings.batch},
  seed: ${seed},
${augmentText(told)}${
  within
    ? `  signal: stop.signal,
  onEvent: (event) => {
    if (event.type === 'step' && event.step === ${step}) stop.abort()
  },
`
    : ''
}})

console.log(await train.evaluate(model, task, test))
`
}
