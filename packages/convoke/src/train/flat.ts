// Gradients as a few flat buffers: what an all-reduce between processes works on.

import { sizeOf } from '../shapes/broadcast.ts'
import { check } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Tensors one after another in buffers of at most `limit` elements (about 25 MB when not given), no tensor divided. */
export async function toFlatBuffers(tensors: readonly Tensor[], limit = 6_500_000): Promise<Float32Array[]> {
  const values = await Promise.all(tensors.map((value) => value.data()))
  const runs: (typeof values)[] = []
  let filled = Number.POSITIVE_INFINITY
  for (const value of values) {
    if (filled + value.length > limit) {
      runs.push([])
      filled = 0
    }
    runs[runs.length - 1].push(value)
    filled += value.length
  }
  return runs.map((run) => {
    const buffer = new Float32Array(run.reduce((total, { length }) => total + length, 0))
    let at = 0
    for (const value of run) {
      buffer.set(value, at)
      at += value.length
    }
    return buffer
  })
}

/** Tensors of the given shapes from the buffers of `toFlatBuffers`. */
export function fromFlatBuffers(buffers: readonly Float32Array[], shapes: readonly (readonly number[])[]): Tensor[] {
  let [buffer, at] = [0, 0]
  return shapes.map((shape) => {
    const size = sizeOf(shape)
    while (buffer < buffers.length && at === buffers[buffer].length && size > 0) {
      buffer++
      at = 0
    }
    check(
      size === 0 || (buffer < buffers.length && at + size <= buffers[buffer].length),
      () =>
        `fromFlatBuffers: the buffers end within a tensor of ${counted(size, 'element')}. Give the shapes they were made from.`,
    )
    const data = size === 0 ? new Float32Array(0) : buffers[buffer].slice(at, at + size)
    at += size
    return tensor(data, { shape })
  })
}
