// How the lines of a sweep are transformed, by their length and by what lies inside their axis.

import type { Target } from '../../program/index.ts'
import { type ColumnSpec, columnBytes, columnProgram, coreLength, isReal, ownScale, sinkStride } from './columns.ts'
import { gatheredProgram, rowFloats } from './gathered.ts'
import { chirpSweep, longSweep } from './long.ts'
import { at, type Parts, stretchesOf } from './parts.ts'
import { placesTable, planPasses, radicesOf, widthOf } from './passes.ts'
import type { Sweep } from './plan.ts'
import { halvesTable } from './real.ts'
import { acrossTable, roomOfHalf, rowHalvesTable, rowProgram } from './rows.ts'

/**
 * Lines whose passes take more of the second cache than this many times are transformed in two sweeps; shorter ones where there are too few
 * lines to give each thread its share, and two sweeps cost as much as one.
 */
const longest = 2
const few = 4
const longOfFew = 1 / 4

/** Adds the steps of a sweep to a plan; the name says how it goes. */
export function planSweep(parts: Parts, sweep: Sweep, target: Target): string {
  const { kind, outer, n, inner } = sweep
  const core = coreLength(kind, n)
  if (radicesOf(core, target) === undefined) return chirpSweep(parts, sweep, target, planSweep)
  if (inner > 1) return columnSweep(parts, sweep, target)
  const whole = core % target.lanes === 0
  const room = core * 8 * (whole ? 1 : target.lanes)
  if (room >= (outer < few ? longOfFew : longest) * target.caches.second)
    return longSweep(parts, sweep, target, planSweep)
  return whole ? rowSweep(parts, sweep, target) : gatheredSweep(parts, sweep, target)
}

/** Rows one at a time. */
function rowSweep(parts: Parts, sweep: Sweep, target: Target): string {
  const { kind, outer, n, from, to } = sweep
  const { lanes } = target
  const core = coreLength(kind, n)
  const passes = planPasses(core / lanes, target)
  const scale = ownScale(kind, n, sweep.scale)
  const vector = 8 * lanes
  const bytes = columnBytes(sweep)
  const program = rowProgram({ kind, n, scaled: scale !== 1 }, target)
  const common = {
    work: at(parts.worker('work', core * 8)),
    natural: at(parts.worker('natural', core * 8)),
    square: at(parts.worker('square', lanes * vector)),
    stage: at(parts.worker('stage', 16 * vector)),
    twiddles: at(parts.table(`twiddles ${passes.length}`, () => passes.twiddles)),
    places: at(parts.table(`places ${passes.length} ${vector}`, () => placesTable(passes, vector))),
    across: at(parts.table(`across ${core}`, () => acrossTable(core, lanes))),
    ...(isReal(kind) && {
      z: at(parts.worker('z', roomOfHalf(core, lanes))),
      halves: at(parts.table(`row halves ${n}`, () => rowHalvesTable(n, lanes))),
    }),
    scale,
  }
  const stretches = stretchesOf(outer, 1, n)
  parts.step(program, stretches.count, (task) => {
    const { outer: first, outers } = stretches.of(task)
    return { ...common, x: at(from, first * bytes.x.line), y: at(to, first * bytes.y.line), rows: outers }
  })
  return `${kind} ${n} by rows`
}

/** Rows side by side. */
function gatheredSweep(parts: Parts, sweep: Sweep, target: Target): string {
  const { kind, outer, n, from, to } = sweep
  const { lanes } = target
  const core = coreLength(kind, n)
  const passes = planPasses(core, target)
  const scale = ownScale(kind, n, sweep.scale)
  const vector = 8 * lanes
  const floats = rowFloats(kind, n)
  const program = gatheredProgram({ kind, n, scaled: scale !== 1 }, target)
  const yRow = (kind === 'toReal' ? 4 : 8) * lanes
  const sink = kind === 'toHalf' || (kind === 'toReal' && n % 2 === 0) ? vector : yRow
  const common = {
    work: at(parts.worker('work', core * vector)),
    gathered: at(parts.worker('gathered', floats.x * 4 * lanes)),
    spread: at(parts.worker('spread', floats.y * 4 * lanes)),
    stage: at(parts.worker('stage', 16 * vector)),
    twiddles: at(parts.table(`twiddles ${passes.length}`, () => passes.twiddles)),
    places: at(parts.table(`places ${passes.length} ${sink}`, () => placesTable(passes, sink))),
    ...(isReal(kind) && { natural: at(parts.worker('natural', (core + 1) * vector)) }),
    ...(isReal(kind) && n % 2 === 0 && { halves: at(parts.table(`halves ${n}`, () => halvesTable(n))) }),
    scale,
  }
  const groups = (first: number, count: number, last: number): void => {
    const stretches = stretchesOf(count, 1, n * lanes)
    parts.step(
      program,
      stretches.count,
      (task) => {
        const stretch = stretches.of(task)
        const row = first + stretch.outer * lanes
        return {
          ...common,
          x: at(from, row * floats.x * 4),
          y: at(to, row * floats.y * 4),
          groups: stretch.outers,
          last,
        }
      },
      first > 0,
    )
  }
  const whole = Math.floor(outer / lanes)
  groups(0, whole, lanes - 1)
  if (outer % lanes > 0) groups(whole * lanes, 1, (outer % lanes) - 1)
  return `${kind} ${n} by rows side by side`
}

/** `lanes` neighbours at a time, and what is left over of them. */
export function columnSweep(parts: Parts, sweep: Sweep, target: Target): string {
  const { kind, outer, n, inner, from, to } = sweep
  const { lanes } = target
  const core = coreLength(kind, n)
  const passes = planPasses(core, target)
  const scale = ownScale(kind, n, sweep.scale)
  const vector = 8 * lanes
  const bytes = columnBytes(sweep)
  const widest = isReal(kind) ? 1 : widthOf(core, bytes.x.row, target)
  const common = {
    work: at(parts.worker('work', widest * core * vector)),
    stage: at(parts.worker('stage', 16 * vector)),
    twiddles: at(parts.table(`twiddles ${passes.length}`, () => passes.twiddles)),
    ...(isReal(kind) && { natural: at(parts.worker('natural', (core + 1) * vector)) }),
    ...(isReal(kind) && n % 2 === 0 && { halves: at(parts.table(`halves ${n}`, () => halvesTable(n))) }),
    scale,
  }
  let steps = 0
  /** `blocks` times `width` vectors from vector `first` on. */
  const columns = (count: number, width: number, first: number, blocks: number): void => {
    if (blocks === 0) return
    const spec: ColumnSpec = { kind, n, inner, scaled: scale !== 1, count, width }
    const program = columnProgram(spec, target)
    const stride = sinkStride(spec, target)
    const places = at(parts.table(`places ${passes.length} ${stride}`, () => placesTable(passes, stride)))
    const stretches = stretchesOf(outer, blocks, n * lanes * width)
    parts.step(
      program,
      stretches.count,
      (task) => {
        const stretch = stretches.of(task)
        const element = (first + stretch.block * width) * lanes
        return {
          ...common,
          places,
          x: at(from, stretch.outer * bytes.x.line + element * bytes.x.element),
          y: at(to, stretch.outer * bytes.y.line + element * bytes.y.element),
          outers: stretch.outers,
          blocks: stretch.blocks,
          xSkip: bytes.x.line - stretch.blocks * width * count * bytes.x.element,
          ySkip: bytes.y.line - stretch.blocks * width * count * bytes.y.element,
        }
      },
      steps++ > 0,
    )
  }
  const whole = Math.floor(inner / lanes)
  const wide = Math.floor(whole / widest)
  columns(lanes, widest, 0, wide)
  if (widest > 1) columns(lanes, 1, wide * widest, whole - wide * widest)
  columns(inner % lanes, 1, whole, inner % lanes > 0 ? 1 : 0)
  return `${kind} ${n}`
}
