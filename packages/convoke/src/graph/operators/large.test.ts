import { expect, it } from 'vitest'
import { graphOf, nodeOf } from '../../testing/run-operator.ts'
import { inspectModel } from '../inspect.ts'

const scaled = (factor: number) => {
  const node = nodeOf('Resize', ['x', '', 'scales'], ['y'])
  const scales = { name: 'scales', type: 'float32' as const, shape: [4], values: Float32Array.of(1, 1, factor, factor) }
  const type = { kind: 'tensor' as const, type: 'float32' as const, shape: [1, 64, 512, 512] }
  const graph = { ...graphOf([node], [], ['y']), inputs: [{ name: 'x', type }], initializers: [scales] }
  return inspectModel({ irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {}, graph })
}

it('pictures may become eight times as wide and high, whatever their size, and no more', () => {
  expect(scaled(8).nodes.at(-1)?.outputShapes).toEqual([[1, 4096, 4096, 64]])
  expect(scaled(9).failure).toContain('it would make 1358954496 elements; the limit is 1073741824')
})
