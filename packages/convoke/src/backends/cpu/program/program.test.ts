import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  allocate,
  avx2,
  avx512,
  type Builder,
  interpret,
  printProgram,
  scalarAt,
  type Target,
  targets,
  vectorAt,
  vectorProgram,
  wasm,
} from './index.ts'
import { fusedMultiplyAdd } from './interpret-lanes.ts'

const relu = (target: Target) =>
  vectorProgram('relu', target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const zero = b.zero()
    b.loop(b.integer('vectors'), () => {
      b.store(y, 0, b.max(zero, b.load(x)))
      b.advance(x, b.bytes)
      b.advance(y, b.bytes)
    })
    const tail = b.tail(b.integer('rest'))
    b.store(y, 0, b.max(zero, b.load(x, 0, tail)), tail)
  })

/** Runs straight-line code over `inputs` vectors, returning the vectors that `write` gives back. */
function evaluate(
  target: Target,
  inputs: number[][],
  write: (b: Builder, x: ReturnType<Builder['load']>[]) => unknown,
) {
  const x = Float32Array.from(inputs.flat())
  const y = new Float32Array(target.lanes * 32)
  const program = vectorProgram('expression', target, (b) => {
    const [from, to] = [b.pointer('x'), b.pointer('y')]
    const loaded = inputs.map((_, i) => b.load(from, i * b.bytes))
    const results = write(b, loaded) as ReturnType<Builder['load']>[]
    results.forEach((result, i) => {
      b.store(to, i * b.bytes, result)
    })
  })
  interpret(program, { x, y })
  return y
}

describe.each(targets)('a vector program for $name', (target) => {
  const { lanes } = target

  test('takes pieces in turn, each in its own order, and gives what each gives', () => {
    const inputs = [1, 2, 3].map((first) => Array.from({ length: lanes }, (_, lane) => first + lane))
    const y = evaluate(target, inputs, (b, [p, q, r]) =>
      b.together([() => b.mul(b.add(p, q), r), () => b.sub(b.mul(b.mul(b.mul(q, q), r), p), q), () => p]),
    )
    const [p, q, r] = inputs
    expect([...y.subarray(0, 3 * lanes)]).toEqual([
      ...p.map((_, i) => (p[i] + q[i]) * r[i]),
      ...p.map((_, i) => q[i] * q[i] * r[i] * p[i] - q[i]),
      ...p,
    ])
  })

  test('keeps pieces taken in turn from naming what another makes', () => {
    const wrong = () =>
      vectorProgram('wrong', target, (b) => {
        let inner = b.zero()
        b.together([
          () => {
            inner = b.constant(1)
          },
          () => void b.add(inner, inner),
        ])
      })
    expect(wrong).toThrow('is used where it has no value')
  })

  test.each([0, 1, 3, 17, 32, 61])('runs a loop and a tail over %i elements without touching a byte beyond', (n) => {
    const x = Float32Array.from({ length: n }, (_, i) => (i % 3) - 1)
    const y = new Float32Array(n)
    interpret(relu(target), { x, y, vectors: Math.floor(n / lanes), rest: n % lanes })
    expect(y).toEqual(x.map((v) => Math.max(0, v)))
  })

  test('is stopped at the first access outside a buffer, with the instruction and the bytes', () => {
    const [x, y] = [new Float32Array(lanes), new Float32Array(lanes)]
    expect(() => interpret(relu(target), { x, y, vectors: 1, rest: 1 })).toThrow(
      new RegExp(
        `relu ${target.name}: v\\d+ = load .* touches bytes ${lanes * 4} to ${lanes * 4 + 3} of x, which has ${lanes * 4}`,
      ),
    )
  })

  test('transposes lanes × lanes elements', () => {
    const rows = Array.from({ length: lanes }, (_, i) => Array.from({ length: lanes }, (_, j) => i * lanes + j))
    const y = evaluate(target, rows, (b, x) => b.transpose(x))
    const expected = rows.flatMap((_, i) => rows.map((row) => row[i]))
    expect([...y.slice(0, lanes * lanes)]).toEqual(expected)
  })

  test('sums and compares across lanes', () => {
    const row = Array.from({ length: lanes }, (_, i) => (i * 7) % 5)
    const y = evaluate(target, [row], (b, [x]) => [b.sumLanes(x), b.maxLanes(x), b.minLanes(x)])
    const every = (value: number) => Array<number>(lanes).fill(value)
    expect([...y.slice(0, 3 * lanes)]).toEqual([
      ...every(row.reduce((a, b) => a + b)),
      ...every(Math.max(...row)),
      ...every(Math.min(...row)),
    ])
  })

  test('multiplies by powers of two', () => {
    const y = evaluate(target, [Array<number>(lanes).fill(3)], (b, [x]) => [b.scaleByPowerOfTwo(x, b.constantInt(-4))])
    expect(y[0]).toBe(3 / 16)
  })
})

test('a multiply-add of the interpreter rounds once, as exact arithmetic does', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 60), max: 2 ** 60 })
  // Exact in units of 2⁻²⁹⁸, then to float32 by comparing the two neighbours of the float64 estimate.
  const exact = (x: number): bigint => {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, x)
    const bits = view.getUint32(0)
    const exponent = (bits >>> 23) & 255
    const fraction = BigInt(bits & 0x7fffff) | (exponent === 0 ? 0n : 0x800000n)
    const value = fraction << BigInt(Math.max(exponent, 1) - 1)
    return bits >>> 31 ? -value : value
  }
  const neighbour = (x: number, step: 1 | -1): number => {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, x)
    view.setInt32(0, view.getInt32(0) + step)
    return view.getFloat32(0)
  }
  const distance = (x: number, wanted: bigint): bigint => {
    const difference = (exact(x) << 149n) - wanted
    return difference < 0n ? -difference : difference
  }
  fc.assert(
    fc.property(float, float, float, (a, b, c) => {
      const wanted = exact(a) * exact(b) + (exact(c) << 149n)
      const result = fusedMultiplyAdd(a, b, c)
      if (result === 0) return
      for (const step of [1, -1] as const) {
        expect(distance(result, wanted) <= distance(neighbour(result, step), wanted)).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a multiply-add is not misled by a sum that float64 rounds to a tie', () => {
  // 1 + 2⁻²³ + 2⁻²⁴ − 2⁻⁶⁴ lies below the tie that float64 makes of it, which would go up to the even neighbour.
  const [odd, below] = [1 + 2 ** -23, [2 ** -24 * (1 + 2 ** -20), 1 - 2 ** -20] as const]
  expect(Math.fround(below[0] * below[1] + odd)).toBe(1 + 2 ** -22)
  expect(fusedMultiplyAdd(...below, odd)).toBe(odd)
})

test('minimum and maximum give the second operand when either is NaN', () => {
  const [nan, one] = [Array<number>(8).fill(Number.NaN), Array<number>(8).fill(1)]
  const y = evaluate(avx2, [nan, one], (b, [x, z]) => [b.max(x, z), b.max(z, x), b.min(x, z), b.min(z, x)])
  expect([y[0], y[8], y[16], y[24]]).toEqual([1, Number.NaN, 1, Number.NaN])
})

test('a register made inside a loop cannot be used after it', () => {
  expect(() =>
    vectorProgram('leak', avx512, (b) => {
      const y = b.pointer('y')
      let inner = b.zero()
      b.loop(3, () => {
        inner = b.zero()
      })
      b.store(y, 0, inner)
    }),
  ).toThrow(/leak: v\d+ is used where it has no value/)
})

test('an argument must be given, and given as what it is', () => {
  const x = new Float32Array(16)
  expect(() => interpret(relu(avx512), { x, vectors: 1, rest: 0 })).toThrow(/y is a pointer; undefined is not a buffer/)
  expect(() => interpret(relu(avx512), { x, y: x, z: 1, vectors: 1, rest: 0 })).toThrow(/no argument z/)
  expect(() => interpret(relu(avx512), { x, y: x, vectors: x, rest: 0 })).toThrow(/vectors is a integer/)
})

test('branches, integers and pointers loaded from tables work together', () => {
  const program = vectorProgram('gather', wasm, (b) => {
    const [table, x, y] = [b.pointer('table'), b.pointer('x'), b.pointer('y')]
    const one = b.tail(1)
    b.loop(b.integer('count'), () => {
      const index = b.loadInteger(table)
      b.when(
        index,
        'lt',
        0,
        () => b.store(y, 0, b.zero(), one),
        () => b.store(y, 0, b.load(b.offset(x, b.integerShl(index, 2)), 0, one), one),
      )
      b.advance(table, 4)
      b.advance(y, 4)
    })
  })
  const y = new Float32Array(4)
  interpret(program, { table: Int32Array.of(2, -1, 0, 1), x: Float32Array.of(5, 6, 7), y, count: 4 })
  expect([...y]).toEqual([7, 0, 5, 6])
})

test('a program prints one line an instruction', () => {
  const program = vectorProgram('dot', avx512, (b) => {
    const [x, w] = [b.pointer('x'), b.pointer('w')]
    const sum = b.zero()
    b.loop(b.integer('n'), () => {
      b.fma(sum, b.load(w, 64), scalarAt(x, -4))
      b.add(sum, vectorAt(w), sum)
      b.advance(w, 64)
    })
    b.store(x, 0, sum, b.tail(3))
  })
  expect(printProgram(program)).toMatchInlineSnapshot(`
    "dot avx512 (x: pointer, w: pointer, n: integer)
      p0 = argument x
      p1 = argument w
      v2 = constant 0
      i3 = argument n
      loop i3 times
        v5 = load [p1 + 64]
        v2 = accumulate v5, [p0 - 4] each
        v2 = add v2, [p1]
        p1 = advance 64
      t6 = tail 3
      store [p0] first 3, v2"
  `)
})

describe('register allocation', () => {
  const rules = {
    pools: { vector: Array.from({ length: 32 }, (_, i) => i), integer: [7, 0, 1, 2], mask: [1] },
    classOf: ({ type }: { type: string }) =>
      type === 'vector' ? ('vector' as const) : type === 'tail' ? ('mask' as const) : ('integer' as const),
    scratchVectors: () => 0,
    writesEarly: () => false,
  }
  const tile = (rows: number) =>
    vectorProgram(`tile ${rows}x2`, avx512, (b) => {
      const [x, w] = [b.pointer('x'), b.pointer('w')]
      const sums = Array.from({ length: 2 * rows }, () => b.zero())
      b.loop(9, () => {
        const [w0, w1] = [b.load(w), b.load(w, 64)]
        for (let row = 0; row < rows; row++) {
          const broadcast = b.broadcast(x, row * 4)
          b.fma(sums[2 * row], w0, broadcast)
          b.fma(sums[2 * row + 1], w1, broadcast)
        }
      })
      sums.forEach((sum, i) => {
        b.store(x, i * 64, sum)
      })
    })

  test('gives 14×2 accumulators, two weights and a broadcast 31 registers', () => {
    expect(allocate(tile(14), rules).used.vector.size).toBe(31)
  })

  test('refuses a tile that does not fit, naming the instruction and the registers', () => {
    expect(() => allocate(tile(15), rules)).toThrow(
      /tile 15x2 avx512: 33 vector registers are alive at "v\d+ = load", avx512 has 32 .*smaller tile/,
    )
  })

  test('keeps a value that a loop reads until the loop has ended', () => {
    const program = vectorProgram('carried', avx512, (b) => {
      const x = b.pointer('x')
      const outside = b.load(x)
      b.loop(2, () => {
        b.store(x, 0, outside)
        b.store(x, 64, b.zero())
      })
    })
    const loop = program.body[2]
    const outside = program.body[1]
    if (loop.kind !== 'loop' || outside.kind !== 'load') throw new Error('unexpected program')
    const inner = loop.body[1]
    if (inner.kind !== 'constant') throw new Error('unexpected program')
    const { registerOf } = allocate(program, rules)
    expect(registerOf(inner.d)).not.toBe(registerOf(outside.d))
  })
})

test('a countdown tells how many turns there are left', () => {
  for (const target of targets) {
    const program = vectorProgram('countdown', target, (b) => {
      const y = b.pointer('y')
      b.countdown(b.integer('n'), (left) => {
        b.store(y, 0, b.splat(left), b.tail(1))
        b.advance(y, 4)
      })
    })
    const y = new Int32Array(4)
    interpret(program, { y, n: 3 })
    expect([...y]).toEqual([3, 2, 1, 0])
    interpret(program, { y: new Int32Array(0), n: 0 })
  }
})
