import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { arange, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const x = [input([2, 3, 4])]
const two = [input([2, 3, 4]), input([2, 1, 4], 2)]

describe('movement agrees with float64 and central differences', () => {
  it.each([
    ['reshape', (t) => ops.reshape(t, [4, -1])],
    ['transpose', (t) => ops.transpose(t, [2, 0, 1])],
    ['transpose, reversed', (t) => ops.transpose(t)],
    ['expandDims and squeeze', (t) => ops.squeeze(ops.expandDims(t, 1), 1)],
    ['flip', (t) => ops.flip(t, [0, 2])],
    ['slice with steps', (t) => ops.slice(t, [null, { start: -1, step: -2 }, { start: 1, stop: -1 }])],
    ['tile', (t) => ops.tile(t, [2, 1, 3])],
    ['split', (t) => ops.split(t, [1, 3], 2)[1]],
    [
      'split, of which some pieces meet again and one is left',
      (t) => {
        const [a, , b, c] = ops.split(t, 4, 2)
        return ops.add(ops.multiply(a, ops.square(b)), c)
      },
    ],
    ['toChannelsLast', (t) => ops.toChannelsLast(t)],
    ['toChannelsFirst', (t) => ops.toChannelsFirst(t)],
  ] as [string, (t: ReturnType<typeof tensor>) => ReturnType<typeof tensor>][])('%s', (_, op) =>
    checkOp(op, x, { second: true }),
  )
  it('concat', () => checkOp((a, b) => ops.concat([a, b, a], 1), two, { second: true }))
  it('stack', () => checkOp((a) => ops.stack([a, a], -1), x, { second: true }))
  it.each(['constant', 'reflect', 'mirror', 'edge', 'wrap'] as const)('pad %s', (mode) =>
    checkOp(
      (t) =>
        ops.pad(
          t,
          [
            [1, 0],
            [0, 0],
            [2, 5],
          ],
          { mode },
        ),
      x,
      { second: true },
    ),
  )
})

describe('movement, by hand', () => {
  it('draws every padding as its documentation does', () => {
    const line = (mode: ops.PadMode) => ops.pad([1, 2, 3, 4], [[2, 2]], { mode }).toArray()
    expect(line('constant')).toEqual([0, 0, 1, 2, 3, 4, 0, 0])
    expect(line('reflect')).toEqual([2, 1, 1, 2, 3, 4, 4, 3])
    expect(line('mirror')).toEqual([3, 2, 1, 2, 3, 4, 3, 2])
    expect(line('edge')).toEqual([1, 1, 1, 2, 3, 4, 4, 4])
    expect(line('wrap')).toEqual([3, 4, 1, 2, 3, 4, 1, 2])
    expect(ops.pad([1, 2], [[5, 5]], { mode: 'mirror' }).toArray()).toEqual([2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1])
    expect(ops.pad([7], [[2, 1]], { mode: 'mirror' }).toArray()).toEqual([7, 7, 7, 7])
  })
  it('pads a large tensor with its value on every side and nowhere else', () => {
    const [sizes, pads] = [
      [3, 90, 70, 8],
      [
        [0, 1],
        [2, 1],
        [0, 3],
        [1, 0],
      ],
    ] as const
    const values = Float32Array.from({ length: 151_200 }, (_, i) => i)
    const padded = ops.pad(ops.reshape(tensor(values), sizes), pads, { value: -2 })
    expect(padded.shape).toEqual([4, 93, 73, 9])
    const wanted = Float32Array.from({ length: padded.size }, (_, i) => {
      const at = [Math.floor(i / 61_101), Math.floor(i / 657) % 93, Math.floor(i / 9) % 73, i % 9]
      const from = at.map((place, axis) => place - pads[axis][0])
      const inside = from.every((place, axis) => place >= 0 && place < sizes[axis])
      return inside ? from.reduce((sum, place, axis) => sum * sizes[axis] + place, 0) : -2
    })
    expect(padded.dataSync()).toEqual(wanted)
  })
  it.each(['reflect', 'mirror', 'edge', 'wrap'] as const)('pads a large tensor by %s as the drawings go on', (mode) => {
    const sizes = [2, 90, 60, 7]
    const pads = [
      [0, 0],
      [3, 1],
      [0, 2],
      [1, 2],
    ] as const
    // 1234 goes on as 4321 1234 (reflect), 432 1234 (mirror), 1111 1234 (edge), 1234 1234 (wrap).
    const source = (at: number, size: number): number => {
      if (at >= 0 && at < size) return at
      if (mode === 'edge') return at < 0 ? 0 : size - 1
      if (mode === 'wrap') return at < 0 ? at + size : at - size
      const beyond = mode === 'mirror' ? 0 : 1
      return at < 0 ? -at - beyond : 2 * (size - 1) - at + beyond
    }
    const x = ops.reshape(tensor(Float32Array.from({ length: 75_600 }, (_, i) => i)), sizes)
    const { value, gradients } = valueAndGradients(() => {
      const padded = ops.pad(x, pads, { mode })
      return ops.sum(ops.multiply(padded, padded))
    }, [x])
    const shape = [2, 94, 62, 10]
    const counts = new Float32Array(75_600)
    const wanted = Float32Array.from({ length: 116_560 }, (_, i) => {
      const at = [Math.floor(i / 58_280), Math.floor(i / 620) % 94, Math.floor(i / 10) % 62, i % 10]
      const from = at.map((place, axis) => source(place - pads[axis][0], sizes[axis]))
      const index = from.reduce((sum, place, axis) => sum * sizes[axis] + place, 0)
      counts[index]++
      return index
    })
    const padded = ops.pad(x, pads, { mode })
    expect(padded.shape).toEqual(shape)
    expect(padded.dataSync()).toEqual(wanted)
    expect(value.item()).toBeGreaterThan(0)
    expect(gradients[0].dataSync()).toEqual(counts.map((count, i) => 2 * i * count))
  })
  it('slices as Python does', () => {
    const s = (range: ops.Range) => ops.slice(arange(6), [range]).toArray()
    expect(s({ start: 1, stop: 4 })).toEqual([1, 2, 3])
    expect(s({ step: -1 })).toEqual([5, 4, 3, 2, 1, 0])
    expect(s({ start: -2 })).toEqual([4, 5])
    expect(s({ start: 4, stop: 1, step: -2 })).toEqual([4, 2])
    expect(s({ start: 10 })).toEqual([])
  })
  it('refuses what does not fit', () => {
    expect(() => ops.reshape(arange(6), [4, -1])).toThrow('reshape: [6] holds 6 elements, which do not fill [4, -1].')
    expect(() => ops.concat([arange(2), tensor([[1]])])).toThrow('must agree on every axis')
    expect(() => ops.split(arange(5), 2)).toThrow('which 2 does not divide')
    expect(() => ops.slice(arange(5), [{ step: 0 }])).toThrow('the step of axis 0 is 0')
    expect(() => ops.transpose(arange(5), [0, 0])).toThrow('must name each axis of shape [5] once')
    expect(() => ops.pad([1], [[-1, 0]])).toThrow('give [before, after] of 0 or more')
  })
})

describe('picking by index', () => {
  it('gather', async () => {
    await checkOp(
      (t) =>
        ops.gather(
          t,
          [
            [2, 0],
            [1, 1],
          ],
          { axis: 1 },
        ),
      x,
      { second: true },
    )
    expect(ops.gather(arange(5), [-1, 0]).toArray()).toEqual([4, 0])
    expect(() => ops.gather(arange(5), [5])).toThrow('gather: index 5 is outside an axis of length 5. Use -5 to 4.')
  })

  it('picks by ten thousand indices as by a few: negative ones from the end, and the first that is outside by name', () => {
    const indices = Int32Array.from({ length: 10_000 }, (_, i) => i % 5)
    expect(ops.sum(ops.gather(arange(5), indices)).item()).toBe(20_000)
    indices[9000] = -1
    // −1 in place of 0 picks 4 in place of 0.
    expect(ops.sum(ops.gather(arange(5), indices)).item()).toBe(20_004)
    indices[7000] = 5
    indices[8000] = -6
    expect(() => ops.gather(arange(5), indices)).toThrow('gather: index 5 is outside an axis of length 5. Use -5 to 4.')
  })
  it('gatherElements', () =>
    checkOp(
      (t) =>
        ops.gatherElements(
          t,
          [
            [
              [3, 0],
              [1, 1],
              [2, 2],
            ],
          ],
          -1,
        ),
      x,
      { second: true },
    ))
  it('scatter replaces, and only the last writer of a place has a gradient', async () => {
    const updates = input([2, 2], 7)
    await checkOp(
      (t, u) =>
        ops.scatter(
          t,
          [
            [0, 0],
            [2, 1],
          ],
          u,
          { axis: 1 },
        ),
      [input([2, 3]), updates],
      { second: true },
    )
    expect(ops.scatter(arange(4), [1, 1], [8, 9]).toArray()).toEqual([0, 9, 2, 3])
  })
  it('scatter adds', () =>
    checkOp(
      (t, u) =>
        ops.scatter(
          t,
          [
            [0, 0],
            [2, 1],
          ],
          u,
          { axis: 1, reduction: 'add' },
        ),
      [input([2, 3]), input([2, 2], 7)],
      {
        second: true,
      },
    ))
  it('oneHot', () => {
    expect(ops.oneHot([1, 0], 3).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ])
    expect(() => ops.oneHot([3], 3)).toThrow('index 3 is outside')
  })
})

describe('products of matrices', () => {
  it.each([
    [[2, 3], [3, 4], {}],
    [[3, 2], [4, 3], { transposeA: true, transposeB: true }],
    [[5, 2, 3], [3, 4], {}],
    [[2, 1, 2, 3], [5, 4, 3], { transposeB: true }],
    [[3], [2, 3, 4], {}],
    [[2, 3], [3], {}],
  ] as const)('%j × %j with %j', (a, b, options) =>
    checkOp((p, q) => ops.matmul(p, q, options), [input(a, 1), input(b, 2)], { second: true }),
  )
  it.each([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'bij,bjk->bki',
      [
        [2, 2, 3],
        [2, 3, 4],
      ],
    ],
    ['ii->i', [[3, 3]]],
    ['ii', [[3, 3]]],
    ['ij->ji', [[2, 3]]],
    [
      '...ij,...jk->...ik',
      [
        [2, 2, 3],
        [1, 3, 2],
      ],
    ],
    [
      'ij,kl->ijkl',
      [
        [2, 2],
        [3, 1],
      ],
    ],
    ['i,i,i->', [[4], [4], [4]]],
    [
      'ab,bc,cd',
      [
        [2, 3],
        [3, 2],
        [2, 4],
      ],
    ],
    ['iji->j', [[2, 3, 2]]],
  ] as [string, number[][]][])('einsum %s', (equation, shapes) =>
    checkOp(
      (...t) => ops.einsum(equation, ...t),
      shapes.map((shape, i) => input(shape, i + 1)),
      { second: true },
    ),
  )
  it('einsum agrees with sums written out', () => {
    const a = ops.reshape(arange(6), [2, 3])
    expect(ops.einsum('ij->j', a).toArray()).toEqual([3, 5, 7])
    expect(ops.einsum('ij,ij->', a, a).item()).toBe(55)
    expect(() => ops.einsum('ij,jk', a)).toThrow('names 2 operands, 1 are given')
    expect(() => ops.einsum('i-j', a)).toThrow('cannot be read')
    expect(() => ops.einsum('ij,jk', a, a)).toThrow("axis 'j'")
  })
  it('refuses inner sizes that differ', () => {
    expect(() => ops.matmul(input([2, 3]).values, [[1, 2]])).toThrow('the inner sizes 6 and 1 must be equal')
  })
})
