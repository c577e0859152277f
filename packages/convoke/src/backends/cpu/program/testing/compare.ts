// Runs the instruction programs through an assembled form and through the interpreter, on the same data.

import { interpret, type Program, type ProgramArguments } from '../index.ts'
import {
  bufferSizes,
  fillBuffers,
  type InstructionProgram,
  type ProgramBuffers,
  scalars,
} from './instruction-programs.ts'

/** Runs an assembled program on these arguments, in place. */
export type Runner = (program: Program, values: ProgramArguments) => void

export function newBuffers(lanes: number): ProgramBuffers {
  const sizes = bufferSizes(lanes)
  return {
    x: new Float32Array(sizes.x),
    bytes: new Uint8Array(sizes.bytes),
    table: new Int32Array(sizes.table),
    y: new Float32Array(sizes.y),
    out: new Uint8Array(sizes.out),
  }
}

/** The values a program names, out of all there are. */
export function argumentsFor(program: Program, buffers: ProgramBuffers): ProgramArguments {
  const all: ProgramArguments = { ...buffers, ...scalars }
  return Object.fromEntries(program.arguments.map(({ name }) => [name, all[name]]))
}

/** y as bits and out as bytes; every NaN is one NaN, since which is not defined. */
function results({ y, out }: ProgramBuffers): (number | string)[] {
  const bits = new Int32Array(y.buffer)
  return [...[...y].map((value, i) => (Number.isNaN(value) ? 'NaN' : bits[i])), ...out]
}

/** Results of both, over a few seeds, to be compared by the test. */
export function bothWays(
  { program }: InstructionProgram,
  run: Runner,
): { assembled: unknown[]; interpreted: unknown[] } {
  const seeds = [1, 2, 3, 4]
  const through = (execute: Runner) =>
    seeds.map((seed) => {
      const buffers = newBuffers(program.target.lanes)
      fillBuffers(buffers, seed)
      execute(program, argumentsFor(program, buffers))
      return results(buffers)
    })
  return { assembled: through(run), interpreted: through(interpret) }
}
