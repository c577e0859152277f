// Random pictures and signals, and one kernel for all their channels.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import type { PaddingPair } from '../../../../shapes/padding.ts'
import { withSpecials } from './convolutions.ts'
import type { Draw, FuzzCase, Operand } from './fuzz-case.ts'

const mostProducts = 2_000_000

/** Few channels on pictures of some tiles, now and then a kernel longer than the picture. */
function drawPicture(draw: Draw): ConvSpec {
  for (;;) {
    const rank = draw.chance(0.2) ? 1 : 2
    const each = <T>(make: () => T): T[] => Array.from({ length: rank }, make)
    const channels = draw.chance(0.85) ? draw.between(1, 4) : draw.between(5, 40)
    const most = draw.chance(0.1) ? 61 : 13
    const kernel = each(() => draw.between(1, most))
    const size = each(() => (rank === 1 ? draw.size(900) : draw.size(draw.chance(0.3) ? 130 : 40)))
    const dilation = each(() => (draw.chance(0.8) ? 1 : draw.between(1, 4)))
    const far = draw.chance(0.1) ? 70 : 8
    const padding = each((): PaddingPair => [draw.below(far), draw.below(far)])
    const batch = draw.between(1, 2)
    try {
      const options = { padding, dilation, groups: channels }
      const conv = convSpec('fuzz', [batch, ...size, channels], [...kernel, 1, channels], options)
      if (sizeOf(convShapes(conv).output) * sizeOf(kernel) <= mostProducts) return conv
    } catch (error) {
      // The kernel drawn does not fit: draw again.
      if (!(error instanceof ConvokeError)) throw error
    }
  }
}

/** Taps whose sizes differ by four times at most. */
const factor = (draw: Draw, length: number): Operand => ({
  dtype: 'float32',
  data: Float32Array.from({ length }, () => (draw.chance(0.5) ? 1 : -1) * (0.5 + draw.unit() / 2)),
})

function product(column: Operand, row: Operand): Operand {
  const width = row.data.length
  const tap = (_: unknown, i: number): number => column.data[Math.floor(i / width)] * row.data[i % width]
  return { dtype: 'float32', data: Float32Array.from({ length: column.data.length * width }, tap) }
}

function drawKernels(
  draw: Draw,
  { kernel, rank }: ConvSpec,
): { readonly factors: boolean; readonly kernels: Operand[] } {
  const shared = draw.unit()
  if (rank === 1 || shared < 0.4) return { factors: false, kernels: [draw.values('float32', sizeOf(kernel), 1)] }
  const factors = kernel.map((length) => factor(draw, length))
  return shared < 0.7
    ? { factors: true, kernels: factors }
    : { factors: false, kernels: [product(factors[0], factors[1])] }
}

export function drawCorrelate(draw: Draw): FuzzCase<'correlate'> {
  const conv = drawPicture(draw)
  const { input, output } = convShapes(conv)
  const { factors, kernels } = drawKernels(draw, conv)
  const operands = [draw.values('float32', sizeOf(input), 1), ...kernels]
  if (draw.chance(0.06)) withSpecials(draw, draw.pick(operands))
  return {
    kernel: 'correlate',
    spec: {
      ...{ conv, boundary: draw.pick(['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const), factors },
      ...(draw.chance(0.3) ? { turned: true } : {}),
      ...(draw.chance(0.3) ? { method: draw.pick(['direct', 'fft'] as const) } : {}),
    },
    inputs: operands,
    outputs: [{ dtype: 'float32', length: sizeOf(output) }],
    allowance: { kind: 'sum', terms: 2 + sizeOf(conv.kernel) },
  }
}
