// Strides around algorithms that know none: every result is computed and some are kept, or zeros stand between those that are given.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { type Builder, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { emitEpilogue, epilogueArguments } from '../epilogue.ts'
import type { KernelPlan, KernelStep, Place } from '../plan.ts'
import { type CallArguments, programFor, stepOf } from '../step.ts'

/** The convolution of stride 1 whose results include those of `spec`. */
export const denseSpec = (spec: ConvSpec): ConvSpec =>
  Object.freeze({
    ...spec,
    stride: Object.freeze(spec.stride.map(() => 1)),
    outputSize: Object.freeze(spec.outputSize.map((size, axis) => Math.max(0, (size - 1) * spec.stride[axis] + 1))),
  })

export const isStrided = ({ stride }: ConvSpec): boolean => stride.some((step) => step !== 1)

/** A row of pixels `channels` wide: whole vectors and a rest; the pointers move past it. */
function forChannels(b: Builder, channels: number, body: (displacement: number, count: number) => void): void {
  for (let at = 0; at < channels; at += b.lanes) body(4 * at, Math.min(b.lanes, channels - at))
}

/** Channels up to which a pixel is written out. */
const mostChannels = 1024

/**
 * Every so many pixels of a row. Arguments: `x`, `y`, `residual`, `bias`; `pixels`, `xStep`: bytes from one that is kept to the
 * next.
 */
const thinProgram = (channels: number, epilogue: Epilogue | null, target: Target): Program =>
  programFor(`fft thin ${channels} ${JSON.stringify(epilogue)} ${target.name}`, () =>
    vectorProgram('every so many', target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      const residual = epilogue?.residual ? b.pointer('residual') : undefined
      b.loop(b.integer('pixels'), () => {
        forChannels(b, channels, (at, count) => {
          const tail = count < b.lanes ? b.tail(count) : undefined
          const bias = epilogue?.bias ? b.load(b.pointer('bias'), at, tail) : undefined
          const kept = residual && b.load(residual, at, tail)
          b.store(y, at, emitEpilogue(b, epilogue, b.load(x, at, tail), { bias, residual: kept }), tail)
        })
        b.advance(x, b.integer('xStep'))
        for (const pointer of residual === undefined ? [y] : [y, residual]) b.advance(pointer, channels * 4)
      })
    }),
  )

/** Zeros between pixels. Arguments: `x`, `y`; `zeros`: vectors of zeros first, at `y`; `pixels`, `yStep`. */
const spreadProgram = (channels: number, target: Target): Program =>
  programFor(`fft spread ${channels} ${target.name}`, () =>
    vectorProgram('zeros between', target, (b) => {
      const y = b.pointer('y')
      b.loop(b.integer('zeros'), () => {
        b.store(y, 0, b.zero())
        b.advance(y, b.bytes)
      })
      const [x, to] = [b.pointer('x'), b.pointer('y')]
      b.loop(b.integer('pixels'), () => {
        forChannels(b, channels, (at, count) => {
          const tail = count < b.lanes ? b.tail(count) : undefined
          b.store(to, at, b.load(x, at, tail), tail)
        })
        b.advance(x, channels * 4)
        b.advance(to, b.integer('yStep'))
      })
    }),
  )

/** Rows of the strided results, with where each stands among the dense ones, in pixels. */
function rowsOf(spec: ConvSpec): { first: number; dense: number }[] {
  const sizes = [spec.batch, ...spec.outputSize.slice(0, -1)]
  const dense = denseSpec(spec).outputSize
  const [width, denseWidth] = [spec.outputSize[spec.rank - 1], dense[spec.rank - 1]]
  return Array.from({ length: sizeOf(sizes) }, (_, row) => {
    let [rest, at, weight] = [row, 0, denseWidth]
    for (let axis = spec.rank - 2; axis >= 0; axis--) {
      at += (rest % spec.outputSize[axis]) * spec.stride[axis] * weight
      rest = Math.floor(rest / spec.outputSize[axis])
      weight *= dense[axis]
    }
    return { first: row * width, dense: at + rest * weight }
  })
}

export const canThin = (spec: ConvSpec): boolean => Math.max(spec.inputChannels, spec.outputChannels) <= mostChannels

/** The places of a plan's buffers after those that it is given and makes, moved on by one. */
const shifted = (plan: KernelPlan, from: number, place: (buffer: number) => number): readonly KernelStep[] =>
  plan.steps.map((step) => moved(step, from, place))

const moved = (step: KernelStep, from: number, place: (buffer: number) => number): KernelStep => ({
  ...step,
  argumentsOf: (task) =>
    step
      .argumentsOf(task)
      .map((value) =>
        typeof value === 'number'
          ? value
          : { ...value, buffer: value.buffer < from ? place(value.buffer) : place(value.buffer) + 1 },
      ),
})

/**
 * A plan with one scratch buffer more, the first, of so many floats; `outside` says where the plan's own inputs and outputs
 * are now, `given` how many buffers the new plan is given and makes.
 */
function withScratch(
  plan: KernelPlan,
  floats: number,
  own: number,
  given: number,
  outside: (buffer: number) => number,
): KernelPlan {
  const place = (buffer: number): number => (buffer < own ? outside(buffer) : buffer - own + given)
  return {
    ...plan,
    scratch: [(floats + 16) * 4, ...plan.scratch],
    steps: shifted(plan, own, place),
    ...(plan.derived && {
      derived: plan.derived.map((entry) => ({
        ...entry,
        ...(entry.steps && { steps: entry.steps.map((step) => moved(step, own, place)) }),
      })),
    }),
  }
}

/** The plan of a strided convolution from that of its dense one, without epilogue: x, filter, bias, residual, then y. */
export function thinnedPlan(dense: KernelPlan, spec: ConvSpec, epilogue: Epilogue | null, target: Target): KernelPlan {
  const bias = 2
  const residual = bias + (epilogue?.bias ? 1 : 0)
  const y = residual + (epilogue?.residual ? 1 : 0)
  const scratch = y + 1
  const channels = spec.outputChannels
  const plan = withScratch(dense, sizeOf(convShapes(denseSpec(spec)).output), 3, y + 1, (buffer) =>
    buffer === 2 ? scratch : buffer,
  )
  const pixels = spec.outputSize[spec.rank - 1]
  const at = (buffer: number, floats: number): Place => ({ buffer, offset: floats * 4 })
  const calls = rowsOf(spec).map(
    ({ first, dense: from }): CallArguments => ({
      ...{ x: at(scratch, from * channels), y: at(y, first * channels), residual: at(residual, first * channels) },
      ...{ bias: at(bias, 0), pixels, xStep: spec.stride[spec.rank - 1] * channels * 4 },
      ...epilogueArguments(epilogue),
    }),
  )
  return Object.freeze({ ...plan, steps: [...plan.steps, stepOf(thinProgram(channels, epilogue, target), calls)] })
}

/**
 * The plan of a gradient of a strided convolution from that of its dense one; `input` is which of its inputs is shaped as the
 * convolution's result, `given` how many buffers the plan is given and makes.
 */
export function spreadPlan(
  dense: KernelPlan,
  spec: ConvSpec,
  input: number,
  given: number,
  target: Target,
): KernelPlan {
  const channels = spec.outputChannels
  const floats = sizeOf(convShapes(denseSpec(spec)).output)
  const plan = withScratch(dense, floats, given, given, (buffer) => (buffer === input ? given : buffer))
  const pixels = spec.outputSize[spec.rank - 1]
  const rows = rowsOf(spec)
  const at = (buffer: number, offset: number): Place => ({ buffer, offset: offset * 4 })
  const zeros = Math.ceil(floats / target.lanes)
  const program = spreadProgram(channels, target)
  const call = { yStep: spec.stride[spec.rank - 1] * channels * 4 }
  const perTask = 4096
  const blank = Array.from({ length: Math.ceil(zeros / perTask) }, (_, i): CallArguments => {
    const count = Math.min(perTask, zeros - i * perTask)
    return { ...call, x: at(input, 0), y: at(given, i * perTask * target.lanes), zeros: count, pixels: 0 }
  })
  const filled = rows.map(
    ({ first, dense: to }): CallArguments => ({
      ...{ ...call, x: at(input, first * channels), y: at(given, to * channels), zeros: 0, pixels },
    }),
  )
  return Object.freeze({ ...plan, steps: [stepOf(program, blank), stepOf(program, filled), ...plan.steps] })
}
