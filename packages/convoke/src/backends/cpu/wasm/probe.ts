// What the engine's WebAssembly has, asked of its validator.

import { type Target, wasm, wasmRelaxed } from '../program/index.ts'
import { encodeModule, plain, simd, unsigned } from './encode.ts'

const validates = (...code: number[]): boolean =>
  typeof WebAssembly === 'object' && WebAssembly.validate(encodeModule({ integers: 0, vectors: 1, code }, false))

const get = [plain.localGet, 1]

/** The best target that this engine accepts, or undefined when it has no SIMD. */
export function wasmTarget(): Target | undefined {
  const vector = (opcode: number) => [0xfd, ...unsigned(opcode)]
  if (!validates(...get, ...vector(simd.f32x4Abs), plain.localSet, 1)) return undefined
  return validates(...get, ...get, ...get, ...vector(simd.relaxedMadd), plain.localSet, 1) ? wasmRelaxed : wasm
}
