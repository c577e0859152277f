import { describe, expect, it } from 'vitest'
import type { Mpi, Request } from './library.ts'
import { type Call, lineOf, piecesOf } from './line.ts'
import { halfSums, pieceLength, sums } from './sums.ts'

/** Requests that are done when the test says so; `begun` has their names in order. */
function slow() {
  const [begun, done] = [[] as string[], new Set<number>()]
  const call = (name: string, bytes: number, more: Partial<Call> = {}): Call => ({
    ...{ bytes, ...more },
    begin: () => ({ address: begun.push(name) - 1, memory: new BigInt64Array(1) }),
  })
  return {
    begun,
    call,
    finish: (name: string) => done.add(begun.indexOf(name)),
    test: ({ address }: Request) => done.has(address),
  }
}

describe('calls in line', () => {
  it('begin in order, as many as fit', () => {
    const { begun, call, finish, test } = slow()
    const line = lineOf({ test }, 10)
    const first = line.add([call('a', 6), call('b', 4), call('c', 1)])
    const second = line.add([call('d', 20)])
    expect(begun).toEqual(['a', 'b'])
    finish('b')
    expect([first(), second()]).toEqual([false, false])
    expect(begun).toEqual(['a', 'b', 'c'])
    finish('a')
    finish('c')
    expect([first(), second()]).toEqual([true, false])
    // More than fits goes by itself.
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
    finish('d')
    expect(second()).toBe(true)
  })

  it('wait behind one that is not ready, whatever is done by then', () => {
    const { begun, call, finish, test } = slow()
    let ready = false
    const line = lineOf({ test }, 100)
    const whole = line.add([call('a', 1), call('b', 1, { ready: () => ready })])
    const other = line.add([call('c', 1)])
    finish('a')
    expect([whole(), other()]).toEqual([false, false])
    expect(begun).toEqual(['a'])
    ready = true
    other()
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('nothing is done at once', () => {
    expect(lineOf({ test: () => false }, 10).add([])()).toBe(true)
  })
})

describe('sums in pieces', () => {
  it('cover an array once', () => {
    expect(piecesOf(7, 3)).toEqual([
      [0, 3],
      [3, 6],
      [6, 7],
    ])
    expect(piecesOf(0, 3)).toEqual([])
    const ranges: [number, number][] = []
    const mpi = {
      addressOf: () => 4096,
      startAllReduce: (...[, , , address, count]: Parameters<Mpi['startAllReduce']>) => {
        ranges.push([address, count])
        return { address: 0, memory: new BigInt64Array(1) }
      },
    } as unknown as Mpi
    for (const { begin } of sums(mpi, new Float64Array(pieceLength + 5), 'sum')) begin()
    expect(ranges).toEqual([
      [4096, pieceLength],
      [4096 + 8 * pieceLength, 5],
    ])
  })

  it('of bfloat16 go out one piece ahead of those that come back', () => {
    const names: string[] = []
    const named = (name: string) => () => {
      names.push(name)
      return { address: 0, memory: new BigInt64Array(1) }
    }
    const mpi = { size: 1, addressOf: () => 0, startExchange: named('out'), startAllGather: named('back') }
    const line = lineOf({ test: () => true }, 2 ** 40)
    const test = line.add(halfSums(mpi as unknown as Mpi, new Float32Array(2 * pieceLength + 1)))
    while (!test());
    expect(names).toEqual(['out', 'out', 'back', 'out', 'back', 'back'])
  })
})
