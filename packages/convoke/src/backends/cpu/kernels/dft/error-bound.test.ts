import { describe, expect, test } from 'vitest'
import { halvedShape } from '../../../../shapes/spectrum.ts'
import { availableBackends, onBackend } from '../../../../testing/check-op.ts'
import { currentBackend } from '../../../current.ts'
import * as kernels from '../../../kernels/index.ts'
import { fft, irfft, rfft } from '../../../reference/fourier.ts'
import { avx2, targets } from '../../program/index.ts'
import { kernelNamed } from '../../testing/kernel-named.ts'
import { randomNumbers } from '../testing/arrays.ts'
import { dftErrorBound, typicalDftError } from './error-bound.ts'

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

interface Errors {
  /** Of the root of the mean squares. */
  readonly relative: number
  /** The largest error, over the root of the mean square of the result. */
  readonly largest: number
}

function errorsOf(
  kernel: 'fft' | 'rfft' | 'irfft',
  shape: readonly number[],
  axes: readonly number[],
  seed: number,
): Errors {
  const backend = currentBackend()
  const half = size(halvedShape(shape, axes))
  const inputs = kernel === 'rfft' ? size(shape) : 2 * (kernel === 'irfft' ? half : size(shape))
  const outputs = kernel === 'irfft' ? size(shape) : 2 * (kernel === 'rfft' ? half : size(shape))
  const unit = randomNumbers(seed)
  const values = Float32Array.from({ length: inputs }, () => 2 * unit() - 1)
  const [x, y] = [backend.allocate('float32', inputs), backend.allocate('float32', outputs)]
  backend.write(x, values)
  const spec = { shape, axes, scale: 1 }
  const wanted = new Float64Array(outputs)
  if (kernel === 'fft') {
    backend.run(kernels.fft, { ...spec, inverse: false }, [x], [y])
    fft({ ...spec, inverse: false }, [values], [wanted])
  } else {
    backend.run(kernelNamed(kernel), spec, [x], [y])
    const loops = kernel === 'rfft' ? rfft : irfft
    loops(spec, [values], [wanted])
  }
  const actual = backend.readSync!(y)
  backend.release(x)
  backend.release(y)
  let [squares, norm, largest] = [0, 0, 0]
  for (let i = 0; i < outputs; i++) {
    const error = Math.abs(actual[i] - wanted[i])
    squares += error * error
    norm += wanted[i] * wanted[i]
    largest = Math.max(largest, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error)
  }
  return { relative: Math.sqrt(squares / norm), largest: largest / Math.sqrt(norm / outputs) }
}

const transforms = ['fft', 'rfft', 'irfft'] as const

/** Lengths of every way there is: one row, depth first, two sweeps, chirps, and their neighbours. */
const long = [2 ** 17, 3 * 2 ** 16, 3 ** 10, 65536, 30_030, 10_007, 2 * 50_021]

describe.each(availableBackends().filter((name) => name !== 'reference'))('rounding on %s', (name) => {
  test.each(long)('of lines of %i values is below the bound, and typically what is said', (n) =>
    onBackend(name, () => {
      for (const kernel of transforms) {
        const { relative, largest } = errorsOf(kernel, [n], [0], n)
        expect(relative, kernel).toBeLessThan(typicalDftError(n, avx2) * 1.2)
        expect(relative, kernel).toBeLessThan(dftErrorBound(n, avx2))
        expect(largest, kernel).toBeLessThan(8 * typicalDftError(n, avx2))
      }
    }),
  )

  test('of random shapes is below the bound', () =>
    onBackend(name, () => {
      const unit = randomNumbers(11)
      for (let i = 0; i < 60; i++) {
        const rank = 1 + Math.floor(unit() * 3)
        const most = [2000, 60, 20][rank - 1]
        const shape = Array.from({ length: rank }, () => 1 + Math.floor(unit() * most))
        const axes = shape.map((_, axis) => axis).filter((axis) => axis === rank - 1 || unit() < 0.5)
        const bound = axes.reduce((sum, axis) => sum + dftErrorBound(shape[axis], avx2), 0)
        const kernel = transforms[i % 3]
        expect(errorsOf(kernel, shape, axes, i).relative, `${kernel} ${shape} ${axes}`).toBeLessThan(bound)
      }
    }))
})

test('the bound grows with the length, and says what is typical several times over', () => {
  for (const target of targets) {
    expect(dftErrorBound(1024, target)).toBeLessThan(dftErrorBound(2 ** 20, target))
    expect(dftErrorBound(997, target)).toBeGreaterThan(dftErrorBound(1024, target))
    expect(dftErrorBound(1024, target)).toBeGreaterThan(4 * typicalDftError(1024, target))
    expect(dftErrorBound(2 ** 20, target)).toBeLessThan(2 ** -24 * 1000)
  }
})
