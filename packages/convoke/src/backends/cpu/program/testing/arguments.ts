// Data for the instruction programs.

import type { Program, ProgramArguments } from '../index.ts'
import { bufferSizes, fillBuffers, type ProgramBuffers, scalars } from './instruction-programs.ts'

/** Filled buffers and scalars for the arguments that a program names. */
export function argumentsFor(program: Program, seed: number): ProgramArguments {
  const sizes = bufferSizes(program.target.lanes)
  const buffers: ProgramBuffers = {
    x: new Float32Array(sizes.x),
    bytes: new Uint8Array(sizes.bytes),
    table: new Int32Array(sizes.table),
    y: new Float32Array(sizes.y),
    out: new Uint8Array(sizes.out),
  }
  fillBuffers(buffers, seed)
  const all: ProgramArguments = { ...buffers, ...scalars }
  return Object.fromEntries(program.arguments.map(({ name }) => [name, all[name]]))
}
