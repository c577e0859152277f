// Configurations as they are found: every part of one is held to its rule before anything is made of it.

import { ConvokeError } from 'convoke/shapes'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { usualTraining } from './kits/kit.ts'

const good = {
  ...{ format: 1, task: 'classify', classes: ['a', 'b'], text: null, sequence: null, fineTuning: null },
  model: { name: 'compact', options: { classes: 2, channels: 1, widths: [4, 8] } },
  picture: { height: 12, width: 12, channels: 1, mean: [0.5], deviation: [0.25] },
  data: { source: 'x', kind: 'folders', options: {}, counts: { train: 8, validation: 1, test: 1 } },
  training: usualTraining,
}

type Path = readonly (string | number)[]

/** The configuration with another value at a place; undefined takes it away. */
function changed(path: Path, value: unknown, from: object = good): unknown {
  const copy = structuredClone(from) as Record<string, unknown>
  const owner = path.slice(0, -1).reduce((at, key) => at[key as string] as Record<string, unknown>, copy)
  if (value === undefined) delete owner[path.at(-1) as string]
  else owner[path.at(-1) as string] = value
  return copy
}

const read = (value: unknown) => parseConfig('run/config.json', JSON.stringify(value))

describe('a configuration', () => {
  it('comes back as it was, keys that a later version may have added included', () => {
    expect(read(good)).toEqual(good)
    const more = changed(['training', 'later'], 7, changed(['later'], { x: 1 }) as object)
    expect(JSON.stringify(read(more))).toBe(JSON.stringify(more))
  })

  it.each<[Path, unknown, string]>([
    [['picture', 'height'], 20_000, 'picture.height is 20000; it must be a whole number from 1 to 16384'],
    [
      ['picture'],
      { ...good.picture, height: 16_384, width: 16_384, channels: 3 },
      'must hold 268435456 values at most',
    ],
    [['classes'], ['a', 'a'], 'must name each class once'],
    [['training', 'augment'], 'mosaic', 'training.augment is "mosaic"; it can be mosaic for segment and detect only'],
    [['training', 'testTime'], 'often', 'training.testTime is "often"; it must be'],
    [['training', 'rateSearch'], { rates: [0.1], losses: [Number.NaN] }, 'training.rateSearch.losses.0 is'],
    [['classes'], ['a', 'b', 'c'], 'must name as many classes as the model has outputs'],
    [['picture', 'width'], 0, 'picture.width is 0; it must be a whole number'],
    [['picture', 'width'], 1.5, 'picture.width is 1.5'],
    [['picture', 'channels'], 4, 'picture.channels is 4; it must be 1 or 3'],
    [['picture', 'mean'], [], 'must have a mean and a deviation for each channel'],
    [['picture', 'mean', 0], 'x', 'picture.mean.0 is "x"; it must be a number'],
    [['picture', 'deviation', 0], 0, 'picture.deviation.0 is 0; it must be above 0'],
    [['picture'], undefined, 'picture is missing'],
    [['picture'], null, 'picture is null; it must say how large the pictures are'],
    [['training', 'batchSize'], 0, 'training.batchSize is 0; it must be a whole number from 1 to'],
    [['training', 'batchSize'], 1e12, 'training.batchSize is 1000000000000'],
    [['training', 'epochs'], -1, 'training.epochs is -1'],
    [['training', 'learningRate'], '0.1', 'training.learningRate is "0.1"; it must be a number of 0 or more'],
    [['training', 'learningRate'], -1, 'training.learningRate is -1'],
    [['training', 'warmUp'], 2, 'training.warmUp is 2; it must be a number from 0 to 1'],
    [['training', 'loss'], 'focal', 'training.loss is "focal"; it must be one of cross-entropy, dice, both'],
    [['training', 'optimizer'], 'lion', 'training.optimizer is "lion"; it must be one of adamw, adam'],
    [['training', 'optimizer'], 'constructor', 'training.optimizer is "constructor"'],
    [['training', 'saveEvery'], null, 'training.saveEvery is null'],
    [['training'], [], 'training.epochs is missing'],
    [['training'], undefined, 'training is missing. Put back'],
    [['training', 'epochs'], undefined, 'training.epochs is missing. Put back'],
    [['classes'], undefined, 'classes is missing. Put back'],
    [['picture', 'deviation'], [1, 1, 1, 1], ': picture must have a mean and a deviation for each channel.'],
    [['model'], undefined, 'model is missing'],
    [['model', 'name'], 'toString', 'model.name is "toString"; it must be one of cct'],
    [['model', 'options'], null, 'model.options is null; it must be an object'],
    [['model', 'options', 'layers'], 1e9, 'must not have layers 1000000000: there are 1024 layers at most'],
    [['model', 'options', 'widths'], [1e9], 'must not have widths [1000000000]: numbers go up to 16777216'],
    [['model', 'options', 'widths'], Array(5000).fill(1), 'lists to 1024 entries'],
    [['classes'], 'ab', 'classes is "ab"; it must be a list of strings'],
    [['classes', 0], 3, 'classes.0 is 3; it must be a string'],
    [['classes'], [], 'it must name at least one class'],
    [['task'], 'clasify', 'task is "clasify"; it must be one of classify, segment'],
    [['task'], 'text', 'text is null; it must say how texts are divided'],
    [['task'], 'sequence', 'sequence is null; it must say what the sequences are'],
    [['task'], 'generate', 'must have the option latent'],
    [['format'], 2, 'format is 2; it must be 1'],
    [['data'], undefined, 'data is missing'],
    [['data', 'counts', 'test'], -1, 'data.counts.test is -1'],
    [['data', 'options', 'examples'], '5', 'data.options.examples is "5"'],
    [['data', 'path'], 7, 'data.path is 7; it must be a string'],
    [['fineTuning'], {}, 'fineTuning.from is missing'],
    [
      ['fineTuning'],
      { from: 'x', freeze: [], layerDecay: 1, fresh: [], adapters: { rank: 0, match: '' } },
      'adapters.rank is 0',
    ],
    [['text'], { tokenizer: 'english', words: ['a'], length: 1e9 }, 'text.length is 1000000000'],
    [['text'], { tokenizer: 'klingon', words: [], length: 1 }, 'text.tokenizer is "klingon"'],
    [
      ['sequence'],
      { length: 2 ** 20, features: 2 ** 20, target: 'class', outputs: 2, mean: [], deviation: [] },
      'length × features',
    ],
  ])('whose %j is %j is refused', (path, value, message) => {
    const refused = () => read(changed(path, value))
    expect(refused).toThrow(ConvokeError)
    expect(refused).toThrow(message)
    expect(refused).toThrow(
      /^run\/config\.json is not a configuration of a run: .*Put back what Convoke wrote, or train again\.$/,
    )
  })

  it.each(['', '{', 'null', '7', '"x"', '[]', '{"format":1}', '{"__proto__":{"format":1}}', '['.repeat(50_000)])(
    'that is %j is refused',
    (text) => {
      expect(() => parseConfig('run/config.json', text.slice(0, 60_000))).toThrow(ConvokeError)
    },
  )

  it('without any of its parts is refused, and never half believed', () => {
    const paths = (value: unknown, at: Path): Path[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, own]) => [[...at, key], ...paths(own, [...at, key])])
        : []
    const parts = paths(good, []).filter((path) => path[1] !== 'options' || path.length < 3)
    expect(parts.length).toBeGreaterThan(35)
    for (const path of parts)
      expect(() => read(changed(path, undefined)), path.join('.')).toThrow(`${path.join('.')} is missing`)
  })
})
