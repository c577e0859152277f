// Random keys for random numbers and dropout: the same bits as the reference's, to the last.

import { streamKey } from '../../../random-stream.ts'
import { type Draw, type FuzzCase, rounded } from './fuzz-case.ts'

const drawLength = (draw: Draw): number => draw.size(draw.chance(0.1) ? 40_000 : 500)

const drawKey = (draw: Draw) => streamKey(draw.between(-(2 ** 30), 2 ** 30) * 2 ** 22 + draw.below(2 ** 22))

export function drawRandom(draw: Draw): FuzzCase<'random'> {
  const spec = {
    distribution: draw.pick(['uniform', 'normal'] as const),
    key: drawKey(draw),
    scale: draw.pick([1, 0.1, -3, 2 ** 40]),
    offset: draw.pick([0, 1, -0.3]),
  }
  const outputs = [{ dtype: 'float32', length: drawLength(draw) }] as const
  return { kernel: 'random', spec, inputs: [], outputs, allowance: { kind: 'ulps', ulps: 0 } }
}

export function drawDropout(draw: Draw): FuzzCase<'dropout'> {
  const length = drawLength(draw)
  const rate = draw.pick([0, 0.1, 0.5, 0.9])
  const spec = { key: drawKey(draw), dropped: Math.round(rate * 2 ** 24), scale: 1 / (1 - rate) }
  const inputs = [draw.values('float32', length)]
  return { kernel: 'dropout', spec, inputs, outputs: [{ dtype: 'float32', length }], allowance: rounded }
}
