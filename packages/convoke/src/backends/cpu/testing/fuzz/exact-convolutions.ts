// Convolutions and both their gradients in float64 at a cost that does not grow with the kernel. With x framed, f spread by the
// dilation and y by the stride over one grid, all three are products of spectra:
//
//   y = x ⋆ f   X·F̄        x' = y ∗ f   Y·F        f' = x ⋆ y   X·Ȳ

import { type Boundary, elementAt } from '../../../../shapes/boundary.ts'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { smoothLength } from '../../../../shapes/smooth-length.ts'
import type { TypedArray } from '../../../backend.ts'
import { type ComplexLine, complexLine, type LineTransform, lineTransform } from '../../../reference/fourier-line.ts'

/** Which places of an axis of the grid hold which elements of a tensor. */
type AxisMap = readonly (readonly [place: number, element: number])[]

interface Grid {
  /** Lengths of a transform, one per axis. */
  readonly lengths: readonly number[]
  readonly x: readonly AxisMap[]
  readonly y: readonly AxisMap[]
  readonly f: readonly AxisMap[]
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

function gridOf(conv: ConvSpec, boundary: Boundary): Grid {
  const places = conv.kernel.map(
    (taps, axis) => (conv.outputSize[axis] - 1) * conv.stride[axis] + (taps - 1) * conv.dilation[axis] + 1,
  )
  return {
    lengths: places.map(smoothLength),
    x: places.map((count, axis) =>
      indices(count).flatMap((place) => {
        const element = elementAt(boundary, place - conv.padding[axis][0], conv.inputSize[axis])
        return element === undefined ? [] : [[place, element] as const]
      }),
    ),
    y: conv.outputSize.map((size, axis) => indices(size).map((o) => [o * conv.stride[axis], o] as const)),
    f: conv.kernel.map((taps, axis) => indices(taps).map((t) => [t * conv.dilation[axis], t] as const)),
  }
}

/** Roots of unity of long lines take longer than their transforms: a few are kept. */
const kept = new Map<number, LineTransform>()
const mostKept = 2 ** 22

function transformOf(length: number): LineTransform {
  const known = kept.get(length) ?? lineTransform(length)
  if ([...kept.keys()].reduce((sum, n) => sum + n, length) > mostKept) kept.clear()
  kept.set(length, known)
  return known
}

function transformGrid(values: ComplexLine, lengths: readonly number[], inverse: boolean): void {
  lengths.forEach((length, axis) => {
    if (length === 1) return
    const inner = sizeOf(lengths.slice(axis + 1))
    const transform = transformOf(length)
    if (lengths.length === 1) {
      transform(values, inverse)
      return
    }
    const line = complexLine(length)
    for (let start = 0; start < values.re.length; start += length * inner) {
      for (let i = start; i < start + inner; i++) {
        for (let j = 0; j < length; j++) {
          line.re[j] = values.re[i + j * inner]
          line.im[j] = values.im[i + j * inner]
        }
        transform(line, inverse)
        for (let j = 0; j < length; j++) {
          values.re[i + j * inner] = line.re[j]
          values.im[i + j * inner] = line.im[j]
        }
      }
    }
  })
}

/** Visits the grid places of a tensor's elements. */
function eachElement(
  lengths: readonly number[],
  sizes: readonly number[],
  maps: readonly AxisMap[],
  visit: (place: number, element: number) => void,
): void {
  const along = (axis: number, place: number, element: number): void => {
    for (const [p, e] of maps[axis]) {
      const [nextPlace, nextElement] = [place * lengths[axis] + p, element * sizes[axis] + e]
      if (axis === lengths.length - 1) visit(nextPlace, nextElement)
      else along(axis + 1, nextPlace, nextElement)
    }
  }
  along(0, 0, 0)
}

type Role = 'x' | 'y' | 'f'

const sizesOf = ({ inputSize, outputSize, kernel }: ConvSpec, role: Role): readonly number[] =>
  role === 'x' ? inputSize : role === 'y' ? outputSize : kernel

/** A channel of a tensor on the grid, transformed; `channels` from element to element, `first` the channel's first. */
function spectrumOf(
  conv: ConvSpec,
  grid: Grid,
  role: Role,
  values: TypedArray,
  first: number,
  channels: number,
): ComplexLine {
  const { lengths } = grid
  const spectrum = complexLine(sizeOf(lengths))
  eachElement(lengths, sizesOf(conv, role), grid[role], (place, element) => {
    spectrum.re[place] = values[first + element * channels]
  })
  transformGrid(spectrum, lengths, false)
  return spectrum
}

/** sum += a·b, or a times the conjugate of b. */
function addProduct(sum: ComplexLine, a: ComplexLine, b: ComplexLine, conjugate: boolean): void {
  const sign = conjugate ? -1 : 1
  for (let k = 0; k < sum.re.length; k++) {
    const im = sign * b.im[k]
    sum.re[k] += a.re[k] * b.re[k] - a.im[k] * im
    sum.im[k] += a.re[k] * im + a.im[k] * b.re[k]
  }
}

export type ConvKernel = 'conv' | 'convTranspose' | 'convFilterGradient'

/** The role of each kernel's two operands and of its result. */
export const rolesOf: Readonly<Record<ConvKernel, readonly [Role, Role, Role]>> = {
  conv: ['x', 'f', 'y'],
  convTranspose: ['y', 'f', 'x'],
  convFilterGradient: ['x', 'y', 'f'],
}

/** Grids' worth of transforms that a question costs, for who asks many. */
export function gridPoints(conv: ConvSpec): number {
  const { lengths } = gridOf({ ...conv, inputSize: conv.inputSize.map(() => 1) }, 'zero')
  const planes =
    conv.batch * (conv.inputChannels + conv.outputChannels) + (conv.inputChannels / conv.groups) * conv.outputChannels
  return planes * sizeOf(lengths)
}

/** The result of a convolution without its epilogue, or of a gradient, of two tensors laid out as the kernel has them. */
export function exactConvolution(
  kernel: ConvKernel,
  conv: ConvSpec,
  [first, second]: readonly TypedArray[],
  boundary: Boundary = 'zero',
): Float64Array {
  const grid = gridOf(conv, boundary)
  const { batch, groups, inputChannels, outputChannels } = conv
  const [inputs, outputs] = [inputChannels / groups, outputChannels / groups]
  const [roleA, roleB, result] = rolesOf[kernel]
  /** Where a channel of a tensor begins, and the distance of its elements. */
  const placeOf = (role: Role, image: number, group: number, input: number, output: number) => {
    if (role === 'f') return { first: input * outputChannels + group * outputs + output, step: inputs * outputChannels }
    const [own, channels] =
      role === 'x' ? [group * inputs + input, inputChannels] : [group * outputs + output, outputChannels]
    return { first: image * sizeOf(sizesOf(conv, role)) * channels + own, step: channels }
  }
  const spectra = new Map<string, ComplexLine>()
  const known = (role: Role, values: TypedArray, at: ReturnType<typeof placeOf>): ComplexLine => {
    const key = `${role} ${at.first}`
    const found = spectra.get(key) ?? spectrumOf(conv, grid, role, values, at.first, at.step)
    spectra.set(key, found)
    return found
  }
  const length =
    sizeOf(sizesOf(conv, result)) *
    (result === 'f' ? inputs * outputChannels : batch * (result === 'x' ? inputChannels : outputChannels))
  const made = new Float64Array(length)
  const points = sizeOf(grid.lengths)
  /** One channel of the result: the sum over what its two operands share. */
  const one = (
    group: number,
    fixed: readonly [number, number, number],
    ranges: readonly [number, number, number],
  ): void => {
    const sum = complexLine(points)
    for (let image = fixed[0]; image < fixed[0] + ranges[0]; image++) {
      for (let input = fixed[1]; input < fixed[1] + ranges[1]; input++) {
        for (let output = fixed[2]; output < fixed[2] + ranges[2]; output++) {
          const [a, b] = [roleA, roleB].map((role) => placeOf(role, image, group, input, output))
          addProduct(sum, known(roleA, first, a), known(roleB, second, b), kernel !== 'convTranspose')
        }
      }
    }
    transformGrid(sum, grid.lengths, true)
    const at = placeOf(result, fixed[0], group, fixed[1], fixed[2])
    eachElement(grid.lengths, sizesOf(conv, result), grid[result], (place, element) => {
      made[at.first + element * at.step] = sum.re[place] / points
    })
  }
  for (let group = 0; group < groups; group++) {
    if (result === 'y') {
      for (const b of indices(batch)) for (const o of indices(outputs)) one(group, [b, 0, o], [1, inputs, 1])
    } else if (result === 'x') {
      for (const b of indices(batch)) for (const i of indices(inputs)) one(group, [b, i, 0], [1, 1, outputs])
    } else {
      for (const i of indices(inputs)) for (const o of indices(outputs)) one(group, [0, i, o], [batch, 1, 1])
    }
    spectra.clear()
  }
  return made
}
