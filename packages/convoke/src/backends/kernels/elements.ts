// Kernels element by element, and those that draw or move them.

import type { Kernel } from '../backend.ts'
import { planCopy } from '../cpu/kernels/copy/copy.ts'
import { planActivationGradient } from '../cpu/kernels/elementwise/activation-gradient.ts'
import { planBinary } from '../cpu/kernels/elementwise/binary.ts'
import { planCast } from '../cpu/kernels/elementwise/cast.ts'
import { planComplexMultiply } from '../cpu/kernels/elementwise/complex-multiply.ts'
import { planExpression } from '../cpu/kernels/elementwise/expression.ts'
import { planFill } from '../cpu/kernels/elementwise/fill.ts'
import { planSelect } from '../cpu/kernels/elementwise/select.ts'
import { planUnary } from '../cpu/kernels/elementwise/unary.ts'
import { planDropout, planRandom } from '../cpu/kernels/random/random.ts'
import type { EngineKernel } from '../cpu/plan/index.ts'
import * as complexLoops from '../reference/complex.ts'
import * as elementwiseLoops from '../reference/elementwise.ts'
import * as expressionLoops from '../reference/expression.ts'
import * as randomLoops from '../reference/random.ts'

/** Writes one number to every element. */
export const fill: Kernel<'fill'> = {
  name: 'fill',
  loops: elementwiseLoops.fill,
  engine: { only: (spec, _, [y], target) => planFill(spec, y.dtype, y.length, target) } satisfies EngineKernel<'fill'>,
}

/** Draws random numbers. */
export const random: Kernel<'random'> = {
  name: 'random',
  loops: randomLoops.random,
  engine: { only: (spec, _, [y], target) => planRandom(spec, y.length, target) } satisfies EngineKernel<'random'>,
}

/** Sets a share of the values to zero and scales the others. */
export const dropout: Kernel<'dropout'> = {
  name: 'dropout',
  loops: randomLoops.dropout,
  engine: { only: (spec, [x], _, target) => planDropout(spec, x.length, target) } satisfies EngineKernel<'dropout'>,
}

/** Converts elements to another dtype. */
export const cast: Kernel<'cast'> = {
  name: 'cast',
  loops: elementwiseLoops.cast,
  engine: { only: (spec, [x], _, target) => planCast(spec, x.dtype, x.length, target) } satisfies EngineKernel<'cast'>,
}

/** Copies elements from some strides to others. */
export const copy: Kernel<'copy'> = {
  name: 'copy',
  loops: elementwiseLoops.copy,
  engine: { only: (spec, [x], _, target) => planCopy(spec, x.dtype, target) } satisfies EngineKernel<'copy'>,
}

/** A function of each element. */
export const unary: Kernel<'unary'> = {
  name: 'unary',
  loops: elementwiseLoops.unary,
  engine: {
    only: (spec, [x], [y], target) => planUnary(spec, [x.dtype, y.dtype], x.length, target),
  } satisfies EngineKernel<'unary'>,
}

/** A function of two elements, with broadcasting. */
export const binary: Kernel<'binary'> = {
  name: 'binary',
  loops: elementwiseLoops.binary,
  engine: {
    only: (spec, [a, b], [y], target) => planBinary(spec, [a.dtype, b.dtype, y.dtype], target),
  } satisfies EngineKernel<'binary'>,
}

/** An expression of the elements of several tensors, in one pass. */
export const expression: Kernel<'expression'> = {
  name: 'expression',
  loops: expressionLoops.expression,
  engine: {
    only: (spec, _inputs, _outputs, target) => planExpression(spec, target),
  } satisfies EngineKernel<'expression'>,
}

/** Products of complex numbers. */
export const complexMultiply: Kernel<'complexMultiply'> = {
  name: 'complexMultiply',
  loops: complexLoops.complexMultiply,
  engine: {
    only: (spec, [x], _, target) => planComplexMultiply(spec, x.length, target),
  } satisfies EngineKernel<'complexMultiply'>,
}

/** Takes each element from one of two tensors, as a condition says. */
export const select: Kernel<'select'> = {
  name: 'select',
  loops: elementwiseLoops.select,
  engine: {
    only: (spec, [condition, a], _, target) => planSelect(spec, [condition.dtype, a.dtype], target),
  } satisfies EngineKernel<'select'>,
}

/** The gradient of an activation, from its result. */
export const activationGradient: Kernel<'activationGradient'> = {
  name: 'activationGradient',
  loops: elementwiseLoops.activationGradient,
  engine: {
    only: (spec, [g], _, target) => planActivationGradient(spec, g.length, target),
  } satisfies EngineKernel<'activationGradient'>,
}
