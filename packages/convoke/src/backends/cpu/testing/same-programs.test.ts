import { expect, test } from 'vitest'
import { programFor } from '../kernels/step.ts'
import { vectorProgram, wasm } from '../program/index.ts'

/** Stores `value` at so many places, as the title does not say. */
const written = (title: string, value: number) =>
  vectorProgram(title, wasm, (b) => {
    const y = b.pointer('y')
    b.store(y, 0, b.constant(value))
  })

test('a key that stands for two programs is refused in every test', () => {
  const key = 'a test of keys'
  const first = programFor(key, () => written('store', 1))
  expect(programFor(key, () => written('store', 1))).toBe(first)
  expect(() => programFor(key, () => written('store', 2))).toThrow(
    /"a test of keys" of a program stands for two: store wasm and store wasm/,
  )
})
