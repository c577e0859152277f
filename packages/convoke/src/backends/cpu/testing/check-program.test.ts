import { describe, expect, test } from 'vitest'
import { type Program, scalarAt, type Target, targets, vectorProgram } from '../program/index.ts'
import { checkProgram } from './check-program.ts'

/** The kernel of docs/engine.md: y += a · x over `vectors` whole vectors and `rest` more elements. */
const axpy = (target: Target): Program =>
  vectorProgram('axpy', target, (b) => {
    const [a, x, y] = [b.pointer('a'), b.pointer('x'), b.pointer('y')]
    b.loop(b.integer('vectors'), () => {
      b.store(y, 0, b.fma(b.load(y), b.load(x), scalarAt(a)))
      b.advance(x, b.bytes)
      b.advance(y, b.bytes)
    })
    const tail = b.tail(b.integer('rest'))
    b.store(y, 0, b.fma(b.load(y, 0, tail), b.load(x, 0, tail), scalarAt(a)), tail)
  })

describe.each(targets)('the check of a program for $name', (target) => {
  test.each([0, 1, 3, 17, 61])('passes a sound kernel over %i elements and leaves its results', (n) => {
    const x = Float32Array.from({ length: n }, (_, i) => i)
    const y = Float32Array.from({ length: n }, () => 1)
    const numbers = { vectors: Math.floor(n / target.lanes), rest: n % target.lanes }
    checkProgram(axpy(target), { a: Float32Array.of(2), x, y, ...numbers })
    expect([...y]).toEqual(Array.from({ length: n }, (_, i) => 1 + 2 * i))
  })

  test('counts loads, stores and multiply-adds', () => {
    const [x, y] = [new Float32Array(3 * target.lanes), new Float32Array(3 * target.lanes)]
    const counts = checkProgram(axpy(target), { a: Float32Array.of(2), x, y, vectors: 3, rest: 0 })
    expect(counts).toMatchObject({ fmas: 4, stores: 4, loads: 12 })
  })

  test('takes pointers into the same buffer', () => {
    const data = Float32Array.from({ length: 2 * target.lanes }, (_, i) => i)
    const at = { data, offset: 4 * target.lanes }
    checkProgram(axpy(target), { a: { data, offset: 4 }, x: data, y: at, vectors: 1, rest: 0 })
    expect(data[target.lanes + 2]).toBe(target.lanes + 4)
  })
})
