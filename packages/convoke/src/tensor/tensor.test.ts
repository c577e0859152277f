import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { scope } from '../autodiff/index.ts'
import { add, multiply, reshape, square } from '../ops/index.ts'
import { keep, memory, ones, type Tensor, tensor, zeros } from './index.ts'

const values = (x: Tensor): number[] => Array.from(x.dataSync())

/** Buffers and bytes that `body` leaves behind. */
function leftBy(body: () => void): { buffers: number; bytes: number } {
  const before = memory()
  body()
  const after = memory()
  return { buffers: after.buffers - before.buffers, bytes: after.bytes - before.bytes }
}
const nothing = { buffers: 0, bytes: 0 }

describe('a tensor', () => {
  it('knows its shape, rank, size and dtype', () => {
    const x = zeros([2, 3, 4], 'int32')
    expect([x.shape, x.rank, x.size, x.dtype]).toEqual([[2, 3, 4], 3, 24, 'int32'])
    expect(Object.isFrozen(x.shape)).toBe(true)
  })
  it('reads back asynchronously, synchronously, nested and as one number', async () => {
    const x = tensor([[1, 2]])
    expect(Array.from(await x.data())).toEqual([1, 2])
    expect(values(x)).toEqual([1, 2])
    expect(x.toArray()).toEqual([[1, 2]])
    expect(tensor([[7]]).item()).toBe(7)
    expect(tensor(7).toArray()).toBe(7)
    expect(() => x.item()).toThrow('item: the tensor has 2 elements (shape [1, 2]); item() needs exactly 1.')
  })
  it('prints as its numbers', () => {
    expect(
      inspect(
        tensor([
          [1, 2.5],
          [3, 1 / 3],
        ]),
      ),
    ).toBe('tensor float32 [2, 2] [[1, 2.5],\n [3, 0.3333333]]')
    expect(`${tensor([1], { dtype: 'uint8' })}`).toBe('tensor uint8 [1] [1]')
    expect(String(tensor(-0.5))).toBe('tensor float32 [] -0.5')
    const gone = ones([1])
    gone.dispose()
    expect(inspect(gone)).toBe('tensor float32 [1] (disposed)')
  })
})

describe('memory', () => {
  it('counts bytes by dtype, and dispose gives them back, once', () => {
    expect(leftBy(() => void zeros([10]))).toEqual({ buffers: 1, bytes: 40 })
    expect(leftBy(() => void zeros([10], 'uint8'))).toEqual({ buffers: 1, bytes: 10 })
    expect(
      leftBy(() => {
        const x = zeros([10])
        x.dispose()
        x.dispose()
        expect(x.isDisposed).toBe(true)
      }),
    ).toEqual(nothing)
  })
  it('is shared by reshapes and aliases until the last of them goes', () => {
    const x = ones([2, 3])
    expect(
      leftBy(() => {
        const row = reshape(x, [6])
        const second = x.alias()
        row.dispose()
        second.dispose()
      }),
    ).toEqual(nothing)
    const row = reshape(x, [6])
    x.dispose()
    expect(values(row)).toEqual([1, 1, 1, 1, 1, 1])
    row.dispose()
  })
  it('is given back at the end of a using declaration', () => {
    const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')
    expect(
      leftBy(() => {
        const x = ones([4])
        ;(x as unknown as Record<symbol, () => void>)[dispose]()
        expect(x.isDisposed).toBe(true)
      }),
    ).toEqual(nothing)
    expect(leftBy(useInBlock)).toEqual(nothing)
  })
  it('of a disposed tensor cannot be read', () => {
    const x = ones([2])
    x.dispose()
    for (const use of [
      () => x.dataSync(),
      () => x.toArray(),
      () => x.alias(),
      () => add(x, 1),
      () => x.assign(ones([2])),
    ])
      expect(use).toThrow('tensor [2]: it has been disposed and cannot be used again.')
    expect(() => ones([2]).assign(x)).toThrow('it has been disposed')
  })
})

function useInBlock(): void {
  using x = ones([4])
  expect(values(x)).toEqual([1, 1, 1, 1])
}

describe('scope', () => {
  it('frees what was made inside, except what it returns, nested or not', () => {
    let inside: Tensor | undefined
    let result: { list: Tensor[]; map: Map<string, Tensor> } | undefined
    const left = leftBy(() => {
      result = scope(() => {
        inside = ones([5])
        return { list: [square(inside)], map: new Map([['a', multiply(inside, 2)]]) }
      })
    })
    expect(left.buffers).toBe(2)
    expect(inside?.isDisposed).toBe(true)
    expect(values(result?.list[0] as Tensor)).toEqual([1, 1, 1, 1, 1])
    result?.list[0].dispose()
    result?.map.get('a')?.dispose()
  })
  it('passes what it returns to the scope around it', () => {
    expect(leftBy(() => scope(() => void scope(() => ones([3]))))).toEqual(nothing)
  })
  it('leaves alone what was made outside, and what is kept', () => {
    const outside = ones([2])
    const kept = scope(() => {
      scope(() => [outside])
      return { value: keep(scope(() => ones([2]))) }
    })
    scope(() => void scope(() => keep(kept.value)))
    expect([outside.isDisposed, kept.value.isDisposed]).toEqual([false, false])
    kept.value.dispose()
  })
  it('frees everything when it throws, and leaves no scope behind', () => {
    const broken = (): void =>
      scope(() => {
        ones([3])
        scope(() => {
          ones([4])
          throw new Error('in the middle')
        })
      })
    expect(leftBy(() => expect(broken).toThrow('in the middle'))).toEqual(nothing)
    const made = ones([1])
    scope(() => null)
    expect(made.isDisposed).toBe(false)
  })
  it('refuses promises and what is no function', () => {
    expect(() => scope(async () => 1)).toThrow('scope: the function returned a promise.')
    expect(() => scope(ones([1]) as unknown as () => void)).toThrow('it must be a function to run')
  })
})

describe('assign', () => {
  it('gives a handle another value and lets the old memory go', () => {
    const x = ones([2])
    expect(leftBy(() => x.assign(tensor([3, 4])))).toEqual({ buffers: 0, bytes: 0 })
    expect(values(x)).toEqual([3, 4])
    x.assign(x)
    expect(values(x)).toEqual([3, 4])
  })
  it('does not change what was computed before', () => {
    const x = ones([2])
    const [alias, flat] = [x.alias(), reshape(x, [2, 1])]
    x.assign(tensor([3, 4]))
    expect([values(alias), values(flat)]).toEqual([
      [1, 1],
      [1, 1],
    ])
  })
  it('refuses another shape, another dtype, and what is not a tensor', () => {
    expect(() => ones([2]).assign(ones([3]))).toThrow('assign: the value is float32 [3], the tensor float32 [2].')
    expect(() => ones([2]).assign(ones([2], 'int32'))).toThrow('assign: the value is int32 [2]')
    expect(() => ones([2]).assign(null as unknown as Tensor)).toThrow('assign: the value is null; it must be a tensor.')
  })
})

it('has no fields but what it is, for all that walks over them, and the one that keeps it from being cloned', () => {
  expect(Object.keys(tensor([1, 2]))).toEqual(['shape', 'dtype', 'transfer'])
})

const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

it.skipIf(!existsSync(built))('forgotten tensors are freed by the garbage collector', () => {
  const script = `
    import { memory, ones } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
    const survivor = ones([1000])
    const kept = survivor.alias()
    for (let i = 0; i < 500; i++) ones([1000])
    for (let i = 0; i < 50 && memory().buffers > 1; i++) {
      globalThis.gc()
      await new Promise((done) => setTimeout(done, 10))
    }
    console.log(JSON.stringify([memory(), survivor.dataSync()[0] + kept.dataSync()[0]]))`
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  expect(JSON.parse(output)).toEqual([{ buffers: 1, bytes: 4000 }, 2])
})
