// Depthwise convolutions of few channels: the outputs whose windows lie inside the picture.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { KernelStep } from '../plan.ts'
import { place, programFor, stepOf } from '../step.ts'
import { tapParts, tileRows } from './dense-program.ts'
import { depthwiseProgram } from './depthwise-program.ts'
import { area, pictureAxes, type Rectangle, regionsOf } from './regions.ts'
import { insideSources } from './sources.ts'
import { tilesOf } from './tiles.ts'

/** From how many rows of a kernel and floats of output tiles of rows pay; measured. */
export interface Worth {
  readonly rows: number
  readonly floats: number
}

const usualWorth: Worth = { rows: 5, floats: 2 ** 16 }

/** The outputs that go by tiles of rows, in rows of at least `unit` floats; undefined where too few lie inside. */
export function depthwiseInside(
  conv: ConvSpec,
  unit: number,
  target: Target,
  worth: Worth = usualWorth,
): Rectangle | undefined {
  if (conv.rank !== 2 || conv.kernel[0] < worth.rows || conv.stride.some((step) => step !== 1)) return undefined
  const { inside } = regionsOf(pictureAxes(conv), unit)
  if (inside === undefined || area(inside) * conv.inputChannels < worth.floats) return undefined
  const rows = (inside.rows[1] - inside.rows[0]) / conv.dilation[0]
  return rows >= tileRows(target, tapParts(conv.kernel[0])) ? inside : undefined
}

export interface DepthwiseQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  readonly target: Target
  readonly inside: Rectangle
  /** Vectors after which channels stand in the same lanes again. */
  readonly period: number
  /** Buffers of the plan; filter and bias repeated along such a period. */
  readonly buffers: {
    readonly filter: number
    readonly bias: number
    readonly residual: number
    readonly output: number
  }
}

export function depthwiseSteps(question: DepthwiseQuestion): KernelStep[] {
  const { conv, epilogue, target, inside, period, buffers } = question
  const axes = pictureAxes(conv)
  const parts = tapParts(conv.kernel[0])
  const tiles = insideSources(axes, inside).flatMap((source) =>
    tilesOf(source, { axes, target, parts, output: buffers.output, vectors: period }),
  )
  return groupedBy(tiles, ({ rows }) => `${rows}`).map((group): KernelStep => {
    const shape = { rows: group[0].rows, parts, period, width: conv.kernel[1], epilogue }
    const program = programFor(`picture depthwise ${JSON.stringify(shape)} ${target.name}`, () =>
      depthwiseProgram(shape, target),
    )
    return stepOf(
      program,
      group.map(({ call }) => ({
        ...call,
        ...epilogueArguments(epilogue),
        taps: place(buffers.filter, 0),
        bias: place(buffers.bias, 0),
        residual: { ...call.y, buffer: buffers.residual },
      })),
    )
  })
}
