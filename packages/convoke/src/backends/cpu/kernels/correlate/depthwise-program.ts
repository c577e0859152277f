// The tiles of `dense-program.ts` where each channel has a kernel of its own: weights are vectors, which repeat along the row
// with a period of whole vectors. What follows the sums of a convolution is done here, too.

import type { Epilogue } from '../../../backend.ts'
import { type Integer, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import type { EvenParts } from '../convolution/axes.ts'
import { addInPlace, isLight } from '../epilogue.ts'
import { emitActivation } from '../math/activation.ts'
import { emitAcross, emitSums, inLanes } from './dense-program.ts'

export interface DepthwiseShape {
  readonly rows: number
  readonly parts: EvenParts
  /** Vectors after which channels stand in the same lanes again. */
  readonly period: number
  /** Columns of the kernel. */
  readonly width: number
  readonly epilogue: Epilogue | null
}

/**
 * Arguments as those of `denseProgram`, but `taps` and `bias` are vectors: a period of them for each tap in the filter's order, and
 * one. `residual` begins where `y` does; those of `activationArguments`.
 */
export const depthwiseProgram = (shape: DepthwiseShape, target: Target): Program =>
  vectorProgram(`picture ${shape.rows}x1`, target, (b) => {
    const { rows, parts, period, width, epilogue } = shape
    const sumShape = { rows, vectors: 1, parts }
    const activation = epilogue?.activation ?? null
    const finish = (sums: readonly Vector[], to: Integer, v: number): void => {
      const pitch = b.integer('yPitch')
      const y = b.offset(b.pointer('y'), to)
      const residual = epilogue?.residual ? b.offset(b.pointer('residual'), to) : undefined
      const light = isLight(activation)
      for (const sum of sums) {
        if (epilogue?.bias) addInPlace(b, sum, b.pointer('bias'), v * b.bytes)
        if (residual !== undefined) {
          addInPlace(b, sum, residual, 0)
          b.advance(residual, pitch)
        }
        b.store(y, 0, light && activation !== null ? emitActivation(b, activation, sum) : sum)
        b.advance(y, pitch)
      }
      if (light || activation === null) return
      // By way of the result: an activation may need every register.
      const stored = b.offset(b.pointer('y'), to)
      b.loop(rows, () => {
        b.store(stored, 0, emitActivation(b, activation, b.load(stored)))
        b.advance(stored, b.integer('yPitch'))
      })
    }
    const x = b.pointer('x')
    const top = b.set(0)
    b.loop(b.integer('tiles'), () => {
      emitAcross(b, 'across', 'last', period * b.bytes, (at) => {
        const to = b.integerAdd(top, at)
        for (let v = 0; v < period; v++) {
          const weights = b.offset(b.pointer('taps'), v * b.bytes)
          const from = b.offset(b.offset(x, at), v * b.bytes)
          const sums = emitSums(b, sumShape, from, weights, 'columns', inLanes(period * b.bytes, width))
          finish(
            sums.map(([sum]) => sum),
            to,
            v,
          )
          b.integerAdd(to, b.bytes, to)
        }
      })
      b.advance(x, b.integerMul(b.integer('xPitch'), rows))
      b.integerAdd(top, b.integerMul(b.integer('yPitch'), rows), top)
    })
  })
