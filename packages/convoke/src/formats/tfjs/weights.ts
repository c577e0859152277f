// The weights of a model: a manifest of groups, each a run of bytes over one or more shards.
// Definition: decodeWeights in tfjs-core/src/io/io_utils.ts.

import { ConvokeError, check, showShape, withinMemory } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { innerPath } from '../inner-path.ts'
import { arrayOf } from '../little-endian.ts'
import { quoted } from '../names.ts'
import { floatFormats, narrowTable } from '../narrow-floats.ts'
import type { TfjsTensor } from './model.ts'
import type { ManifestJson, WeightJson } from './schema.ts'

/** Axes of a tensor, as in PyTorch and NumPy. */
const mostAxes = 64

/** The paths of all shards, checked, in the order of the manifest. */
export function shardPaths(manifest: ManifestJson): string[] {
  const known = new Set<string>()
  for (const path of manifest.flatMap(({ paths }) => paths)) {
    const inner = innerPath('tfjs: the weights', path)
    check(
      !known.has(inner),
      () => `tfjs: the shard ${quoted(inner)} is named twice; each shard must be named once. The file is damaged.`,
    )
    known.add(inner)
  }
  return [...known]
}

/** The bytes of shards as if they were one. */
interface Run {
  readonly length: number
  slice(from: number, to: number): Uint8Array
}

function runOf(given: readonly Uint8Array[]): Run {
  const shards = given.length === 0 ? [new Uint8Array(0)] : given
  const starts = [0]
  for (const shard of shards) starts.push(starts[starts.length - 1] + shard.length)
  return {
    length: starts[starts.length - 1],
    slice(from, to) {
      let first = shardAt(starts, from)
      if (to <= starts[first + 1]) return shards[first].subarray(from - starts[first], to - starts[first])
      const whole = new Uint8Array(to - from)
      for (let at = from; at < to; first++) {
        const part = shards[first].subarray(at - starts[first], to - starts[first])
        whole.set(part, at - from)
        at += part.length
      }
      return whole
    },
  }
}

/** The last shard that starts at `place` or before: there may be thousands. */
function shardAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length - 2]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (starts[middle] <= place) low = middle
    else high = middle - 1
  }
  return low
}

const widths = { float32: 4, int32: 4, bool: 1, complex64: 8 } as const
const quantizedWidths = { uint8: 1, uint16: 2, float16: 2 } as const

/** How many elements a weight has. */
function sizeOf(what: string, shape: readonly number[]): number {
  check(shape.length <= mostAxes, () => `tfjs: ${what} has ${shape.length} axes; there may be ${mostAxes}.`)
  const size = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1)
  check(
    Number.isSafeInteger(size),
    () => `tfjs: ${what} has shape ${showShape(shape)}, which no file can fill. The file is damaged.`,
  )
  return size
}

function checkRoom(what: string, needed: number, run: Run, at: number): void {
  check(
    needed <= run.length - at,
    () =>
      `tfjs: ${what} needs ${needed} bytes of its shards from byte ${at} on, but they have ${run.length}. They were cut short, or belong to another model; download them again.`,
  )
}

/** Texts, each after its length. */
function textsOf(
  what: string,
  size: number,
  run: Run,
  start: number,
): { readonly end: number; readonly values: string[] } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  checkRoom(what, 4 * size, run, start)
  const values: string[] = []
  let at = start
  for (let i = 0; i < size; i++) {
    checkRoom(what, 4, run, at)
    const [length] = arrayOf(Uint32Array, run.slice(at, at + 4))
    checkRoom(what, length, run, at + 4)
    try {
      values.push(decoder.decode(run.slice(at + 4, at + 4 + length)))
    } catch {
      throw new ConvokeError(`tfjs: text ${i} of ${what} is not UTF-8. The file is damaged.`)
    }
    at += 4 + length
  }
  return { end: at, values }
}

type Numbers = Float32Array | Int32Array | Uint8Array

/** What the bytes of a weight hold. Their number has been checked. */
function valuesOf({ dtype, quantization }: WeightJson, raw: Uint8Array): Numbers {
  if (quantization === undefined || quantization === null) {
    if (dtype === 'bool') return raw.every((byte) => byte <= 1) ? raw : raw.map((byte) => (byte === 0 ? 0 : 1))
    return dtype === 'int32' ? arrayOf(Int32Array, raw) : arrayOf(Float32Array, raw)
  }
  const levels = quantization.dtype === 'uint8' ? raw : arrayOf(Uint16Array, raw)
  const values = dtype === 'float32' ? new Float32Array(levels.length) : new Int32Array(levels.length)
  if (quantization.dtype === 'float16') {
    const table = narrowTable(floatFormats.float16)
    for (let i = 0; i < levels.length; i++) values[i] = table[levels[i]]
    return values
  }
  const { scale, min } = quantization
  const rounded = dtype === 'float32' ? (value: number) => value : Math.round
  for (let i = 0; i < levels.length; i++) values[i] = rounded(levels[i] * scale + min)
  return values
}

function checkQuantization(what: string, { dtype, quantization }: WeightJson): void {
  if (quantization === undefined || quantization === null) return
  const fits = dtype === 'float32' || (dtype === 'int32' && quantization.dtype !== 'float16')
  check(
    fits,
    () =>
      `tfjs: ${what} of type ${dtype} is quantised to ${quantization.dtype}. float32 can be quantised to uint8, uint16 and float16, int32 to uint8 and uint16. The file is damaged.`,
  )
}

/** The weights of a manifest. `read` gives the bytes of a shard. */
export function readWeights(manifest: ManifestJson, read: (path: string) => Uint8Array): TfjsTensor[] {
  shardPaths(manifest)
  const known = new Set<string>()
  return manifest.flatMap(({ paths, weights }) => {
    const run = runOf(paths.map((path) => read(innerPath('tfjs: the weights', path))))
    let at = 0
    return weights.map((weight): TfjsTensor => {
      const { name, shape, dtype: type } = weight
      const what = `the weight ${quoted(name)}`
      check(!known.has(name), () => `tfjs: there are two weights ${quoted(name)}. The file is damaged.`)
      known.add(name)
      checkQuantization(what, weight)
      const size = sizeOf(what, shape)
      const head = { name, type, shape, group: weight.group ?? 'model' } as const
      if (type === 'string') {
        const { end, values } = textsOf(what, size, run, at)
        at = end
        return { ...head, values }
      }
      const width = weight.quantization ? quantizedWidths[weight.quantization.dtype] : widths[type]
      checkRoom(what, size * width, run, at)
      const raw = run.slice(at, at + size * width)
      at += size * width
      return lazily(head, () =>
        withinMemory(
          () => `tfjs: ${what} with ${counted(size, 'value')}`,
          () => valuesOf(weight, raw),
        ),
      )
    })
  })
}

/** A weight whose values are decoded when they are first asked for, and kept. */
function lazily(head: Omit<TfjsTensor, 'values'>, decode: () => Numbers): TfjsTensor {
  let values: Numbers | null = null
  return {
    ...head,
    get values() {
      values ??= decode()
      return values
    },
  }
}
