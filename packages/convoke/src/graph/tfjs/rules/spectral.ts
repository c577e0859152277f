// Fourier transforms along the last axis. A complex value lies with its real and imaginary parts in a last axis of two, which only the
// operators here know of. Definitions: TensorFlow's fft_ops and `tf.complex`, ONNX's DFT of operator set 17.

import { type Held, int, plainly } from '../builder.ts'
import type { Context, Rule, Rules } from '../context.ts'

const complex = (name: string): Held => ({ ...plainly(name), complex: true })

function pairs(c: Context, index: number): string {
  if (c.in(index).complex !== true) return c.refuse(`input ${index} must be complex.`)
  return c.plain(index)
}

const dft = (
  c: Context,
  x: string,
  length: string,
  attributes: { inverse?: boolean; onesided?: boolean } = {},
): string =>
  c.b.node('DFT', length === '' ? [x] : [x, length], {
    axis: int(-2),
    ...(attributes.inverse === true && { inverse: int(1) }),
    ...(attributes.onesided === true && { onesided: int(1) }),
  })

const part =
  (at: number): Rule =>
  (c) =>
    c.b.node('Gather', [pairs(c, 0), c.b.int64([at], [])], { axis: int(-1) })

/** Factors of the two parts that make the conjugate. */
const mirrored = (c: Context, x: string): string =>
  c.b.node('Mul', [x, c.b.initializer('conjugate', 'float32', [2], () => Float32Array.of(1, -1))])

/** Bins that stand for a real signal of `length`, which is given as the second input. */
function lengthOf(c: Context): number {
  const length = c.number(1)
  if (!Number.isInteger(length) || length < 1) return c.refuse(`fft_length is ${length}; it must be 1 or more.`)
  return length
}

function rfft(c: Context): Held {
  const { b } = c
  const x = b.node('Unsqueeze', [c.plain(0), b.int64([-1])])
  return complex(dft(c, x, b.int64([lengthOf(c)], []), { onesided: true }))
}

/** The other half of the spectrum of a real signal mirrors the first. */
function irfft(c: Context): string {
  const { b } = c
  const length = lengthOf(c)
  const bins = Math.floor(length / 2) + 1
  const x = pairs(c, 0)
  const given = b.known(c.in(0))?.shape.at(-2) ?? null
  if (given === null || given < bins)
    return c.refuse(`a signal of ${length} needs ${bins} bins; the input has ${given ?? 'a number that is not known'}.`)
  const some = (start: number, end: number, step: number): string =>
    b.node('Slice', [x, ...[[start], [end], [-2], [step]].map((list) => b.int64(list))])
  const first = some(0, bins, 1)
  const rest = length - bins
  const whole = rest === 0 ? first : b.node('Concat', [first, mirrored(c, some(rest, 0, -1))], { axis: int(-2) })
  return b.node('Gather', [dft(c, whole, '', { inverse: true }), b.int64([0], [])], { axis: int(-1) })
}

const joined: Rule = (c) => {
  const [real, imaginary] = [0, 1].map((i) => c.b.node('Unsqueeze', [c.plain(i), c.b.int64([-1])]))
  return complex(c.b.node('Concat', [real, imaginary], { axis: int(-1) }))
}

export const spectralRules: Rules = {
  ...{ RFFT: rfft, IRFFT: irfft, Complex: joined, Real: part(0), Imag: part(1) },
  FFT: (c) => complex(dft(c, pairs(c, 0), '')),
  IFFT: (c) => complex(dft(c, pairs(c, 0), '', { inverse: true })),
  Conj: (c) => complex(mirrored(c, pairs(c, 0))),
  ComplexAbs: (c) => c.b.node('ReduceL2', [pairs(c, 0), c.b.int64([-1])], { keepdims: int(0) }),
}
