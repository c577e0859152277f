// Gradients of all ranks, added up while the backward pass goes on (Li et al. 2020, "PyTorch Distributed", section 3.2). Gradients lie one
// after another in buckets, in the order in which they become known; a bucket sets out as soon as all of it is.

import type { Backend, Buffer } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import type { GradientWatch } from '../compile/gradients.ts'
import type { Share } from '../data/batches.ts'
import { check } from '../shapes/error.ts'
import { fromData } from '../tensor/create.ts'
import { allocateStorage, letGo, type Storage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { ParallelWorld, Pending, Reducible, Wire } from '../world/world.ts'

export interface ReducedStep {
  readonly gradients: Tensor[]
  /** What is still to be multiplied with them: they are means over the examples then. */
  readonly scale: number
}

/** Batches of this rank that belong to the same step as the last one. */
export interface Earlier {
  /** Their mean gradients, over so many examples. */
  readonly gradients: readonly Tensor[]
  readonly examples: number
}

export interface Reducer {
  /**
   * To be followed while the gradients of a step's last batch are computed; null where they are not known early. `share` is that of the
   * whole step.
   */
  watch(share: Share, earlier: Earlier | null): GradientWatch | null
  /**
   * The mean gradients of all ranks from those of the last batch of this one and of its earlier batches, which it takes over. What else
   * the step has to add up travels with them.
   */
  finish(
    gradients: readonly Tensor[],
    share: Share,
    earlier: Earlier | null,
    others?: readonly Reducible[],
  ): Promise<ReducedStep>
  dispose(): void
}

/** Elements of the first bucket, which sets the network to work early, and of the others: 1 and 25 MB. */
const firstBucket = 262_144
const nextBuckets = 6_553_600

interface Place {
  readonly parameter: number
  readonly offset: number
  readonly length: number
}

interface Bucket {
  readonly places: readonly Place[]
  /** What the world adds up. */
  readonly values: Float32Array
  /** Where `values` is memory of the backend. */
  readonly whole: Storage | null
  readonly parts: readonly Storage[]
}

/** Numbers of the parameters in the order of `order`, cut into buckets; tensors are not divided. */
export function bucketsOf(sizes: readonly number[], order: readonly number[]): Place[][] {
  const buckets: Place[][] = []
  let filled = Number.POSITIVE_INFINITY
  for (const parameter of order) {
    const length = sizes[parameter]
    if (filled + length > (buckets.length === 1 ? firstBucket : nextBuckets)) {
      buckets.push([])
      filled = 0
    }
    buckets[buckets.length - 1].push({ parameter, offset: filled, length })
    // Parts of a buffer begin at multiples of 64 bytes.
    filled += Math.ceil(length / 16) * 16
  }
  return buckets
}

const elementsOf = (places: readonly Place[]): number => {
  const last = places[places.length - 1]
  return Math.ceil((last.offset + last.length) / 16) * 16
}

/** A bucket in the backend's own memory, so that kernels write to what is sent; or in a plain array where that cannot be. */
function makeBucket(backend: Backend, places: readonly Place[]): Bucket {
  const length = elementsOf(places)
  const { part, view } = backend
  if (part === undefined || view === undefined)
    return { places, values: new Float32Array(length), whole: null, parts: [] }
  const whole = allocateStorage(backend, 'float32', length)
  const values = view(whole.buffer) as Float32Array
  // What lies between the gradients is sent as well.
  values.fill(0)
  const buffers: Buffer[] = places.map((place) => part(whole.buffer, place.offset * 4, 'float32', place.length))
  return { places, values, whole, parts: buffers.map((buffer) => ({ backend, buffer, references: 1 })) }
}

/** What the last batch and the earlier ones count in what a rank sends. */
interface Weights {
  readonly last: number
  readonly earlier: number
  /** Gradients of the earlier ones, by parameter. */
  readonly arrays: readonly Float32Array[]
}

/** With equal shares the sum over the ranks is divided afterwards, as part of the step. */
function weightsFor({ even, own, all }: Share, earlier: Earlier | null, arrays: readonly Float32Array[]): Weights {
  const whole = even ? 1 : own / all
  const before = earlier === null ? 0 : earlier.examples / own
  return { last: whole * (1 - before), earlier: whole * before, arrays }
}

/** What a rank sends, from the gradients of its last batch that lie in the bucket. */
function weigh({ places, values }: Bucket, { last, earlier, arrays }: Weights): void {
  if (last === 1) return
  for (const { parameter, offset, length } of places) {
    const before = arrays[parameter]
    // A rank without examples in the last batch computed something that counts for nothing, whatever it is.
    for (let i = 0; i < length; i++)
      values[offset + i] = (last && last * values[offset + i]) + (before ? earlier * before[i] : 0)
  }
}

export interface ReducerOptions {
  readonly world: ParallelWorld
  readonly parameters: readonly Tensor[]
  readonly wire?: Wire | undefined
}

export function reducer({ world, parameters, wire }: ReducerOptions): Reducer {
  const sizes = parameters.map(({ size }) => size)
  const shapes = parameters.map(({ shape }) => shape)
  let buckets: Bucket[] | null = null
  /** The parameters as they became known in the first step, and as the buckets are to have them next. */
  let seen: number[] = []
  let order: readonly number[] | null = null
  let agreed = false
  let underWay: Pending[] = []
  let waiting: number[] = []
  let known: boolean[] = []
  let weights: Weights = { last: 1, earlier: 0, arrays: [] }

  const release = (): void => {
    for (const { whole } of buckets ?? []) if (whole !== null) letGo(whole)
    buckets = null
  }

  /** The buckets: first from the last parameter to the first, then in the order that rank 0 saw, once the old ones are free. */
  const bucketsNow = (): Bucket[] => {
    if (order !== null) release()
    const backend = currentBackend()
    buckets ??= bucketsOf(sizes, order ?? parameters.map((_, i) => parameters.length - 1 - i)).map((places) =>
      makeBucket(backend, places),
    )
    order = null
    return buckets
  }

  /** Agrees on the order in which gradients became known: kernels may differ from machine to machine. */
  const agree = async (): Promise<void> => {
    const missing = parameters.map((_, i) => parameters.length - 1 - i).filter((i) => !seen.includes(i))
    const found = Int32Array.from([...seen, ...missing])
    await world.broadcast(found)
    order = [...found]
    agreed = true
  }

  /** Starts the buckets that are complete: in their order, on every rank. */
  const startComplete = (all: readonly Bucket[]): void => {
    while (underWay.length < all.length && waiting[underWay.length] === 0) {
      const bucket = all[underWay.length]
      weigh(bucket, weights)
      underWay.push(world.startAllReduce(bucket.values, { wire }))
    }
  }

  const begin = (all: readonly Bucket[], now: Weights): void => {
    underWay = []
    waiting = all.map(({ places }) => places.length)
    known = parameters.map(() => false)
    weights = now
  }

  const inPlace = (all: readonly Bucket[]): boolean => all.every(({ whole }) => whole?.backend === currentBackend())

  return {
    watch(share, earlier) {
      const all = bucketsNow()
      const before = earlier?.gradients.map(({ storage: { backend, buffer } }) => backend.view?.(buffer)) ?? []
      if (before.includes(undefined) || !inPlace(all)) return null
      begin(all, weightsFor(share, earlier, before as Float32Array[]))
      const bucketOf: number[] = []
      const into: Storage[] = []
      all.forEach(({ places, parts }, number) => {
        places.forEach(({ parameter }, i) => {
          bucketOf[parameter] = number
          into[parameter] = parts[i]
        })
      })
      return {
        into,
        known(fresh) {
          if (!agreed) seen = [...seen, ...fresh]
          for (const parameter of fresh) {
            known[parameter] = true
            waiting[bucketOf[parameter]]--
          }
          startComplete(all)
          // MPI moves on only while it is asked.
          for (const pending of underWay) pending.test()
        },
      }
    },
    async finish(gradients, share, earlier, others = []) {
      const early = underWay.length + waiting.length > 0
      const all = early ? (buckets as Bucket[]) : bucketsNow()
      if (!early) {
        const before = await Promise.all((earlier?.gradients ?? []).map((value) => value.data()))
        begin(all, weightsFor(share, earlier, before as Float32Array[]))
      }
      for (const { places, values, parts } of all) {
        for (const [i, { parameter, offset }] of places.entries()) {
          if (known[parameter]) {
            // Else the plan broke off, and what it had sent by then is not what ran in its place.
            check(gradients[parameter].storage === parts[i], () => 'fit: a step ended halfway. Use smaller batches.')
            continue
          }
          values.set((await gradients[parameter].data()) as Float32Array, offset)
          known[parameter] = true
          waiting[all.findIndex((bucket) => bucket.values === values)]--
        }
        startComplete(all)
      }
      for (const gradient of [...gradients, ...(earlier?.gradients ?? [])]) gradient.dispose()
      for (const values of others) underWay.push(world.startAllReduce(values))
      for (const pending of underWay) await pending.wait()
      underWay = []
      waiting = []
      if (!agreed) await agree()
      return { gradients: tensorsOf(all, shapes), scale: share.even ? 1 / world.size : 1 }
    },
    dispose() {
      // What is still under way is written to: that memory is left to the end of the process.
      if (underWay.length === 0) release()
      buckets = null
    },
  }
}

/** The gradients in buckets, in the order of the parameters. */
function tensorsOf(buckets: readonly Bucket[], shapes: readonly (readonly number[])[]): Tensor[] {
  const made: Tensor[] = []
  for (const { places, values, parts } of buckets) {
    for (const [i, { parameter, offset, length }] of places.entries()) {
      const shape = shapes[parameter]
      if (parts[i] === undefined) made[parameter] = fromData(values.slice(offset, offset + length), shape, 'float32')
      else {
        parts[i].references++
        made[parameter] = new Tensor(parts[i], shape)
      }
    }
  }
  return made
}
