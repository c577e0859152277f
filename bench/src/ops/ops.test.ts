import { ones, zeros } from 'convoke'
import { describe, expect, it } from 'vitest'
import { writeOnnx } from '../peers/onnx-writer.ts'
import { opCases } from './cases.ts'
import { type OpRow, opLines } from './main.ts'
import { onnxModelOf } from './onnx.ts'
import { nameOf } from './op-case.ts'

const row = (ratio: number | null, rest: Partial<OpRow> = {}): OpRow => ({
  ...{ op: 'exp', size: '10⁴', pass: 'forward', own: 0.0123, onnx: null, torch: 0.01, ratio },
  ...rest,
})

const count = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)

describe('the ops of the benchmark', () => {
  it('each have a name of their own', () => {
    expect(new Set(opCases.map(nameOf)).size).toBe(opCases.length)
  })

  it('run on inputs of the shapes they state', () => {
    const small = opCases.filter(({ inputs }) => inputs.every((input) => count(input.shape) < 50_000))
    expect(small.length).toBeGreaterThan(opCases.length / 3)
    for (const task of small) {
      const inputs = task.inputs.map(({ shape, filling }) =>
        typeof filling === 'object' ? zeros(shape, 'int32') : ones(shape),
      )
      expect(() => task.run(inputs), nameOf(task)).not.toThrow()
    }
  })

  it('keep as many elements for the peers', () => {
    for (const task of opCases) {
      for (const { shape, peer = shape } of task.inputs) expect(count(peer), nameOf(task)).toBe(count(shape))
    }
  })

  it('make models of one node with constants behind the inputs, one left out where it says so', () => {
    const task = opCases.find(({ op }) => op === 'resize ×2 bilinear')
    if (task === undefined) throw new Error('there is no such case')
    const model = onnxModelOf(task)
    expect(model.initializers).toEqual([null, { name: 'c1', shape: [4], data: Float32Array.of(1, 1, 2, 2) }])
    expect(new TextDecoder().decode(writeOnnx(model))).toMatch(/Resize.*linear/s)
  })
})

describe('the table of ops', () => {
  it('lists what is under 0.9× the better peer once more', () => {
    const lines = opLines([row(1.2), row(0.5, { op: 'log' }), row(null, { op: 'mish' })], ' 2.6')
    expect(lines).toContain('1 of 2 rows with a peer are under 0.9× the better one:')
    expect(lines.filter((line) => line.startsWith('log'))).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('exp'))).toHaveLength(1)
  })
})
