import { setFlagsFromString } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { type Program, type ProgramArguments, vectorProgram, wasm, wasmRelaxed } from '../program/index.ts'
import { bothWays } from '../program/testing/compare.ts'
import { instructionPrograms } from '../program/testing/instruction-programs.ts'
import { signed, unsigned } from './encode.ts'
import { assembleWasm, wasmTarget } from './index.ts'

// Node 20 has relaxed SIMD behind a flag; later versions without.
setFlagsFromString('--experimental-wasm-relaxed-simd')

/** Copies the buffers into a memory, calls, and copies them back. */
function run(program: Program, values: ProgramArguments, shared = false): void {
  const memory = new WebAssembly.Memory(shared ? { initial: 4, maximum: 8, shared } : { initial: 4 })
  const bytes = new Uint8Array(memory.buffer)
  const view = new DataView(memory.buffer)
  const copies: { at: number; data: Uint8Array }[] = []
  let next = 1024
  program.arguments.forEach(({ name, kind }, i) => {
    const value = values[name]
    if (typeof value === 'number') {
      if (kind === 'float') view.setFloat32(8 * i, value, true)
      else view.setInt32(8 * i, value, true)
      return
    }
    if (!ArrayBuffer.isView(value)) throw new Error('whole views only')
    const data = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    bytes.set(data, next)
    view.setInt32(8 * i, next, true)
    copies.push({ at: next, data })
    next += (data.length + 63) & ~63
  })
  const module = new WebAssembly.Module(assembleWasm(program, shared))
  const instance = new WebAssembly.Instance(module, { e: { m: memory } })
  const kernel = instance.exports['f'] as (block: number) => void
  kernel(0)
  for (const { at, data } of copies) data.set(bytes.subarray(at, at + data.length))
}

test('this engine has SIMD, relaxed once asked for', () => {
  expect(wasmTarget()).toBe(wasmRelaxed)
})

describe.each([wasm, wasmRelaxed])('a program assembled for $name computes what the interpreter does:', (target) => {
  test.each(instructionPrograms(target))('$label', (one) => {
    const { assembled, interpreted } = bothWays(one, run)
    expect(assembled).toEqual(interpreted)
  })
})

test('a program runs in a shared memory', () => {
  const [one] = instructionPrograms(wasm)
  const { assembled, interpreted } = bothWays(one, (program, values) => run(program, values, true))
  expect(assembled).toEqual(interpreted)
})

test('a partial store at the very end of memory does not trap', () => {
  const program = vectorProgram('edge', wasm, (b) => {
    const y = b.pointer('y')
    b.store(y, 0, b.load(y, -4, b.tail(b.integer('n'))), b.tail(3))
  })
  const memory = new WebAssembly.Memory({ initial: 1 })
  const view = new DataView(memory.buffer)
  view.setInt32(0, 65536 - 12, true)
  view.setInt32(8, 3, true)
  view.setFloat32(65536 - 16, 5, true)
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assembleWasm(program, false)), { e: { m: memory } })
  ;(instance.exports['f'] as (block: number) => void)(0)
  expect(view.getFloat32(65536 - 12, true)).toBe(5)
})

test('more live vectors than machine registers are refused', () => {
  const program = vectorProgram('wide', wasm, (b) => {
    const y = b.pointer('y')
    const sums = Array.from({ length: 16 }, () => b.load(y))
    for (const sum of sums) b.store(y, 0, sum)
  })
  expect(() => assembleWasm(program, false)).toThrow(/16 vector registers are alive .* wasm has 15/)
})

test('LEB128 holds the ends of its ranges', () => {
  expect(unsigned(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f])
  expect(unsigned(128)).toEqual([0x80, 0x01])
  expect(signed(-1)).toEqual([0x7f])
  expect(signed(64)).toEqual([0xc0, 0x00])
  expect(signed(-(2 ** 31))).toEqual([0x80, 0x80, 0x80, 0x80, 0x78])
})
