// moments, normalize, normalizeGradient (Ioffe & Szegedy 2015, section 3, with its gradients); weightNorm and its gradient
// (Salimans & Kingma 2016, equations 2 and 3); normalizeGroups and its gradient (Ba et al. 2016; Wu & He 2018).

import type { KernelSpecs, NormalizeGroupsSpec, NormalizeSpec, TypedArray } from '../backend.ts'

/** The sum of `term` over the rows of each channel. */
function channelSums(channels: number, length: number, term: (index: number, channel: number) => number): Float64Array {
  const sums = new Float64Array(channels)
  for (let i = 0; i < length; i++) sums[i % channels] += term(i, i % channels)
  return sums
}

export function moments(
  { channels }: KernelSpecs['moments'],
  [x]: readonly TypedArray[],
  [mean, variance]: readonly TypedArray[],
): void {
  const rows = x.length / channels
  const centres = channelSums(channels, x.length, (i) => x[i]).map((sum) => sum / rows)
  mean.set(centres)
  variance.set(channelSums(channels, x.length, (i, c) => (x[i] - centres[c]) ** 2).map((sum) => sum / rows))
}

const inverseDeviation = (variance: number, epsilon: number): number => 1 / Math.sqrt(variance + epsilon)

export function normalize(
  { channels, epsilon, relu, residual }: KernelSpecs['normalize'],
  [x, mean, variance, scale, bias, other]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  for (let i = 0; i < x.length; i++) {
    const c = i % channels
    const own = (x[i] - mean[c]) * inverseDeviation(variance[c], epsilon) * scale[c] + bias[c]
    const z = residual ? own + other[i] : own
    y[i] = relu && z < 0 ? 0 : z
  }
}

export function normalizeGradient(
  { channels, epsilon, relu }: NormalizeSpec,
  [given, x, mean, variance, scale, bias]: readonly TypedArray[],
  [toX, toScale, toBias]: readonly TypedArray[],
): void {
  const rows = x.length / channels
  const standard = (i: number, c: number): number => (x[i] - mean[c]) * inverseDeviation(variance[c], epsilon)
  const arriving = (i: number, c: number): number => (relu && !(standard(i, c) * scale[c] + bias[c] > 0) ? 0 : given[i])
  const sums = channelSums(channels, x.length, arriving)
  const products = channelSums(channels, x.length, (i, c) => arriving(i, c) * standard(i, c))
  for (let i = 0; i < x.length; i++) {
    const c = i % channels
    const centred = arriving(i, c) - sums[c] / rows - (standard(i, c) * products[c]) / rows
    toX[i] = scale[c] * inverseDeviation(variance[c], epsilon) * centred
  }
  toScale.set(products)
  toBias.set(sums)
}

const lengths = (channels: number, v: TypedArray): Float64Array =>
  channelSums(channels, v.length, (i) => v[i] * v[i]).map(Math.sqrt)

export function weightNorm(
  { channels }: KernelSpecs['weightNorm'],
  [v, gain]: readonly TypedArray[],
  [w]: readonly TypedArray[],
): void {
  const norms = lengths(channels, v)
  for (let i = 0; i < v.length; i++) w[i] = (gain[i % channels] * v[i]) / norms[i % channels]
}

export function weightNormGradient(
  { channels }: KernelSpecs['weightNormGradient'],
  [given, v, gain]: readonly TypedArray[],
  [toV, toGain]: readonly TypedArray[],
): void {
  const norms = lengths(channels, v)
  const along = channelSums(channels, v.length, (i, c) => (given[i] * v[i]) / norms[c])
  for (let i = 0; i < v.length; i++) {
    const c = i % channels
    toV[i] = (gain[c] / norms[c]) * (given[i] - (along[c] * v[i]) / norms[c])
  }
  toGain.set(along)
}

/** The indices in x of each outer index and group, with the place of each in scale and bias. */
function* groupsOf({ outer, positions, groups, channels }: NormalizeGroupsSpec): Generator<[number, number][]> {
  for (let o = 0; o < outer; o++) {
    for (let g = 0; g < groups; g++) {
      yield Array.from({ length: positions * channels }, (_, i): [number, number] => {
        const place = g * channels + (i % channels)
        return [(o * positions + Math.floor(i / channels)) * groups * channels + place, place]
      })
    }
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export function normalizeGroups(
  spec: NormalizeGroupsSpec,
  [x, scale, bias]: readonly TypedArray[],
  [y, mean, inverse]: readonly TypedArray[],
): void {
  let group = 0
  for (const members of groupsOf(spec)) {
    const centre = spec.centred ? meanOf(members.map(([i]) => x[i])) : 0
    const r = inverseDeviation(meanOf(members.map(([i]) => (x[i] - centre) ** 2)), spec.epsilon)
    for (const [i, c] of members) y[i] = (x[i] - centre) * r * scale[c] + bias[c]
    mean[group] = centre
    inverse[group++] = r
  }
}

export function normalizeGroupsGradient(
  spec: NormalizeGroupsSpec,
  [given, x, mean, inverse, scale]: readonly TypedArray[],
  [toX, toScale, toBias]: readonly TypedArray[],
): void {
  const [alongScale, alongBias] = [new Float64Array(scale.length), new Float64Array(scale.length)]
  let group = 0
  for (const members of groupsOf(spec)) {
    const [centre, r] = [mean[group], inverse[group++]]
    const standard = (i: number): number => (x[i] - centre) * r
    const shift = spec.centred ? meanOf(members.map(([i, c]) => given[i] * scale[c])) : 0
    const slope = meanOf(members.map(([i, c]) => given[i] * scale[c] * standard(i)))
    for (const [i, c] of members) {
      toX[i] = r * (given[i] * scale[c] - shift - standard(i) * slope)
      alongScale[c] += given[i] * standard(i)
      alongBias[c] += given[i]
    }
  }
  toScale.set(alongScale)
  toBias.set(alongBias)
}
