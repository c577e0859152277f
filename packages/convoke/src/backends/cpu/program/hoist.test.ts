import { expect, it } from 'vitest'
import { ConvokeError } from '../../../shapes/error.ts'
import { vectorProgram } from './builder.ts'
import { withConstantsFirst } from './hoist.ts'
import { interpret } from './interpret.ts'
import { avx2 } from './target.ts'

/** y = 3·(x + 2) + 3, a constant twice in the loop and one that is overwritten there. */
const program = vectorProgram('line', avx2, (b) => {
  const [x, y] = [b.pointer('x'), b.pointer('y')]
  b.loop(b.integer('vectors'), () => {
    const sum = b.constant(2)
    b.add(sum, b.load(x), sum)
    b.store(y, 0, b.add(b.mul(sum, b.constant(3)), b.constant(3)))
    b.advance(x, b.bytes)
    b.advance(y, b.bytes)
  })
})

const constantsIn = (body: typeof program.body): number => body.filter(({ kind }) => kind === 'constant').length
const inLoop = (body: typeof program.body): number =>
  body.reduce((total, each) => total + (each.kind === 'loop' ? constantsIn(each.body) : 0), 0)

it('brings a constant before its loop once, but not one that is overwritten in it', () => {
  const { program: hoisted } = withConstantsFirst(program, () => 0)
  expect([constantsIn(hoisted.body), inLoop(hoisted.body)]).toEqual([1, 1])
})

it('computes the same', () => {
  const { program: hoisted } = withConstantsFirst(program, () => 0)
  const x = Float32Array.from({ length: 24 }, (_, i) => i)
  const y = new Float32Array(24)
  interpret(hoisted, { x, y, vectors: 3 })
  expect([...y]).toEqual([...x].map((value) => 3 * (value + 2) + 3))
})

it('leaves constants in the loop where there are not registers enough', () => {
  const { program: same } = withConstantsFirst(program, (tried) => {
    if (constantsIn(tried.body) > 0) throw new ConvokeError('too many registers')
  })
  expect(inLoop(same.body)).toBe(3)
})

it('leaves long programs as they are, without trying', () => {
  const long = vectorProgram('long', avx2, (b) => {
    const x = b.pointer('x')
    b.loop(b.integer('vectors'), () => {
      for (let i = 0; i < 200; i++) b.store(x, 0, b.add(b.load(x), b.constant(i + 1)))
      b.advance(x, b.bytes)
    })
  })
  let attempts = 0
  const { program: same } = withConstantsFirst(long, () => ++attempts)
  expect(inLoop(same.body)).toBe(200)
  expect(attempts).toBe(1)
})
