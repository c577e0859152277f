// Gradients and ops of one's own.

import type { TypedArray } from '../backends/backend.ts'
import { checkShape, type Shape, sameShape, sizeOf } from '../shapes/broadcast.ts'
import { ConvokeError, check, checkOptions, show, showShape } from '../shapes/error.ts'
import { asTensor, fromData, type TensorLike } from '../tensor/create.ts'
import { checkTensor, type Tensor } from '../tensor/tensor.ts'
import { scope } from './gradients.ts'
import { apply, type Primitive } from './primitive.ts'
import { withoutGradients } from './tape.ts'

/** The gradient of each input, of its shape and float32; null for one that has none. Of a single input, the tensor by itself. */
export type InputGradients = Tensor | readonly (Tensor | null)[]

/** What a gradient may be computed from. */
export interface GivenTensors<I extends readonly Tensor[] = readonly Tensor[]> {
  /** The tensors that the op was called with. */
  readonly inputs: I
  /** What the op computed from them. */
  readonly result: Tensor
}

interface Custom {
  readonly op: string
  readonly forward: (inputs: readonly Tensor[]) => Tensor
  readonly gradient: (gradient: Tensor, given: GivenTensors) => InputGradients
}

const custom: Primitive<Custom> = {
  name: 'custom',
  shape: () => [],
  dtype: 'float32',
  made: ({ op, forward }, inputs) => {
    const result = withoutGradients(() => forward(inputs))
    checkTensor(op, 'what forward returns', result)
    // A value of its own to the tape, even where it is one of the inputs.
    return [result.view(result.shape)]
  },
  saves: (inputs, outputs) => [...inputs, ...outputs],
  gradient: (g, saved, { op, gradient }, shapes) => {
    const [inputs, result] = [saved.slice(0, -1), saved[saved.length - 1]]
    const found = gradient(g, { inputs, result })
    const parts: readonly unknown[] = Array.isArray(found) ? found : [found]
    check(
      parts.length === shapes.length,
      () =>
        `${op}: the gradient gives ${parts.length} ${parts.length === 1 ? 'tensor' : 'tensors'} for ${shapes.length} inputs. Give one per input, null where there is none.`,
    )
    return parts.map((part, i) => {
      if (part === null) return null
      checkTensor(op, `the gradient of input ${i}`, part)
      check(
        sameShape(part.shape, shapes[i]) && part.dtype === 'float32',
        () =>
          `${op}: the gradient of input ${i} is ${part.dtype} ${showShape(part.shape)}, the input has shape ${showShape(shapes[i])}. Give a float32 tensor of that shape; sumTo(…) undoes broadcasting.`,
      )
      return () => part.alias()
    })
  },
}

type Likes<I extends readonly unknown[]> = { [K in keyof I]: TensorLike }

const checkFunction = (op: string, name: string, value: unknown): void =>
  check(typeof value === 'function', () => `${op}: ${name} is ${show(value)}; it must be a function.`)

/**
 * `forward` with a gradient that you give in place of its own: to round and pass gradients straight through, to reverse or
 * to bound them, or because a formula is more exact. `gradient` is given the gradient of the result (its shape) with inputs and result, and
 * gives that of each input. Where it is written in ops, gradients of gradients follow it. What `forward` reads beside its
 * inputs is a constant.
 *
 * @example
 * const roundStraight = customGradient((x) => round(x), (gradient) => gradient)
 * const x = tensor([0.2, 1.7])
 * gradients(() => sum(square(roundStraight(x))), [x])[0].toArray()  // [0, 4]
 */
export function customGradient<I extends readonly Tensor[]>(
  forward: (...inputs: I) => Tensor,
  gradient: (gradient: Tensor, given: GivenTensors<I>) => InputGradients,
): (...inputs: Likes<I>) => Tensor {
  checkFunction('customGradient', 'forward', forward)
  checkFunction('customGradient', 'the gradient', gradient)
  const spec = {
    op: 'customGradient',
    // biome-ignore lint/plugin: as many as somebody has named
    forward: (inputs: readonly Tensor[]) => forward(...(inputs as unknown as I)),
    gradient: gradient as Custom['gradient'],
  }
  return (...given) =>
    scope(() =>
      apply(
        custom as Primitive<unknown>,
        spec,
        (given as readonly TensorLike[]).map((value, i) => asTensor(spec.op, `input ${i}`, value)),
      ),
    )
}

type Tensors<N extends readonly string[]> = { [K in keyof N]: Tensor }

/** The numbers of an input, in row-major order. */
export interface LoopInput {
  /** The values, one after another. */
  readonly data: TypedArray
  /** Their shape. */
  readonly shape: Shape
}

type LoopInputs<N extends readonly string[]> = { [K in keyof N]: LoopInput }

/** An op, by its name, its inputs and what it computes. */
export interface OpDefinition<N extends readonly string[], O extends object> {
  /** What errors call it. */
  readonly name: string
  /** What errors call its inputs: `['x', 'weights']`. */
  readonly inputs: N
  /** Each option with its default. Others are refused. */
  readonly options?: O | undefined
  /** The result by other ops. Exactly one of `forward` and `loop` is given. */
  readonly forward?: ((inputs: Tensors<N>, options: O) => Tensor) | undefined
  /** The result in plain code, float32: reads `inputs`, and writes every element of `result`, of the shape that `shape` gives. Runs where JavaScript does; `compile` refuses it. */
  readonly loop?: ((result: Float32Array, inputs: LoopInputs<N>, options: O) => void) | undefined
  /** The shape of the result of a `loop`: that of the first input when not given. Throw what must not be computed. */
  readonly shape?: ((shapes: { [K in keyof N]: Shape }, options: O) => Shape) | undefined
  /** The gradient of each input. When not given, gradients follow the ops of `forward`; a `loop` has none, and says so. */
  readonly gradient?:
    | ((
        gradient: Tensor,
        given: GivenTensors<Tensors<N>> & {
          /** The op's options, with defaults filled in. */
          readonly options: O
        },
      ) => InputGradients)
    | undefined
}

/** A custom op: its inputs, then its options. */
export type DefinedOp<N extends readonly string[], O extends object> = (
  ...given: [...inputs: Likes<N>, options?: Partial<O>]
) => Tensor

const keys = ['name', 'inputs', 'options', 'forward', 'loop', 'shape', 'gradient']

/**
 * An op of your own, which takes tensors, numbers or nested arrays, refuses wrong arguments by name, frees what it makes on the
 * way, and has a gradient: composed of other ops (`forward`), or in plain code on numbers (`loop`).
 *
 * @example
 * const swish = defineOp({
 *   name: 'swish',
 *   inputs: ['x'],
 *   options: { beta: 1 },
 *   forward: ([x], { beta }) => multiply(x, sigmoid(multiply(x, beta))),
 * })
 * swish([0, 1], { beta: 100 }).toArray()  // [0, 1]
 */
export function defineOp<const N extends readonly string[], O extends object = Record<never, never>>(
  definition: OpDefinition<N, O>,
): DefinedOp<N, O> {
  checkOptions('defineOp', definition, keys)
  const { name, inputs: names, options: defaults, forward, loop, gradient } = definition
  check(typeof name === 'string' && name !== '', () => `defineOp: the name is ${show(name)}; it must be a string.`)
  check(
    Array.isArray(names) && names.every((one) => typeof one === 'string'),
    () => `defineOp: the inputs are ${show(names)}; give the name of each, as in ['x'].`,
  )
  check(
    (forward === undefined) !== (loop === undefined),
    () => 'defineOp: exactly one of forward (other ops) and loop (plain code) must be given.',
  )
  checkFunction('defineOp', forward === undefined ? 'loop' : 'forward', forward ?? loop)
  const known = Object.keys(defaults ?? {})
  const op = (...given: readonly unknown[]): Tensor =>
    scope(() => {
      check(
        given.length >= names.length && given.length <= names.length + 1,
        () =>
          `${name}: it is called with ${given.length} arguments; it takes ${[...names, ...(known.length > 0 ? ['options'] : [])].join(', ')}.`,
      )
      const named = given[names.length] ?? {}
      checkOptions(name, named, known)
      const options = { ...defaults, ...named } as O
      const inputs = names.map((one, i) => asTensor(name, one, given[i]))
      const run = (tensors: readonly Tensor[]): Tensor =>
        forward?.(tensors as unknown as Tensors<N>, options) ?? runLoop(definition, tensors, options)
      if (gradient === undefined && forward !== undefined) {
        const result: unknown = run(inputs)
        checkTensor(name, 'what forward returns', result)
        return result
      }
      const rule = (g: Tensor, tensors: GivenTensors): InputGradients => {
        if (gradient !== undefined) return gradient(g, { ...(tensors as GivenTensors<Tensors<N>>), options })
        throw new ConvokeError(`${name}: it has no gradient. Give defineOp one, or call it within withoutGradients(…).`)
      }
      return apply(custom, { op: name, forward: run, gradient: rule }, inputs)
    })
  return op as DefinedOp<N, O>
}

function runLoop<N extends readonly string[], O extends object>(
  { name, loop, shape: shapeOf }: OpDefinition<N, O>,
  inputs: readonly Tensor[],
  options: O,
): Tensor {
  const read = inputs.map((input): LoopInput => ({ data: input.dataSync(), shape: input.shape }))
  const shape: unknown = shapeOf?.(read.map((input) => input.shape) as never, options) ?? read[0]?.shape
  checkShape(name, shape)
  const result = new Float32Array(sizeOf(shape))
  loop?.(result, read as never, options)
  return fromData(result, shape, 'float32')
}
