// Reverse-mode differentiation over a tape (Griewank & Walther 2008, "Evaluating Derivatives", chapter 3).

import * as kernels from '../backends/kernels/index.ts'
import { sameShape } from '../shapes/broadcast.ts'
import { ConvokeError, check, show, showShape } from '../shapes/error.ts'
import { fromData, full } from '../tensor/create.ts'
import { runScope, tensorsIn } from '../tensor/scope.ts'
import { checkTensor, Tensor } from '../tensor/tensor.ts'
import { inPlace } from '../tensor/witness.ts'
import { apply, type Primitive } from './primitive.ts'
import { dropTape, onTape, type Tape, type TapeNode } from './tape.ts'

/** What `valueAndGradients` returns. */
export interface ValueAndGradients {
  /** The loss. */
  readonly value: Tensor
  /** d value / d tensor for each tensor, in their order and of their shapes; zeros where the value does not depend on it. */
  readonly gradients: Tensor[]
}

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

/**
 * Runs `body` and frees every tensor made inside, except those in what it returns (a tensor, or arrays and objects of
 * them) and those given to `keep`. Synchronous functions only.
 *
 * @example
 * const x = tensor([-1, 2])
 * const y = scope(() => relu(add(multiply(x, 2), 1)))  // the product and the sum are gone, y stays
 * y.toArray()  // [0, 5]
 */
export function scope<T>(body: () => T): T {
  check(typeof body === 'function', () => `scope: the body is ${show(body)}; it must be a function to run.`)
  return runScope(body, spareAll)
}

const spareAll = (result: unknown): readonly Tensor[] => tensorsIn(result, isTensor)

/**
 * The value of `loss()`, a scalar, and its gradient with respect to each of `tensors` (float32). Tensors made inside
 * are freed, except the value, the gradients and what is given to `keep`. Calls nest: the gradient of a gradient works
 * for convolutions, matrix products, elementwise functions and reductions.
 *
 * @example
 * const x = tensor([1, 2, 3])
 * const { value, gradients } = valueAndGradients(() => sum(square(x)), [x])
 * value.item()            // 14
 * gradients[0].toArray()  // [2, 4, 6]
 */
export function valueAndGradients(loss: () => Tensor, tensors: readonly Tensor[]): ValueAndGradients {
  check(
    typeof loss === 'function',
    () => `valueAndGradients: the loss is ${show(loss)}; it must be a function that returns a scalar tensor.`,
  )
  check(
    Array.isArray(tensors),
    () => `valueAndGradients: the tensors are ${show(tensors)}; give an array of float32 tensors.`,
  )
  tensors.forEach((value, index) => {
    checkTensor('valueAndGradients', `tensors[${index}]`, value)
    check(
      value.dtype === 'float32',
      () =>
        `valueAndGradients: tensors[${index}] is ${value.dtype}; only float32 has gradients. Use cast(x, 'float32').`,
    )
  })
  return runScope(
    () => {
      // What the way back needs the tape holds; the memory of the rest is the first that gradients are written to.
      const { result: value, tape } = onTape(tensors, () => scope(() => checkedLoss(loss())))
      try {
        const gradients = runBackward(tape, value, tensors)
        // A handle of its own: the loss may be a tensor of the caller's, which stays the caller's to dispose.
        return { value: value.alias(), gradients }
      } finally {
        dropTape(tape)
      }
    },
    ({ value, gradients }) => [value, ...gradients],
  )
}

/** Only the gradients of `valueAndGradients`. */
export function gradients(loss: () => Tensor, tensors: readonly Tensor[]): Tensor[] {
  const result = valueAndGradients(loss, tensors)
  result.value.dispose()
  return result.gradients
}

function checkedLoss(value: unknown): Tensor {
  if (value instanceof Promise) {
    throw new ConvokeError(
      'valueAndGradients: the loss returned a promise; it must return a tensor at once. Read data before or after it.',
    )
  }
  checkTensor('valueAndGradients', 'the loss', value)
  check(
    value.size === 1 && value.dtype === 'float32',
    () =>
      `valueAndGradients: the loss is ${value.dtype} ${showShape(value.shape)}; it must be one float32 number. Reduce it with sum(…) or mean(…).`,
  )
  return value
}

function runBackward(tape: Tape, value: Tensor, tensors: readonly Tensor[]): Tensor[] {
  const wanted = new Set(tensors.map(({ id }) => id))
  const flowing = new Map<number, Tensor>([[value.id, full(value.shape, 1)]])
  for (let i = tape.nodes.length - 1; i >= 0; i--) {
    const node = tape.nodes[i]
    const arriving = node.outputs.map((id) => flowing.get(id) ?? null)
    if (arriving.every((gradient) => gradient === null)) continue
    for (const id of node.outputs) if (!wanted.has(id)) flowing.delete(id)
    runScope(
      () => inPlace(node.place, () => flowBack(node, arriving, tape, flowing)),
      (passed) => passed,
    )
    // Outer tapes hold references of their own to whatever they still need.
    node.outputs.forEach((id, index) => {
      if (!wanted.has(id)) arriving[index]?.dispose()
    })
    for (const kept of node.saved) kept.dispose()
  }
  const used = new Set<Tensor>()
  return tensors.map(({ id, shape, size }) => {
    const found = flowing.get(id)
    if (found === undefined) return fromData(new Float32Array(size), shape, 'float32')
    const gradient = used.has(found) ? found.alias() : found
    gradient.storage // writes out what is only repeated
    used.add(gradient)
    return gradient
  })
}

/** Carries the gradients that arrive at a node on to its inputs, in `flowing`. What it gives is new there. */
function flowBack(
  node: TapeNode,
  arriving: readonly (Tensor | null)[],
  { tracked }: Tape,
  flowing: Map<number, Tensor>,
): Tensor[] {
  const passed: Tensor[] = []
  // What the rule was lent or has handed out: to be disposed of once, so it is handed on as a handle of its own.
  const known = new Set([...arriving, ...node.saved])
  const { spec, saved, shapes } = node
  const { primitive } = node
  const first = arriving[0] as Tensor
  const thunks = primitive.gradient?.(first, saved, spec, shapes, arriving) ?? [
    () => primitive.adjoint!(first, spec, shapes[0]),
  ]
  node.inputs.forEach((input, position) => {
    const thunk = thunks[position]
    if (thunk === null || thunk === undefined || !tracked.has(input)) return
    const part = thunk()
    const before = flowing.get(input)
    const total = before !== undefined ? accumulate(before, part) : known.has(part) ? part.alias() : part
    known.add(total)
    flowing.set(input, total)
    passed.push(total)
    before?.dispose()
  })
  return passed
}

function accumulate(a: Tensor, b: Tensor): Tensor {
  check(
    sameShape(a.shape, b.shape),
    () => `gradient: parts of shapes ${showShape(a.shape)} and ${showShape(b.shape)} meet; a gradient rule is wrong.`,
  )
  return apply(accumulation, null, [a, b])
}

const accumulation: Primitive<null, 'binary'> = {
  kernel: kernels.binary,
  kernelSpec: (_, [{ size }]) => ({ op: 'add', shape: [size], strides: [[1], [1]] }),
  saves: () => [],
  gradient: (g) => [() => g, () => g],
}
