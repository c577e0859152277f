// What the configuration of a run must be before it is believed: it is a file, and files are edited, damaged and made by
// others. One rule for what is read and for what is written, so that every run can be opened again. Keys that are not
// known pass: a later Convoke may have written them.

import { models } from 'convoke'
import { interpolations } from 'convoke/node'
import { ConvokeError, show } from 'convoke/shapes'
import * as v from 'valibot'
import type { RunConfig } from './config.ts'
import { mosaicTasks, settingNames } from './config-names.ts'
import { taskNames } from './data/opened.ts'

const text = v.string('must be a string')
const texts = v.array(text, 'must be a list of strings')
const object = <T extends v.ObjectEntries>(entries: T) => v.looseObject(entries, 'must be an object')

const number = (least: number, most = Number.MAX_VALUE) => {
  const rule =
    most === Number.MAX_VALUE ? `must be a number of ${least} or more` : `must be a number from ${least} to ${most}`
  return v.pipe(v.number(rule), v.finite(rule), v.minValue(least, rule), v.maxValue(most, rule))
}

const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(least, rule), v.maxValue(most, rule))
}

const choice = <T extends readonly string[]>(names: T) => v.picklist(names, `must be one of ${names.join(', ')}`)

/** Values of one example: 1 GiB in float32. */
const mostValues = 2 ** 28
const [longestSide, many] = [16_384, 2 ** 24]

const finite = v.pipe(v.number('must be a number'), v.finite('must be finite'))
const means = v.array(finite, 'must be a list of numbers')
const deviations = v.array(
  v.pipe(
    finite,
    v.check((value) => value > 0, 'must be above 0'),
  ),
  'must be a list of numbers above 0',
)

const picture = v.pipe(
  object({
    height: whole(1, longestSide),
    width: whole(1, longestSide),
    channels: v.picklist([1, 3], 'must be 1 or 3'),
    mean: means,
    deviation: deviations,
    crop: v.optional(number(0.01, 1)),
    interpolation: v.optional(choice(interpolations)),
    order: v.optional(choice(['rgb', 'bgr'])),
  }),
  v.check(
    ({ height, width, channels }) => height * width * channels <= mostValues,
    `must hold ${mostValues} values at most: height × width × channels`,
  ),
  v.check(
    ({ channels, mean, deviation }) => mean.length === channels && deviation.length === channels,
    'must have a mean and a deviation for each channel',
  ),
)

const sequence = v.pipe(
  object({
    length: whole(1, many),
    features: whole(1, many),
    target: choice(['values', 'steps', 'class']),
    outputs: whole(1, many),
    mean: means,
    deviation: deviations,
  }),
  v.check(
    ({ length, features }) => length * features <= mostValues,
    `must hold ${mostValues} values at most: length × features`,
  ),
  v.check(
    ({ features, mean, deviation }) => mean.length === features && deviation.length === features,
    'must have a mean and a deviation for each feature',
  ),
)

/** Layers, which are made one by one. */
const mostLayers = 1024
const counted = ['layers', 'depth', 'depths', 'convolutions', 'heads']

/** Plain data, and no number that would take hours or all memory to build. */
function isReasonable(value: unknown, most: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) <= most
  if (Array.isArray(value)) return value.length <= mostLayers && value.every((one) => isReasonable(one, most))
  if (typeof value === 'object' && value !== null) return Object.values(value).every((one) => isReasonable(one, most))
  return true
}

const absurdOption = (options: object): [string, unknown] | undefined =>
  Object.entries(options).find(([name, value]) => !isReasonable(value, counted.includes(name) ? mostLayers : many))

const modelOptions = v.pipe(
  v.record(v.string(), v.unknown(), 'must be an object'),
  v.check(
    (options) => absurdOption(options) === undefined,
    ({ input }) => {
      const [name, value] = absurdOption(input)!
      return `must not have ${name} ${show(value)}: ${counted.includes(name) ? `there are ${mostLayers} layers at most` : `numbers go up to ${many}, lists to ${mostLayers} entries`}`
    },
  ),
)

const training = object({
  epochs: whole(1, 1e9),
  batchSize: whole(1, many),
  learningRate: number(0),
  rateSearch: v.optional(object({ rates: v.array(number(0)), losses: v.array(finite) })),
  optimizer: choice(settingNames.optimizer),
  schedule: choice(settingNames.schedule),
  warmUp: number(0, 1),
  weightDecay: number(0),
  smoothing: number(0, 1),
  loss: v.optional(choice(settingNames.loss)),
  classWeights: v.optional(v.array(number(0))),
  augment: choice(settingNames.augment),
  testTime: v.optional(choice(settingNames.testTime)),
  seed: whole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  patience: whole(0, 1e9),
  clipNorm: number(0),
  average: number(0, 1),
  accumulate: whole(1, 1e9),
  saveEvery: whole(1, 1e9),
  syncBatchNorm: v.optional(v.boolean()),
  wire: v.optional(choice(settingNames.wire)),
  time: v.optional(number(0)),
})

const count = whole(0, Number.MAX_SAFE_INTEGER)
const share = v.optional(number(0, 1))

/** How the data was opened; what is not named here is checked where it is used. */
const maskValues = v.optional(v.array(v.union([text, count])))

const openOptions = object({
  examples: v.optional(whole(1, Number.MAX_SAFE_INTEGER)),
  length: v.optional(whole(1, many)),
  seed: v.optional(whole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
  validation: share,
  test: share,
  encoding: v.optional(text),
  usualEncoding: v.optional(text),
  delimiter: v.optional(choice([',', ';', '\t', '|', ' '])),
  keepTogether: v.optional(v.boolean('must be true or false')),
  columns: v.optional(texts),
  white: v.optional(v.picklist([1, 255], 'must be 1 or 255')),
  maskValues: maskValues,
  ignoreValues: maskValues,
  maskNames: v.optional(texts),
  maskChannel: v.optional(choice(['index', 'colour', 'alpha', 'red', 'green', 'blue'])),
})

const classified = ['classify', 'segment', 'detect', 'text']

const config = v.pipe(
  object({
    format: v.literal(1, 'must be 1, the only version this Convoke reads'),
    task: choice(taskNames),
    model: object({ name: choice([...models.modelNames, 'graph']), options: modelOptions }),
    classes: texts,
    picture: v.nullable(picture),
    text: v.nullable(
      object({
        tokenizer: choice(settingNames.tokenizer),
        version: v.optional(whole(1, 2)),
        words: texts,
        length: whole(1, 2 ** 20),
      }),
    ),
    sequence: v.nullable(sequence),
    data: object({
      source: text,
      kind: text,
      options: openOptions,
      counts: object({ train: count, validation: count, test: count }),
      path: v.optional(text),
    }),
    training,
    fineTuning: v.nullable(
      object({
        from: text,
        freeze: texts,
        layerDecay: number(0, 1),
        adapters: v.nullable(object({ rank: whole(1, 4096), match: text })),
        fresh: texts,
        freezeEpochs: v.optional(number(0)),
      }),
    ),
  }),
  // Each task needs its own kind of input.
  v.forward(
    v.check(
      ({ task, picture: own }) => ['text', 'sequence'].includes(task) || own !== null,
      'must say how large the pictures are',
    ),
    ['picture'],
  ),
  v.forward(
    v.check(({ task, text: own }) => task !== 'text' || own !== null, 'must say how texts are divided'),
    ['text'],
  ),
  v.forward(
    v.check(({ task, sequence: own }) => task !== 'sequence' || own !== null, 'must say what the sequences are'),
    ['sequence'],
  ),
  v.forward(
    v.check(({ task, classes }) => !classified.includes(task) || classes.length > 0, 'must name at least one class'),
    ['classes'],
  ),
  v.forward(
    v.check(
      ({ task, training: { augment } }) => augment !== 'mosaic' || (mosaicTasks as readonly string[]).includes(task),
      `can be mosaic for ${mosaicTasks.join(' and ')} only`,
    ),
    ['training', 'augment'],
  ),
  v.forward(
    v.check(({ classes }) => new Set(classes).size === classes.length, 'must name each class once'),
    ['classes'],
  ),
  v.forward(
    v.check(
      ({ task, classes, model: { options } }) =>
        !classified.includes(task) || typeof options['classes'] !== 'number' || options['classes'] === classes.length,
      'must name as many classes as the model has outputs (model.options.classes)',
    ),
    ['classes'],
  ),
  v.forward(
    v.check(
      ({ task, model }) => task !== 'generate' || v.is(whole(1, many), model.options['latent']),
      'must have the option latent, a whole number of 1 or more',
    ),
    ['model'],
  ),
)

/** An object, which the place names better than its contents would. */
const isPlain = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A configuration as it is. Throws `ConvokeError` that names the first value that cannot be, what it must be, and what to
 * do: `wayOut`.
 */
export function checkConfig(
  name: string,
  value: unknown,
  wayOut = 'Put back what Convoke wrote, or train again.',
): RunConfig {
  const result = v.safeParse(config, value, { abortEarly: true })
  // As it was written, to the order of its keys.
  if (result.success) return value as RunConfig
  const [issue] = result.issues
  const place = v.getDotPath(issue) ?? 'it'
  const input = issue.path === undefined ? issue.input : issue.path.at(-1)?.value
  // Of a key that is not there, valibot tells what its owner must be.
  const wrong =
    input === undefined
      ? `${place} is missing`
      : isPlain(input)
        ? `${place} ${issue.message}`
        : `${place} is ${show(input)}; it ${issue.message}`
  throw new ConvokeError(`${name} is not a configuration of a run: ${wrong}. ${wayOut}`)
}
