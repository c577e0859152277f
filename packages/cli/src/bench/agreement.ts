// Whether those who run a network give the same.

import { type Output, sizeOf } from './contender.ts'

/** Results that differ by more, of the largest value, are told of in words. */
export const agreeing = 1e-3

/**
 * The largest difference over the largest value of the expected outputs; infinite where shapes differ or one alone is not finite. `from`
 * says for each output whether `found` has it channels first and `expected` channels last.
 */
export function differenceOf(
  found: readonly Output[],
  expected: readonly Output[],
  from: readonly boolean[] = [],
): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  return expected.reduce((worst, one, i) => {
    const own = from[i] && one.shape.length >= 3 ? channelsLast(found[i]) : found[i]
    return Math.max(worst, one.shape.join() === own.shape.join() ? ofNumbers(own, one) : Number.POSITIVE_INFINITY)
  }, 0)
}

function ofNumbers({ data: found }: Output, { data: expected }: Output): number {
  let [worst, largest] = [0, 0]
  for (let at = 0; at < expected.length; at++) {
    const [own, other] = [Number(found[at]), Number(expected[at])]
    if (Object.is(own, other)) continue
    const difference = Math.abs(own - other)
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
  }
  for (let at = 0; at < expected.length; at++) {
    const value = Math.abs(Number(expected[at]))
    if (Number.isFinite(value)) largest = Math.max(largest, value)
  }
  return worst === 0 ? 0 : worst / Math.max(largest, Number.MIN_VALUE)
}

function channelsLast({ shape, data }: Output): Output {
  const [batch, channels, ...size] = shape
  const pixels = sizeOf(size)
  const moved = Array.from({ length: data.length }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels]
    const [image, place] = [Math.floor(pixel / pixels), pixel % pixels]
    return data[(image * channels + channel) * pixels + place]
  })
  return { shape: [batch, ...size, channels], data: moved }
}
