// Sweeps of several steps over the whole tensor: long lines, and lines with a large prime in their length.

import { halvedLength } from '../../../../shapes/spectrum.ts'
import { type ComplexLine, chirpOf, chirpSpectrum } from '../../../reference/fourier-line.ts'
import type { Target } from '../../program/index.ts'
import { chirpLength } from './chirp-length.ts'
import { coreLength, directionOf, ownScale } from './columns.ts'
import { type FactorSpec, factorProgram, factorTable } from './factors.ts'
import {
  blockTurnsTable,
  type FourStep,
  firstSweepProgram,
  halvesOf,
  pitchOf,
  secondSweepProgram,
  turnsTable,
} from './four-step.ts'
import { halfRowsProgram, rowHalvesTable } from './half-rows.ts'
import { at, type Part, type Parts, stretchesOf } from './parts.ts'
import { lineWidth, placesTable, planPasses } from './passes.ts'
import type { Sweep } from './plan.ts'

/** Plans a sweep of any kind: a long one is made of shorter ones. */
type PlanSweep = (parts: Parts, sweep: Sweep, target: Target) => string

type Factors = Partial<Omit<FactorSpec, 'inner' | 'scaled' | 'rows' | 'n'>> & Pick<FactorSpec, 'from' | 'to' | 'rows'>

/** Rows times factors, or only brought into another layout. */
function factorStep(
  parts: Parts,
  { outer, n, inner }: Pick<Sweep, 'outer' | 'n' | 'inner'>,
  own: Factors,
  { from, to, factors, scale = 1 }: { from: Part; to: Part; factors?: Part; scale?: number },
  target: Target,
): void {
  const rows = { inputRows: own.rows, outputRows: own.rows, fills: false, ...own }
  const spec: FactorSpec = { ...rows, n, inner, factors: factors !== undefined, scaled: scale !== 1 }
  const program = factorProgram(spec, target)
  const stretches = stretchesOf(outer, 1, Math.max(spec.inputRows, spec.outputRows) * inner)
  const [xLine, yLine] = [
    spec.inputRows * inner * (spec.from === 'reals' ? 4 : 8),
    spec.outputRows * inner * (spec.to === 'reals' ? 4 : 8),
  ]
  const common = { scale, ...(factors !== undefined && { factors: at(factors) }) }
  parts.step(program, stretches.count, (task) => {
    const { outer: first, outers } = stretches.of(task)
    return { ...common, x: at(from, first * xLine), y: at(to, first * yLine), outers }
  })
}

/** A complex line in two sweeps. */
function fourSteps(parts: Parts, sweep: Sweep, target: Target): string {
  const { kind, outer, n, from, to, scale } = sweep
  const { lanes } = target
  const [n1, n2] = halvesOf(n, lanes)
  const [pitch, vector, direction] = [pitchOf(n1, lanes), 8 * lanes, directionOf(kind)]
  const t = parts.scratch(outer * n2 * pitch)
  const width = lineWidth(target)
  const common = {
    work: at(parts.worker('work', Math.max(n1, n2) * width * vector)),
    stage: at(parts.worker('stage', 16 * vector)),
    natural: at(parts.worker('natural', width * n1 * vector)),
    turns: at(parts.table(`turns ${n} ${n1}`, () => turnsTable(n, n1, lanes))),
    scale,
  }
  const blockTurns = parts.table(`block turns ${n} ${n1}`, () => blockTurnsTable(n, n1, lanes))
  const [down, across] = [planPasses(n1, target), planPasses(n2, target)]
  let steps = 0
  /** `blocks` times `own` vectors from vector `first` on. */
  const sweepOf = (which: 'first' | 'second', count: number, own: number, first: number, blocks: number): void => {
    if (blocks === 0) return
    const spec: FourStep = { n1, n2, direction, scaled: scale !== 1, count, width: own }
    const passes = which === 'first' ? down : across
    const program = which === 'first' ? firstSweepProgram(spec, target) : secondSweepProgram(spec, target)
    const stride = which === 'first' ? vector : n1 * 8
    const tables = {
      twiddles: at(parts.table(`twiddles ${passes.length}`, () => passes.twiddles)),
      places: at(parts.table(`places ${passes.length} ${stride}`, () => placesTable(passes, stride))),
    }
    const tasks = lines(stretchesOf(outer, blocks, passes.length * lanes * own), outer, blocks)
    parts.step(
      program,
      tasks.length,
      (task) => {
        const { outer: line, block, blocks: several } = tasks[task]
        const start = first + block * own
        return {
          ...common,
          ...tables,
          x: at(from, (line * n + start * lanes) * 8),
          y: at(to, (line * n + start * lanes) * 8),
          t: at(t, line * n2 * pitch + start * (which === 'first' ? lanes * pitch : vector)),
          blockTurns: at(blockTurns, start * n1 * 8),
          blocks: several,
        }
      },
      steps++ > 0,
    )
  }
  for (const [which, size] of [
    ['first', n2],
    ['second', n1],
  ] as const) {
    steps = 0
    const whole = Math.floor(size / lanes)
    const wide = Math.floor(whole / width)
    sweepOf(which, lanes, width, 0, wide)
    if (width > 1) sweepOf(which, lanes, 1, wide * width, whole - wide * width)
    sweepOf(which, size % lanes, 1, whole, size % lanes > 0 ? 1 : 0)
  }
  return `${kind} ${n1}x${n2}`
}

/** Stretches of one line each. */
function lines(stretches: ReturnType<typeof stretchesOf>, outer: number, blocks: number) {
  return Array.from({ length: stretches.count }, (_, task) => stretches.of(task)).flatMap((stretch) =>
    stretch.outers === 1
      ? [stretch]
      : Array.from({ length: Math.min(stretch.outers, outer - stretch.outer) }, (__, i) => ({
          outer: stretch.outer + i,
          outers: 1,
          block: 0,
          blocks,
        })),
  )
}

/** X of Z or Z of X, rows of half the length. */
function halfStep(parts: Parts, sweep: Sweep, from: Part, to: Part, target: Target): void {
  const { kind, outer, n, scale } = sweep
  const { lanes } = target
  const h = n / 2
  const toHalf = kind === 'toHalf'
  const program = halfRowsProgram(toHalf ? 'split' : 'join', n, target)
  const blocks = Math.ceil((toHalf ? h + 1 : h) / lanes)
  const tasks = lines(stretchesOf(outer, blocks, lanes), outer, blocks)
  const halves = parts.table(`row halves ${n}`, () => rowHalvesTable(n, lanes))
  parts.step(program, tasks.length, (task) => {
    const { outer: line, block, blocks: count } = tasks[task]
    return {
      x: at(from, line * (toHalf ? h : h + 1) * 8),
      y: at(to, line * (toHalf ? h + 1 : h) * 8),
      halves: at(halves, block * 8 * lanes),
      scale: ownScale(kind, n, scale),
      block,
      blocks: count,
    }
  })
}

/** Lines that one sweep does not hold in the caches. */
export function longSweep(parts: Parts, sweep: Sweep, target: Target, planSweep: PlanSweep): string {
  const { kind, outer, n, from, to, scale } = sweep
  if (kind === 'forward' || kind === 'backward') return fourSteps(parts, sweep, target)
  const core = coreLength(kind, n)
  const between = parts.scratch(outer * core * 8)
  const complex = { outer, n: core, inner: 1 }
  if (n % 2 === 0 && core % target.lanes === 0) {
    if (kind === 'toHalf') {
      const name = fourSteps(parts, { ...complex, kind: 'forward', scale: 1, from, to: between }, target)
      halfStep(parts, sweep, between, to, target)
      return `real ${name}`
    }
    halfStep(parts, sweep, from, between, target)
    return `real ${fourSteps(parts, { ...complex, kind: 'backward', scale, from: between, to }, target)}`
  }
  return wholeComplex(parts, sweep, target, planSweep)
}

/** Real lines as complex ones: with imaginary parts of 0, or one side of a spectrum, of which the real parts are kept. */
function wholeComplex(parts: Parts, sweep: Sweep, target: Target, planSweep: PlanSweep): string {
  const { kind, outer, n, inner, from, to, scale } = sweep
  const half = halvedLength(n)
  const between = parts.scratch(outer * n * inner * 8)
  const complex = { outer, n, inner, scale: 1, from: between, to: between }
  if (kind === 'toHalf') {
    factorStep(parts, sweep, { from: 'reals', to: 'pairs', rows: n }, { from, to: between }, target)
    const name = planSweep(parts, { ...complex, kind: 'forward' }, target)
    factorStep(
      parts,
      sweep,
      { from: 'pairs', to: 'pairs', rows: half, inputRows: n },
      { from: between, to, scale },
      target,
    )
    return `real ${name}`
  }
  const doubled = Array.from({ length: half }, (_, k) => (k === 0 || 2 * k === n ? 1 : 2))
  const factors = parts.table(`one side ${n} ${inner > 1}`, () =>
    factorTable(doubled, new Float64Array(half), { inner, lanes: target.lanes }),
  )
  const oneSide = { from: 'half', to: 'pairs', rows: half, outputRows: n, fills: true } as const
  factorStep(parts, sweep, oneSide, { from, to: between, factors }, target)
  const name = planSweep(parts, { ...complex, kind: 'backward' }, target)
  factorStep(parts, sweep, { from: 'pairs', to: 'reals', rows: n }, { from: between, to, scale }, target)
  return `real ${name}`
}

/** Any length by a convolution with a chirp. Bluestein 1970. */
export function chirpSweep(parts: Parts, sweep: Sweep, target: Target, planSweep: PlanSweep): string {
  const { kind, outer, n, inner, from, to, scale } = sweep
  const { lanes } = target
  const length = chirpLength(n)
  const backward = directionOf(kind) === 'backward'
  const half = halvedLength(n)
  const read = kind === 'toReal' ? half : n
  const written = kind === 'toHalf' ? half : n
  // Made once for a plan: an axis may be one of several of its length.
  const known = new Map<string, ComplexLine>()
  const line = (name: string, make: () => ComplexLine): ComplexLine => {
    const found = known.get(name) ?? make()
    known.set(name, found)
    return found
  }
  const chirp = (): ComplexLine => line('chirp', () => chirpOf(n))
  const table = (name: string, of: () => ComplexLine, scale = 1): Part =>
    parts.table(`chirp ${kind} ${n} ${inner > 1} ${name}`, () => {
      const { re, im } = of()
      return factorTable(re, im, { inner, lanes, scale, turn: backward ? -1 : 1 })
    })
  const before = table('before', () => {
    const [re, im] = [chirp().re.slice(0, read), chirp().im.slice(0, read)]
    for (let k = 1; kind === 'toReal' && k < read && 2 * k !== n; k++) {
      re[k] *= 2
      im[k] *= 2
    }
    return { re, im }
  })
  const middle = table('middle', () => chirpSpectrum(n, length, chirp()), 1 / length)
  const after = table('after', () => {
    const { re, im } = chirp()
    return { re: re.subarray(0, written), im: im.subarray(0, written) }
  })
  const between = parts.scratch(outer * length * inner * 8)
  const whole = { outer, n: length, inner, scale: 1, from: between, to: between }
  const layout = kind === 'toHalf' ? 'reals' : kind === 'toReal' ? 'half' : 'pairs'
  const filled = { from: layout, to: 'pairs', rows: read, outputRows: length, fills: true } as const
  factorStep(parts, sweep, filled, { from, to: between, factors: before }, target)
  const name = planSweep(parts, { ...whole, kind: 'forward' }, target)
  factorStep(
    parts,
    whole,
    { from: 'pairs', to: 'pairs', rows: length },
    { from: between, to: between, factors: middle },
    target,
  )
  planSweep(parts, { ...whole, kind: 'backward' }, target)
  const kept = { from: 'pairs', to: kind === 'toReal' ? 'reals' : 'pairs', rows: written, inputRows: length } as const
  factorStep(parts, sweep, kept, { from: between, to, factors: after, scale }, target)
  return `chirp ${n} by ${name}`
}
