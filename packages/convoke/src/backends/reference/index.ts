// The reference backend: loops in float64 that define what correct means. Results are rounded to the dtype when stored.

import { withinMemory } from '../../shapes/error.ts'
import type { Backend, Buffer, KernelName, KernelSpecs, TypedArray } from '../backend.ts'
import { complexMultiply } from './complex.ts'
import { conv, convFilterGradient, convTranspose, fold, unfold } from './conv.ts'
import { correlate } from './correlate.ts'
import { deformUnfold, deformUnfoldGradient } from './deform.ts'
import { activationGradient, binary, cast, copy, fill, select, unary } from './elementwise.ts'
import { expression, reduceExpression } from './expression.ts'
import { fft, irfft, rfft } from './fourier.ts'
import { gather, gatherElements, scatterAdd, scatterElements, sort, topK } from './indexing.ts'
import { axisMap, matmul } from './linear.ts'
import {
  moments,
  normalize,
  normalizeGradient,
  normalizeGroups,
  normalizeGroupsGradient,
  weightNorm,
  weightNormGradient,
} from './normalize.ts'
import { extremes, fromPlanes, toPlanes } from './planes.ts'
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from './pool.ts'
import { dropout, random } from './random.ts'
import { recurrence, recurrenceGradient } from './recurrence.ts'
import { argReduce, cumulativeSum, reduce } from './reduce.ts'
import { softmax, softmaxGradient } from './softmax.ts'
import { softmaxLoss, softmaxLossGradient } from './softmax-loss.ts'
import { allocateReference, type FloatStorage, valuesOf } from './storage.ts'
import { sumOfSquares, update } from './update.ts'

export type ReferenceKernels = {
  readonly [K in KernelName]: (
    spec: KernelSpecs[K],
    inputs: readonly TypedArray[],
    outputs: readonly TypedArray[],
  ) => void
}

export const referenceKernels: ReferenceKernels = {
  ...{ fill, cast, copy, unary, binary, select, reduce, argReduce, cumulativeSum, gather, scatterAdd, gatherElements },
  ...{
    scatterElements,
    topK,
    sort,
    matmul,
    axisMap,
    conv,
    convTranspose,
    convFilterGradient,
    correlate,
    unfold,
    fold,
    deformUnfold,
  },
  ...{ deformUnfoldGradient, maxPool, averagePool, averagePoolGradient, update, sumOfSquares },
  ...{
    complexMultiply,
    expression,
    reduceExpression,
    moments,
    normalize,
    normalizeGradient,
    activationGradient,
    maxPoolGradient,
  },
  ...{ toPlanes, fromPlanes, extremes, fft, rfft, irfft, random, dropout },
  ...{ normalizeGroups, normalizeGroupsGradient, softmax, softmaxGradient },
  ...{ weightNorm, weightNormGradient, softmaxLoss, softmaxLossGradient, recurrence, recurrenceGradient },
}

/** The values in `into`, or in an array of their own. */
function copyTo(values: TypedArray, into?: TypedArray): TypedArray {
  if (into === undefined) return values.slice()
  into.set(values)
  return into
}

export interface ReferenceOptions {
  /**
   * 'float32' rounds every stored result, as all other backends do. 'float64' holds float32 tensors in full double
   * precision, for finite-difference checks and for measuring rounding error; `data()` then gives a Float64Array.
   */
  readonly floats?: FloatStorage
}

export function createReferenceBackend(options: ReferenceOptions = {}): Backend {
  const floats = options.floats ?? 'float32'
  return {
    name: 'reference',
    allocate: (dtype, length) => allocateReference(dtype, length, floats),
    write: (buffer, data) => valuesOf(buffer).set(data),
    read: (buffer) => Promise.resolve(valuesOf(buffer).slice()),
    readSync: (buffer, into) => copyTo(valuesOf(buffer), into),
    release: () => {},
    run: <K extends KernelName>(
      kernel: K,
      spec: KernelSpecs[K],
      inputs: readonly Buffer[],
      outputs: readonly Buffer[],
    ) => {
      const run = referenceKernels[kernel] as ReferenceKernels[K]
      const sizes = outputs.map(({ length }) => length).join(' and ')
      withinMemory(
        () => `reference: working memory for ${kernel} with a result of ${sizes} elements`,
        () => run(spec, inputs.map(valuesOf), outputs.map(valuesOf)),
      )
    },
  }
}
