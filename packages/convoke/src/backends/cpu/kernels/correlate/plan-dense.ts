// A kernel's direct sum over pictures: every tap, in registers.

import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { type EvenParts, partsOf } from '../convolution/axes.ts'
import { groupedBy } from '../convolution/grouped-by.ts'
import type { Derived, KernelPlan, KernelStep } from '../plan.ts'
import { place, programFor, stepOf } from '../step.ts'
import { denseProgram, tapParts, tileRows } from './dense-program.ts'
import { pictureAxes, regionsOf } from './regions.ts'
import { insideSources, rimSources, type Source } from './sources.ts'
import { tilesOf } from './tiles.ts'

/** The taps in the order in which the program meets them. */
function packedTaps(height: number, width: number, parts: EvenParts): Derived {
  return {
    input: 1,
    bytes: 4 * height * width,
    key: `correlate taps ${height}×${width} ${parts.size}`,
    compute: (kernel, packed) => {
      let at = 0
      for (const { first, count } of partsOf(parts)) {
        for (let column = 0; column < width; column++) {
          for (let row = first; row < first + count; row++) packed[at++] = kernel[row * width + column]
        }
      }
    },
  }
}

export function planDense({ conv, boundary }: KernelSpecs['correlate'], target: Target): KernelPlan {
  const axes = pictureAxes(conv)
  const { height, width } = axes
  const parts = tapParts(height.kernel)
  const { inside, rim } = regionsOf(axes, 2 * target.lanes)
  const copies = rimSources(axes, rim, boundary, target, 3)
  const derived = 3 + copies.scratch.length + copies.tables.length
  const stepsOf = (sources: readonly Source[], joins: boolean): KernelStep[] => {
    const all = sources.flatMap((source) => tilesOf(source, { axes, target, parts, output: 2 }))
    const sameProgram = groupedBy(all, ({ rows, vectors, narrow }) => `${rows} ${vectors} ${narrow}`)
    return sameProgram.map((group, i): KernelStep => {
      const { rows, vectors, narrow } = group[0]
      const shape = { rows, vectors, parts, narrow }
      const key = `correlate dense ${rows} ${vectors} ${narrow} ${parts.size} ${parts.large} ${parts.small} ${target.name}`
      const program = programFor(key, () => denseProgram(shape, target))
      const step = stepOf(
        program,
        group.map(({ call }) => ({ ...call, taps: place(derived, 0) })),
      )
      return i > 0 || joins ? { ...step, joins: true } : step
    })
  }
  const steps = [
    ...copies.steps,
    ...(inside === undefined ? [] : stepsOf(insideSources(axes, inside), copies.steps.length > 0)),
    ...stepsOf(copies.sources, false),
  ]
  return Object.freeze({
    name: `picture ${tileRows(target, parts)}x1 ${target.name}`,
    steps,
    scratch: copies.scratch,
    tables: copies.tables,
    derived: [packedTaps(height.kernel, width.kernel, parts)],
  })
}
