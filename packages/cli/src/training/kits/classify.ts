// Pictures into classes.

import { type data, type models, type nn, type Tensor, train } from 'convoke'
import { check } from 'convoke/shapes'
import {
  type AugmentName,
  gradCam,
  type Judged,
  judgingMeter,
  mirroredClasses,
  pictureAugmentation,
  pictureTask,
  unitPictures,
} from 'convoke-workbench'
import { UsageError } from '../../errors.ts'
import { percent } from '../../terminal/words.ts'
import type { RunConfig } from '../config.ts'
import type { Opened } from '../data/opened.ts'
import { decisionSections } from '../report/curves.ts'
import { featureSections } from '../report/features.ts'
import { heated } from '../report/heat.ts'
import type { Section, Tile } from '../report/section.ts'
import { checkClasses, classReport, pickModel } from './common.ts'
import {
  type Evaluation,
  type Examined,
  epochsFor,
  type Kit,
  type ModelRequest,
  nothingObserved,
  type Plan,
  usualTraining,
} from './kit.ts'
import { inputOf, pictureInput } from './pictures.ts'
import { networkFor, type Widened } from './room.ts'
import { viewedTask } from './views.ts'

type Example = data.ClassifiedPicture

const names: readonly models.ModelName[] = [
  ...(['compact', 'lenet5', 'resnet18', 'resnet34', 'resnet50', 'mobilenetv2', 'convnext', 'cct'] as const),
  ...(['vgg11', 'vgg16', 'resnet26', 'resnet101', 'resnet152', 'vgg13', 'vgg19', 'compactresnet'] as const),
]

/** Options that fit a network to the size of the pictures. */
export function fittingOptions(name: models.ModelName, height: number, width: number): Record<string, unknown> {
  const [shorter, longer] = [Math.min(height, width), Math.max(height, width)]
  switch (name) {
    case 'compact':
      return { widths: longer >= 128 ? [16, 32, 64, 128, 128] : longer >= 48 ? [16, 32, 64, 128] : [16, 32, 64] }
    case 'compactresnet': {
      // A stage halves the picture: no more of them than halve the shorter side to a pixel.
      const stages = Math.min(longer >= 128 ? 5 : longer >= 48 ? 4 : 3, Math.floor(Math.log2(shorter)))
      return { widths: [16, 32, 64, 128, 128, 128].slice(0, stages + 1) }
    }
    case 'resnet18':
    case 'resnet26':
    case 'resnet34':
    case 'resnet50':
    case 'resnet101':
    case 'resnet152':
      return { stem: shorter <= 64 ? 'small' : 'imagenet' }
    case 'convnext':
      return { patch: shorter <= 48 ? 1 : shorter <= 96 ? 2 : 4 }
    case 'cct':
      if (height !== width) throw new UsageError(`cct takes square pictures. Add --size ${shorter}x${shorter}.`)
      return { picture: height }
    default:
      return {}
  }
}

/** Sides from which on pictures can be halved often enough for a residual network. */
const leastSide = 8

/** The networks to choose from, the plainest first: one where the user names it, or what its options are. */
const networksFor = ({ name, options }: ModelRequest, shorter: number): readonly models.ModelName[] =>
  name === undefined && Object.keys(options).length === 0 && shorter >= leastSide
    ? ['compact', 'compactresnet']
    : [pickModel('classify', names, name)]

const hasWidths = (network: Plan['model']): network is Widened => 'widths' in network.options

async function plan(opened: Opened<Example>, request: ModelRequest): Promise<Plan> {
  const form = opened.picture
  check(form !== null, () => 'classify: pictures must be resized to one size. Leave out --size own.')
  checkClasses('classify', opened.classes)
  const picture = await pictureInput(opened.train, form)
  const { height, width, channels } = form
  const fitted = (name: models.ModelName): Plan['model'] => ({
    name,
    options: { classes: opened.classes.length, channels, ...fittingOptions(name, height, width) },
  })
  const networks = networksFor(request, Math.min(height, width)).map(fitted)
  const { name, options } = networks.every(hasWidths)
    ? networkFor(networks, { shape: [height, width, channels], examples: opened.train.length }, request.room)
    : networks[0]
  return { model: { name, options: { ...options, ...request.options } }, picture, text: null, sequence: null }
}

/** Measures a classifier of anything; `sections` gets the mistakes, the surest first. */
export async function examineClassifier<E extends { readonly label: number }>(
  config: RunConfig,
  model: nn.Module,
  task: train.Task<E, Tensor>,
  set: data.Dataset<E>,
  { parallel, onBatch }: Pick<Examined<object>, 'parallel' | 'onBatch'>,
  sections: (mistakes: readonly Judged[], judged: readonly Judged[]) => Promise<readonly Section[]>,
): Promise<Evaluation> {
  const { classes } = config
  const meter = judgingMeter(classes.length)
  const figures = await train.evaluate(model, task, set, { meter, parallel, onBatch })
  const confusion = meter.confusion()
  const { judged } = meter
  const mistakes = judged.filter(({ label, predicted }) => label !== predicted).sort((a, b) => a.own - b.own)
  return {
    ...{ count: set.length, headline: 'accuracy', figures, confusion },
    classes: classReport(classes, confusion),
    sections: async () => [
      ...decisionSections({ classes, judged, chances: meter.chances }),
      ...(await sections(mistakes, judged)),
    ],
  }
}

/** Mistakes shown, and how many of them with where the network looked. */
const [mostMistakes, mostLooked] = [24, 8]

async function mistakeSection(
  { classes, picture }: RunConfig,
  model: nn.Module,
  set: data.Dataset<Example>,
  mistakes: readonly Judged[],
): Promise<Section[]> {
  const tiles: Tile[] = []
  for (const { index, label, predicted, chance, own } of mistakes.slice(0, mostMistakes)) {
    const { image } = await set.get(index)
    const heat = tiles.length < mostLooked ? await gradCam(model, image, picture!, predicted) : null
    tiles.push({
      ...{ picture: image, second: heat === null ? undefined : heated(image, heat) },
      caption: `${classes[label]}, taken for ${classes[predicted]}`,
      detail: [`${percent(chance, 0)} sure; ${classes[label]} ${percent(own, 0)}`, set.nameOf?.(index)]
        .filter(Boolean)
        .join(' · '),
      tone: 'bad',
    })
  }
  const looked = tiles.some(({ second }) => second !== undefined)
    ? ' Beside the first of them, in warm colours: the regions that led to the predicted class (Grad-CAM, Selvaraju et al. 2017).'
    : ' Grad-CAM is not shown: the network has no maps of 3×3 or more.'
  const note = `${mistakes.length} of ${set.length} are wrong. Below: those in which the right class got the lowest probability.${looked}`
  return tiles.length === 0 ? [] : [{ kind: 'tiles', title: 'Worst mistakes', note, tiles, width: 112 }]
}

export const classify: Kit<'classify', Example> = {
  task: 'classify',
  models: names,
  decided(name) {
    const given = ['classes', 'channels', 'picture']
    // Which options are fitted does not depend on the size they are fitted to.
    const fitted = Object.keys(fittingOptions(name, 32, 32)).filter((option) => !given.includes(option))
    return { fixed: {}, fitted, given }
  },
  plan,
  defaults({ model }, examples) {
    const batchSize = examples > 10_000 ? 64 : examples < 1000 ? 16 : 32
    const isNormalized = /^(compact|resnet)/.test(model.name)
    const learningRate = !isNormalized ? 1e-3 : batchSize === 64 ? 5e-3 : 3e-3
    const epochs = epochsFor(examples, batchSize, 1500, 12, 60)
    const isLarge = batchSize === 64
    return {
      ...{ ...usualTraining, batchSize, learningRate, epochs, augment: 'light', weightDecay: 0.02 },
      ...{ smoothing: isLarge ? 0.1 : 0.05, average: isLarge ? 0.999 : 0 },
    }
  },
  async observe({ train: set }, { augment }) {
    if (augment !== undefined) return nothingObserved
    const seen = await mirroredClasses(set)
    if (seen === null || !seen.keeps) return nothingObserved
    const [usual, mirrored] = [seen.confused, seen.mirroredConfused].map((share) => percent(share, 0))
    return {
      training: { augment: 'flips' },
      notes: [
        `pictures are mirrored left to right at random, which keeps their classes: ${mirrored} of ${seen.asked} mirrored pictures look like another class, and ${usual} of the originals. --augment light turns it off.`,
      ],
    }
  },
  ready: (_, set) => unitPictures(set),
  learning(config, model) {
    const { classes, training } = config
    return pictureTask(model, {
      ...{ classes: classes.length, picture: inputOf(config), smoothing: training.smoothing },
    })
  },
  augment: ({ training, picture }) => pictureAugmentation(training.augment as AugmentName, picture!),
  examine({ config, model, set, ...how }) {
    const task = viewedTask(classify.learning(config, model), config, model)
    return examineClassifier(config, model, task, set, how, async (mistakes, judged) => [
      ...(await mistakeSection(config, model, set, mistakes)),
      ...(await featureSections(config, model, (await set.get(judged[0].index)).image)),
    ])
  },
}
