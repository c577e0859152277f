// Programs that between them use every instruction in every form, to compare an assembled form with the interpreter.

import { type Builder, type Program, scalarAt, type Target, type Vector, vectorAt, vectorProgram } from '../index.ts'

/** A program of (x, bytes, table, y, out, n, rest, scale): reads the first three, writes y and out. */
export interface InstructionProgram {
  readonly program: Program
  readonly label: string
}

export interface ProgramBuffers {
  readonly x: Float32Array
  readonly bytes: Uint8Array
  readonly table: Int32Array
  readonly y: Float32Array
  readonly out: Uint8Array
}

/** Enough of everything for every program, exactly filled by none. */
export const bufferSizes = (lanes: number) => ({
  x: 8 * lanes,
  bytes: 4 * lanes,
  table: 8,
  y: 24 * lanes,
  out: 4 * lanes,
})

/** Values that tell instructions apart: signs, halves, zeros of both signs, tiny and large, infinities where allowed. */
export function fillBuffers({ x, bytes, table, y, out }: ProgramBuffers, seed: number): void {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
  const special = [0, -0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-30, -3e5, 65536.5, 2 ** -140, 7]
  for (let i = 0; i < x.length; i++) {
    x[i] = next() < 0.25 ? special[Math.floor(next() * special.length)] : (next() - 0.5) * 2 ** Math.floor(next() * 12)
  }
  for (let i = 0; i < bytes.length; i++) bytes[i] = next() * 256
  for (let i = 0; i < table.length; i++) table[i] = Math.floor(next() * 8) - 4
  y.fill(-7)
  out.fill(3)
}

interface Given {
  readonly b: Builder
  readonly v: readonly Vector[]
  readonly x: ReturnType<Builder['pointer']>
}

/** Straight-line code on four vectors of x: whatever it returns is stored to y. */
const expressions: Readonly<Record<string, (given: Given) => readonly Vector[]>> = {
  'float arithmetic': ({ b, v: [p, q] }) => [
    b.add(p, q),
    b.sub(p, q),
    b.mul(p, q),
    b.div(p, q),
    b.max(p, q),
    b.min(p, q),
    b.sqrt(b.abs(p)),
    b.neg(q),
  ],
  'float arithmetic from memory': ({ b, v: [p], x }) => [
    b.add(p, vectorAt(x, b.bytes)),
    b.sub(p, scalarAt(x, 4)),
    b.mul(p, scalarAt(x)),
    b.div(p, vectorAt(x, 2 * b.bytes)),
    b.max(p, scalarAt(x, 12)),
    b.min(p, vectorAt(x, b.bytes)),
  ],
  'fused multiply-adds': ({ b, v: [p, q, r], x }) => [
    b.fma(b.copy(p), q, r),
    b.fnma(b.copy(p), q, r),
    b.horner(b.copy(p), q, r),
    b.fma(b.copy(p), q, vectorAt(x, 3 * b.bytes)),
    b.fnma(b.copy(p), q, scalarAt(x, 8)),
    b.horner(b.copy(p), q, scalarAt(x, 20)),
  ],
  rounding: ({ b, v: [p] }) => [b.floor(p), b.ceil(p), b.round(p), b.trunc(p), b.toInt(p), b.toFloat(b.toInt(p))],
  'integer lanes': ({ b, v: [p, q] }) => {
    const [i, j] = [b.toInt(b.mul(p, b.constant(1000))), b.toInt(q)]
    return [b.iadd(i, j), b.isub(i, j), b.imul(i, j), b.imax(i, j), b.imin(i, j), b.shl(i, 3), b.shr(i, 5), b.sar(i, 7)]
  },
  bits: ({ b, v: [p, q] }) => [b.and(p, q), b.or(p, q), b.xor(p, q), b.andnot(p, q), b.shl(p, 0), b.shr(p, 31)],
  'comparisons and selection': ({ b, v: [p, q] }) => {
    const [one, two] = [b.constantInt(1), b.constantInt(2)]
    const pick = (mask: Parameters<Builder['select']>[0]) => b.select(mask, one, two)
    return [
      pick(b.equal(p, p)),
      pick(b.notEqual(p, q)),
      pick(b.less(p, q)),
      pick(b.lessOrEqual(p, q)),
      pick(b.greater(p, q)),
      pick(b.greaterOrEqual(p, q)),
      pick(b.iequal(p, p)),
      pick(b.iless(p, q)),
      pick(b.igreater(p, q)),
    ]
  },
  'comparisons with NaN': ({ b, v: [p] }) => {
    const [nan, one, two] = [b.constant(Number.NaN), b.constantInt(1), b.constantInt(2)]
    const tests = [b.equal, b.notEqual, b.less, b.lessOrEqual, b.greater, b.greaterOrEqual]
    const picked = tests.map((test) => b.select(test(p, nan), one, two))
    return [...picked, b.max(p, nan), b.min(nan, p)]
  },
  ldexp: ({ b, v: [p, q] }) => {
    if (!b.target.ldexp) return []
    const powers = [0, 1, -1, 127, -126, -140, 254, -252].map((n) => b.constant(n))
    return [...powers, b.constant(Number.NaN), b.round(q)].map((n) => b.ldexp(p, n))
  },
  masks: ({ b, v: [p, q] }) => {
    const [a, c] = [b.less(p, q), b.greater(p, b.zero())]
    const tail = b.tailMask(b.tail(Math.min(3, b.lanes - 1)))
    return [b.maskAnd(a, c), b.maskOr(a, c), b.maskXor(a, c), b.maskNot(a), tail].map((mask) => b.select(mask, p, q))
  },
  'bits of masks': ({ b, v: [p, q] }) => {
    const [none, all] = [b.less(p, p), b.iequal(p, p)]
    const some = [b.less(p, q), b.maskNot(b.less(p, q)), b.tailMask(b.tail(b.lanes - 1))]
    return [none, all, ...some].map((mask) => b.splat(b.maskBits(mask)))
  },
  'constants and copies': ({ b, v: [p] }) => [
    b.zero(),
    b.constant(1.5),
    b.constant(-0),
    b.constant(...Array.from({ length: b.lanes }, (_, i) => i / 3)),
    b.constantInt(-1),
    b.copy(p),
    b.splat(b.set(-123456)),
    b.splat(b.integer('n')),
    b.float('scale'),
  ],
  shuffles: ({ b, v: [p, q] }) => {
    const permute = (a: Vector, c: Vector, pick: (lane: number) => number) =>
      b.shuffle(
        a,
        c,
        Array.from({ length: b.lanes }, (_, lane) => pick(lane)),
      )
    return [
      permute(p, q, (lane) => b.lanes - 1 - lane),
      permute(p, q, (lane) => b.lanes + ((lane * 3) % b.lanes)),
      permute(p, q, (lane) => (lane * 5) % (2 * b.lanes)),
      permute(q, q, (lane) => lane ^ 1),
      permute(p, q, (lane) => (lane % 2 ? lane : lane + b.lanes)),
      permute(q, p, (lane) => lane ^ (b.lanes / 2)),
      permute(p, q, (lane) => (lane & ~3) + [1, 0, 3 + b.lanes, 2 + b.lanes][lane & 3]),
    ]
  },
  'across lanes': ({ b, v: [p, q] }) => [
    b.sumLanes(p),
    b.maxLanes(q),
    b.minLanes(p),
    b.scaleByPowerOfTwo(p, b.toInt(b.constant(-3))),
  ],
}

function expressionPrograms(target: Target): InstructionProgram[] {
  return Object.entries(expressions).map(([label, write]) => ({
    label,
    program: vectorProgram(label, target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      const v = [0, 1, 2, 3].map((i) => b.load(x, i * b.bytes))
      write({ b, v, x }).forEach((result, i) => {
        b.store(y, i * b.bytes, result)
      })
    }),
  }))
}

const memoryPrograms: Readonly<Record<string, (b: Builder) => void>> = {
  transpose: (b) => {
    // Overlapping rows, so that eight vectors of input are enough for sixteen.
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const rows = Array.from({ length: b.lanes }, (_, i) => b.load(x, 4 * 3 * i))
    b.transpose(rows).forEach((row, i) => {
      b.store(y, i * b.bytes, row)
    })
  },
  'constant tails': (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    for (let count = 0; count <= b.lanes; count++) {
      const tail = b.tail(count)
      b.store(y, count * b.bytes, b.load(x, 4 * count, tail))
      b.store(y, count * b.bytes, b.load(x, 4 * count), tail)
    }
  },
  'variable tails': (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const count = b.set(0)
    b.loop(b.lanes + 1, () => {
      const tail = b.tail(count)
      b.store(y, 0, b.load(x, 4, tail))
      b.store(y, 0, b.select(b.tailMask(tail), b.load(x), b.constant(9)), tail)
      b.advance(y, b.bytes)
      b.integerAdd(count, 1, count)
    })
  },
  bytes: (b) => {
    const [from, out, y] = [b.pointer('bytes'), b.pointer('out'), b.pointer('y')]
    b.store(y, 0, b.loadBytes(from))
    b.storeBytes(out, 0, b.loadBytes(from, 1))
    for (let count = 0; count <= Math.min(7, b.lanes); count++) {
      const v = b.loadBytes(from, count, count)
      b.store(y, (1 + count) * b.bytes, v)
      b.storeBytes(out, b.lanes + 2 * count, b.xor(v, b.constantInt(0x101)), count)
    }
  },
  'loops and branches': (b) => {
    const [x, y, table] = [b.pointer('x'), b.pointer('y'), b.pointer('table')]
    const sum = b.zero()
    b.loop(b.integer('n'), () => {
      b.loop(3, () => b.fma(sum, b.load(x), scalarAt(x, 4)))
      b.loop(b.integer('rest'), () => b.add(sum, b.constant(1), sum))
      const entry = b.loadInteger(table)
      for (const test of ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const) {
        for (const right of [0, -1, entry]) {
          b.when(
            b.integerSub(entry, typeof right === 'number' ? 0 : -1),
            test,
            right,
            () => b.add(sum, b.constant(10), sum),
            () => b.mul(sum, b.constant(0.5), sum),
          )
        }
      }
      b.when(entry, 'gt', 1, () => b.store(y, 2 * b.bytes, sum))
      b.advance(table, 4)
      b.advance(x, b.bytes)
    })
    b.store(y, 0, sum)
    b.prefetch(x, 64)
  },
  integers: (b) => {
    const [y, n, rest] = [b.pointer('y'), b.integer('n'), b.integer('rest')]
    const results = [
      () => b.integerAdd(n, 5),
      () => b.integerSub(n, rest),
      () => b.integerMul(n, rest),
      () => b.integerMul(n, -100000),
      () => b.integerAnd(n, 6),
      () => b.integerOr(n, rest),
      () => b.integerXor(rest, 1023),
      () => b.integerShl(n, 4),
      () => b.integerShl(n, rest),
      () => b.integerShr(b.integerSub(n, 100), 2),
      () => b.integerShr(b.integerSub(n, 100), rest),
      () => b.integerMin(n, rest),
      () => b.integerMin(n, 2),
      () => b.integerMax(n, rest),
      () => b.integerMax(n, 1000),
      () => b.set(-5),
    ]
    const one = b.tail(1)
    results.forEach((result, i) => {
      b.store(y, 4 * i, b.splat(result()), one)
    })
    const into = b.set(7)
    b.integerSub(n, into, into)
    b.store(y, 4 * results.length, b.splat(into), one)
    b.set(into, n)
    b.store(y, 4 * results.length + 4, b.splat(n), one)
    b.storeInteger(y, 4 * results.length + 8, n)
    const moved = b.offset(y, b.integerShl(rest, 2))
    b.storeInteger(moved, 4 * results.length, b.integerMul(n, -1000000000))
  },
  'pointers and far displacements': (b) => {
    const [x, y, rest] = [b.pointer('x'), b.pointer('y'), b.integer('rest')]
    const far = b.offset(x, 5 * b.bytes)
    b.store(y, 0, b.load(far, -5 * b.bytes + 4))
    const by = b.integerShl(rest, 2)
    b.advance(far, by)
    b.store(b.offset(y, by), b.bytes, b.load(far, -4))
    b.store(y, 3 * b.bytes, b.load(b.offset(x, by)))
    b.advance(x, 1000000)
    b.advance(x, -1000000 + b.bytes)
    b.store(y, 4 * b.bytes, b.load(b.offset(x, 0)))
  },
  'many registers': (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const sums = Array.from({ length: b.target.vectorRegisters - 4 }, (_, i) => b.constant(i))
    const extra = Array.from({ length: 8 }, (_, i) => b.set(i))
    b.loop(4, () => {
      const v = b.load(x)
      for (const sum of sums) b.fma(sum, v, scalarAt(x, 4))
      for (const value of extra) b.integerAdd(value, 2, value)
      b.advance(x, b.bytes)
    })
    b.store(
      y,
      0,
      sums.slice(1).reduce((a, v) => b.add(a, v, a), sums[0]),
    )
    b.store(y, b.bytes, b.splat(extra.slice(1).reduce((a, v) => b.integerAdd(a, v, a), extra[0])))
  },
}

export const instructionPrograms = (target: Target): InstructionProgram[] => [
  ...expressionPrograms(target),
  ...Object.entries(memoryPrograms).map(([label, write]) => ({ label, program: vectorProgram(label, target, write) })),
]

/** The numbers that go with the buffers. */
export const scalars = Object.freeze({ n: 5, rest: 3, scale: 0.7 })
