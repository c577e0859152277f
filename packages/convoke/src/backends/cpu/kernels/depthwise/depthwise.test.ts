import { describe, expect, it } from 'vitest'
import { type ConvSpec, convShapes, convSpec, describeConv } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import { planDirect } from '../direct/plan-direct.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { fitsDepthwise, planDepthwise } from './index.ts'

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

const biased: Epilogue = { bias: true, residual: false, activation: { kind: 'clip', low: 0, high: 6 } }
const leaky: Epilogue = { bias: false, residual: false, activation: { kind: 'leakyRelu', alpha: 0.25 } }
const inMemory: Epilogue = { bias: true, residual: false, activation: { kind: 'silu' } }

type Options = NonNullable<Parameters<typeof convSpec>[3]>

/** `size` is spatial; a filter a channel. */
const depthwise = (
  [batch, ...size]: readonly number[],
  channels: number,
  kernel: readonly number[],
  options: Omit<Options, 'groups'> = {},
): ConvSpec => convSpec('conv', [batch, ...size, channels], [...kernel, 1, channels], { ...options, groups: channels })

const cases: readonly (readonly [ConvSpec, Epilogue | null])[] = [
  [depthwise([1, 14, 14], 32, [3, 3], { padding: 1 }), biased],
  [depthwise([2, 7, 7], 48, [3, 3], { padding: 1 }), inMemory],
  [depthwise([1, 11, 13], 32, [3, 3], { padding: 1, stride: 2 }), biased],
  [depthwise([1, 12, 14], 16, [3, 3], { padding: 'same', stride: 2 }), null],
  // The last vector of channels overlaps the one before.
  [depthwise([1, 9, 8], 37, [3, 3], { padding: 1 }), leaky],
  [depthwise([1, 5, 6], 23, [3, 3]), biased],
  // Fewer rows than a tile, fewer pixels between the ends, and one alone.
  [depthwise([1, 1, 9], 16, [1, 3], { padding: [0, 1] }), null],
  [depthwise([1, 2, 4], 16, [3, 3], { padding: 1 }), biased],
  [depthwise([3, 6, 3], 20, [3, 3], { padding: 1 }), inMemory],
  [depthwise([1, 17, 19], 32, [5, 5], { padding: 2 }), biased],
  [depthwise([1, 15, 18], 17, [5, 3], { padding: [2, 1], stride: [2, 1] }), leaky],
  [depthwise([1, 16, 9], 16, [2, 4], { padding: 'same', stride: [1, 2] }), null],
  [
    depthwise([2, 8, 10], 33, [3, 3], {
      padding: [
        [0, 2],
        [2, 0],
      ],
    }),
    biased,
  ],
  // A signal, and a kernel of one column over pixels that stand apart.
  [depthwise([2, 29], 24, [4], { padding: 'causal' }), biased],
  [depthwise([1, 9, 9], 16, [3, 1], { padding: [1, 0], stride: 2, dilation: [1, 5] }), null],
]

const inputsOf = (spec: ConvSpec, epilogue: Epilogue | null): Float32Array[] => {
  const { input, filter } = convShapes(spec)
  const lengths = [sizeOf(input), sizeOf(filter), ...(epilogue?.bias ? [spec.outputChannels] : [])]
  return lengths.map((length, i) => randomArray('float32', length, i + 1).map((value) => value / 10) as Float32Array)
}

const outputOf = (spec: ConvSpec) => ({ dtype: 'float32', length: sizeOf(convShapes(spec).output) }) as const

describe.each(targets)('depthwise tiles for $name', (target) => {
  const fitting = cases.filter(([spec]) => spec.inputChannels >= target.lanes)

  it.each(fitting.map(([spec, epilogue]) => [describeConv(spec), spec, epilogue] as const))(
    'compute %s within their buffers',
    (_, conv, epilogue) => {
      expect(fitsDepthwise({ conv, epilogue, target })).toBe(true)
      const inputs = inputsOf(conv, epilogue)
      const [expected] = reference('conv', { conv, epilogue, precision: 'fast' }, inputs, [outputOf(conv)])
      for (const threads of [1, 3]) {
        const [y] = planned(planDepthwise({ conv, epilogue, target, threads }), inputs, [outputOf(conv)])
        y.forEach((value, i) => {
          expect(Math.abs(value - expected[i]), `[${i}] is ${value}, not ${expected[i]}`).toBeLessThan(1e-5)
        })
      }
    },
  )

  it('sum an output’s taps in one order, wherever its tile lies and however many threads there are', () => {
    const conv = depthwise([1, 10, 10], 32, [3, 3], { padding: 1 })
    const inputs = inputsOf(conv, null)
    const [whole] = planned(planDepthwise({ conv, epilogue: null, target, threads: 1 }), inputs, [outputOf(conv)])
    const [parted] = planned(planDepthwise({ conv, epilogue: null, target, threads: 8 }), inputs, [outputOf(conv)])
    expect(parted).toEqual(whole)
    const [direct] = planned(planDirect({ conv, epilogue: null, target, threads: 1 }), inputs, [outputOf(conv)])
    expect(whole).toEqual(direct)
  })

  it('leave out taps in the padding, so that an infinite weight makes no NaN of zeros outside', () => {
    const conv = depthwise([1, 5, 5], 16, [3, 3], { padding: 1 })
    const [x, filter] = inputsOf(conv, null).map((array) => array.map(() => 1))
    filter.fill(Number.POSITIVE_INFINITY, 0, 16)
    const [y] = planned(planDepthwise({ conv, epilogue: null, target, threads: 1 }), [x, filter], [outputOf(conv)])
    const at = (row: number, column: number): number => y[(row * 5 + column) * 16]
    expect([at(0, 0), at(0, 3), at(3, 0), at(4, 4), at(1, 1)]).toEqual([4, 6, 6, Infinity, Infinity])
  })
})

it.each([
  ['few channels', depthwise([1, 8, 8], 3, [3, 3], { padding: 1 }), null],
  ['several outputs a channel', convSpec('conv', [1, 8, 8, 32], [3, 3, 1, 64], { groups: 32 }), null],
  ['a residual, which is added once', depthwise([1, 8, 8], 32, [3, 3]), { ...biased, residual: true }],
  ['a large kernel', depthwise([1, 20, 20], 32, [7, 7]), null],
  ['dilation', depthwise([1, 20, 20], 32, [3, 3], { dilation: 2 }), null],
  ['long strides', depthwise([1, 20, 20], 32, [3, 3], { stride: 3 }), null],
  ['three axes', depthwise([1, 4, 8, 8], 32, [3, 3, 3]), null],
  ['padding wider than the kernel', depthwise([1, 8, 8], 32, [3, 3], { padding: 3 }), null],
  ['no window that lies inside', depthwise([1, 2, 2], 32, [3, 3], { padding: 1 }), null],
] as const)('leave %s to others', (_, conv, epilogue) => {
  for (const target of targets) expect(fitsDepthwise({ conv, epilogue, target })).toBe(false)
})
