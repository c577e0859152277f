// An option that is undefined is one that was not given, in types (exactOptionalPropertyTypes) and when run: wrappers pass on
// what they may not have got.

import { expect, it } from 'vitest'
import * as ops from './index.ts'

const { tensor } = ops
const x = tensor([
  [1, -2, 3],
  [4, 0.5, -6],
])
const picture = tensor([
  [
    [[1], [2]],
    [[3], [5]],
  ],
])

const calls: Readonly<Record<string, readonly [given: (none: undefined) => unknown, left: () => unknown]>> = {
  leakyRelu: [(alpha) => ops.leakyRelu(x, { alpha }).toArray(), () => ops.leakyRelu(x).toArray()],
  elu: [(alpha) => ops.elu(x, { alpha }).toArray(), () => ops.elu(x).toArray()],
  gelu: [(approximate) => ops.gelu(x, { approximate }).toArray(), () => ops.gelu(x).toArray()],
  hardSigmoid: [
    (none) => ops.hardSigmoid(x, { alpha: none, beta: none }).toArray(),
    () => ops.hardSigmoid(x).toArray(),
  ],
  variance: [
    (none) => ops.variance(x, { correction: none, axes: none, keepDims: none }).toArray(),
    () => ops.variance(x).toArray(),
  ],
  norm: [(none) => ops.norm(x, { p: none, axes: none }).toArray(), () => ops.norm(x).toArray()],
  argMax: [(none) => ops.argMax(x, { axis: none, keepDims: none }).toArray(), () => ops.argMax(x).toArray()],
  softmax: [(axis) => ops.softmax(x, { axis }).toArray(), () => ops.softmax(x).toArray()],
  logSoftmax: [(axis) => ops.logSoftmax(x, { axis }).toArray(), () => ops.logSoftmax(x).toArray()],
  gather: [(axis) => ops.gather(x, [1], { axis }).toArray(), () => ops.gather(x, [1]).toArray()],
  topK: [
    (none) => ops.topK(x, 2, { axis: none, largest: none }).values.toArray(),
    () => ops.topK(x, 2).values.toArray(),
  ],
  sort: [(none) => ops.sort(x, { axis: none, descending: none }).toArray(), () => ops.sort(x).toArray()],
  lpPool: [
    (none) => ops.lpPool(picture, 2, { p: none, stride: none, padding: none }).toArray(),
    () => ops.lpPool(picture, 2).toArray(),
  ],
  globalAveragePool: [
    (keepDims) => ops.globalAveragePool(picture, { keepDims }).toArray(),
    () => ops.globalAveragePool(picture).toArray(),
  ],
  globalLpPool: [
    (none) => ops.globalLpPool(picture, { keepDims: none, p: none }).toArray(),
    () => ops.globalLpPool(picture).toArray(),
  ],
  pixelUnshuffle: [
    (order) => ops.pixelUnshuffle(picture, 2, { order }).toArray(),
    () => ops.pixelUnshuffle(picture, 2).toArray(),
  ],
  layerNorm: [(none) => ops.layerNorm(x, { axes: none, epsilon: none }).toArray(), () => ops.layerNorm(x).toArray()],
  randomNormal: [
    (none) => ops.randomNormal([4], { seed: 1, mean: none, deviation: none }).toArray(),
    () => ops.randomNormal([4], { seed: 1 }).toArray(),
  ],
  randomUniform: [
    (none) => ops.randomUniform([4], { seed: 1, low: none, high: none }).toArray(),
    () => ops.randomUniform([4], { seed: 1 }).toArray(),
  ],
  GlobalAveragePool: [
    (keepDims) => ops.nn.GlobalAveragePool({ keepDims }).initialize(1)(picture).toArray(),
    () => ops.nn.GlobalAveragePool().initialize(1)(picture).toArray(),
  ],
  stepDecay: [(gamma) => ops.optim.stepDecay({ every: 2, gamma })(3), () => ops.optim.stepDecay({ every: 2 })(3)],
  cosine: [(floor) => ops.optim.cosine({ steps: 4, floor })(3), () => ops.optim.cosine({ steps: 4 })(3)],
  oneCycle: [
    (none) => ops.optim.oneCycle({ steps: 9, rise: none, divide: none, finalDivide: none })(3),
    () => ops.optim.oneCycle({ steps: 9 })(3),
  ],
  warmUp: [(after) => ops.optim.warmUp({ steps: 4, after })(6), () => ops.optim.warmUp({ steps: 4 })(6)],
  suppressOverlaps: [
    (none) => ops.metrics.suppressOverlaps([], { threshold: none, limit: none }),
    () => ops.metrics.suppressOverlaps([]),
  ],
  vocabulary: [
    (none) => ops.data.vocabulary([['a']], { least: none, limit: none }).words,
    () => ops.data.vocabulary([['a']]).words,
  ],
}

it.each(Object.entries(calls))('%s takes an option that is undefined as one that was left out', (_, [given, left]) => {
  const shown = JSON.stringify(left())
  expect(shown).not.toContain('null')
  expect(JSON.stringify(given(undefined))).toBe(shown)
})
