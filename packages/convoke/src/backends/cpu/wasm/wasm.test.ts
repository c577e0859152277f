import { setFlagsFromString } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { vectorProgram, wasm, wasmRelaxed } from '../program/index.ts'
import { argumentsFor } from '../program/testing/arguments.ts'
import { instructionPrograms } from '../program/testing/instruction-programs.ts'
import { checkProgram } from '../testing/check-program.ts'
import { runInWasm } from '../testing/runners.ts'
import { signed, unsigned } from './encode.ts'
import { assembleWasm, wasmTarget } from './index.ts'

// Node 20 has relaxed SIMD behind a flag; later versions without.
setFlagsFromString('--experimental-wasm-relaxed-simd')

test('this engine has SIMD, relaxed once asked for', () => {
  expect(wasmTarget()).toBe(wasmRelaxed)
})

describe.each([wasm, wasmRelaxed])('a program assembled for $name computes what the interpreter does:', (target) => {
  test.each(instructionPrograms(target))('$label', ({ program }) => {
    for (const seed of [1, 2, 3, 4]) checkProgram(program, argumentsFor(program, seed))
  })
})

test('a program runs in a shared memory', () => {
  const program = vectorProgram('fill', wasm, (b) => b.store(b.pointer('y'), 4, b.constant(2)))
  const y = new Float32Array(6)
  runInWasm(program, { y }, true)
  expect([...y]).toEqual([0, 2, 2, 2, 2, 0])
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
