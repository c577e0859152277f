import { conv, tensor } from 'convoke'
import { describe, expect, it } from 'vitest'
import type { Layer } from './layers.ts'
import { verify } from './verify.ts'
import { workload } from './workload.ts'

const layer: Layer = {
  ...{ name: 'small', set: 'other', op: 'conv', input: [1, 8, 8, 3], filter: [3, 3, 3, 4] },
  ...{ geometry: { padding: 1 }, weights: 'random' },
}
const subject = workload(layer, 'forward', 1)
const right = Float32Array.from(
  conv(
    tensor(subject.input, { shape: layer.input }),
    tensor(subject.filter, { shape: layer.filter }),
    layer.geometry,
  ).dataSync(),
)

const changed = (change: (values: Float32Array) => void): Float32Array => {
  const copy = right.slice()
  change(copy)
  return copy
}

describe('verification', () => {
  it('passes the right result, alone and beside another', () => {
    expect(verify(subject, [right], null)).toBeNull()
    expect(verify(subject, [right], [right])).toBeNull()
  })

  it('finds a result that is wrong everywhere without anything to compare it with', () => {
    const scaled = changed((values) =>
      values.forEach((value, i) => {
        values[i] = value * 1.01
      }),
    )
    expect(verify(subject, [scaled], null)).toMatch(/^the output is wrong: element \d+ is .*, by definition /)
  })

  it('finds a single wrong element by comparing with the first contender', () => {
    const odd = changed((values) => {
      values[101] += 0.01
    })
    expect(verify(subject, [odd], [right])).toMatch(/^the output is wrong: element 101 is/)
  })

  it('takes NaN for wrong', () => {
    expect(verify(subject, [changed((values) => values.fill(Number.NaN))], null)).toMatch(/NaN/)
    expect(
      verify(
        subject,
        [
          changed((values) => {
            values[101] = Number.NaN
          }),
        ],
        [right],
      ),
    ).toMatch(/element 101 is NaN/)
  })

  it('finds a result that is missing or of another length', () => {
    expect(verify(subject, [], null)).toBe('the output is missing')
    expect(verify(subject, [right.slice(1)], [right])).toBe('the output has 255 elements, 256 were expected')
  })
})
