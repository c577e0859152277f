import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { KernelName, KernelSpecs } from '../../../backend.ts'
import { planKernel } from '../../plan/index.ts'
import { checkCase } from '../../testing/fuzz/check-case.ts'
import { createDraw, type FuzzCase } from '../../testing/fuzz/fuzz-case.ts'
import { openTargets, targetNames } from '../../testing/fuzz/targets.ts'
import { kernelNamed } from '../../testing/kernel-named.ts'
import { stretchesOf } from './stretches.ts'

const { targets } = openTargets(targetNames)

interface Long {
  readonly shape: readonly number[]
  readonly filter: readonly number[]
  readonly options: Parameters<typeof convSpec>[3]
}

/** Longer than what is planned as a whole: by rows, images and positions, with edges of every kind. */
const longs: Readonly<Record<string, Long>> = {
  'a tall picture': { shape: [1, 70_001, 2, 3], filter: [3, 3, 3, 2], options: { padding: 'same' } },
  'tall, strided and dilated': {
    ...{ shape: [1, 140_003, 2, 1], filter: [3, 2, 1, 2] },
    options: { stride: [2, 1], dilation: [3, 1], padding: [5, 1] },
  },
  'tall, each third row': { shape: [1, 200_000, 2, 1], filter: [1, 1, 1, 1], options: { stride: [3, 1] } },
  'two tall pictures, a filter a channel': {
    ...{ shape: [2, 40_000, 2, 2], filter: [3, 2, 1, 2] },
    options: { groups: 2, padding: [1, 1] },
  },
  'many small pictures': { shape: [30_000, 3, 2, 2], filter: [2, 2, 2, 3], options: { padding: 'same' } },
  'a long volume': { shape: [1, 40_000, 2, 2, 1], filter: [2, 2, 2, 1, 2], options: { padding: 1 } },
  'a long signal': { shape: [1, 600_011, 1], filter: [5, 1, 1], options: { padding: 'same' } },
  'a volume long in its middle': { shape: [2, 3, 22_001, 2, 2], filter: [2, 3, 2, 2, 3], options: { padding: 'same' } },
  'a volume long in its middle, strided and dilated': {
    ...{ shape: [1, 4, 33_003, 3, 1], filter: [2, 3, 2, 1, 2] },
    options: {
      stride: [2, 2, 1],
      dilation: [1, 3, 2],
      padding: [
        [1, 0],
        [5, 2],
        [0, 1],
      ],
    },
  },
  'a filter a channel over a volume long in its middle': {
    ...{ shape: [1, 3, 22_003, 2, 2], filter: [3, 2, 2, 1, 2] },
    options: { groups: 2, padding: 1 },
  },
  'a volume of wide planes': { shape: [1, 2, 2, 262_201, 1], filter: [2, 2, 3, 1, 1], options: { padding: 'same' } },
  'a wide picture': {
    shape: [1, 3, 262_203, 2],
    filter: [3, 3, 2, 1],
    options: {
      padding: [
        [0, 1],
        [1, 0],
      ],
    },
  },
  'a wide picture, each second column': {
    shape: [1, 2, 262_203, 1],
    filter: [1, 1, 1, 2],
    options: { stride: [1, 2] },
  },
  'long padding': { shape: [1, 1000, 1], filter: [3, 1, 2], options: { padding: [[500_000, 300_000]] } },
  'pixels one by one': { shape: [1, 800, 900, 1], filter: [1, 1, 1, 2], options: {} },
}

function caseOf(kernel: KernelName, { shape, filter, options }: Long): FuzzCase {
  const draw = createDraw(7, shape[1])
  const conv = convSpec('test', shape, filter, options)
  const shapes = convShapes(conv)
  const [input, weights, output] = [sizeOf(shapes.input), sizeOf(shapes.filter), sizeOf(shapes.output)]
  const columns = conv.batch * sizeOf(conv.outputSize) * sizeOf(conv.kernel) * conv.inputChannels
  const forward = kernel === 'conv'
  const rest = forward ? [conv.outputChannels, output] : [conv.inputChannels, input]
  const operands: Partial<Record<KernelName, readonly [number[], number, number]>> = {
    conv: [[input, weights, ...rest], output, weights],
    convTranspose: [[output, weights, ...rest], input, weights],
    convFilterGradient: [[input, output], weights, output],
    unfold: [[input], columns, 1],
    fold: [[columns], input, sizeOf(conv.kernel)],
  }
  const [lengths, result, terms] = operands[kernel]!
  const epilogue = { bias: true, residual: true, activation: null }
  return {
    ...{ kernel, spec: { conv, epilogue, precision: 'fast' } as KernelSpecs[KernelName] },
    inputs: lengths.map((length) => draw.values('float32', length, 1)),
    outputs: [{ dtype: 'float32', length: result }],
    allowance: { kind: 'sum', terms },
  }
}

describe('stretches', () => {
  test.each(Object.entries(longs))('of %s agree with the reference, whatever is computed', (_, long) => {
    const conv = convSpec('test', long.shape, long.filter, long.options)
    expect(stretchesOf(conv, 'output') ?? stretchesOf(conv, 'input')).not.toBeNull()
    for (const kernel of ['conv', 'convTranspose', 'convFilterGradient', 'unfold', 'fold'] as const) {
      expect(checkCase(caseOf(kernel, long), targets), kernel).toEqual([])
    }
  })

  test('cover every position once, whichever side is shared out', () => {
    for (const { shape, filter, options } of Object.values(longs)) {
      const conv = convSpec('test', shape, filter, options)
      for (const side of ['output', 'input'] as const) {
        const stretches = stretchesOf(conv, side)
        if (stretches === null) continue
        const covered = new Uint8Array(conv.batch * sizeOf(side === 'output' ? conv.outputSize : conv.inputSize))
        for (const { conv: own, within, [side]: first } of stretches) {
          const positions = own.batch * sizeOf(side === 'output' ? own.outputSize : own.inputSize)
          const { count, length, pitch } = within?.[side] ?? { count: 1, length: positions, pitch: 0 }
          expect(count * length).toBe(positions)
          for (let line = 0; line < count; line++) {
            const at = first + line * pitch
            for (let i = at; i < at + length; i++) covered[i]++
          }
        }
        expect(covered.every((times) => times === 1)).toBe(true)
      }
    }
  })

  test('hold tables of a few kinds of stretches, however many there are', () => {
    const [{ backends }] = targets
    const { runtime } = backends[0]
    const tall = (height: number) => convSpec('test', [1, height, 2, 3], [3, 3, 3, 2], { padding: 'same' })
    const long = (length: number) => convSpec('test', [1, 4, length, 4, 2], [3, 3, 3, 2, 2], { padding: 'same' })
    const bytesOf = (kernel: KernelName, conv: ConvSpec): number => {
      const spec = { conv, epilogue: null, precision: 'exact' } as KernelSpecs[KernelName]
      const planned = planKernel({
        kernel: kernelNamed(kernel),
        spec,
        inputs: [],
        outputs: [{ dtype: 'float32', length: 1 }],
        runtime,
      })
      return 'plan' in planned ? planned.plan.tables.reduce((sum, table) => sum + table.byteLength, 0) : Number.NaN
    }
    for (const kernel of ['conv', 'convTranspose', 'convFilterGradient', 'unfold', 'fold'] as const) {
      expect(bytesOf(kernel, tall(2 ** 22)), kernel).toBeLessThan(4 * bytesOf(kernel, tall(2 ** 14)))
      expect(bytesOf(kernel, long(2 ** 20)), kernel).toBeLessThan(8 * bytesOf(kernel, long(2 ** 12)))
    }
  })
})
