import * as convoke from 'convoke'
import { describe, expect, it } from 'vitest'
import { writeOnnx } from '../peers/onnx-writer.ts'
import { opCases } from './cases.ts'
import { leftOut } from './left-out.ts'
import type { OpRow } from './measure.ts'
import { onnxModelOf } from './onnx.ts'
import { exportOf, isIndex, nameOf, type OpCase, peerShape, sizeOf } from './op-case.ts'
import { opLines } from './table.ts'
import { fill, ownValues, tensorsOf, watchedOf } from './values.ts'

const numbersOf = ({ inputs }: OpCase): number => inputs.reduce((total, { shape }) => total + sizeOf(shape), 0)

/** The first and smallest of each op. */
const small = opCases.filter((task, i) => opCases.findIndex(({ op }) => op === task.op) === i)

const exported = Object.entries(convoke).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))

describe('the ops of the benchmark', () => {
  it('are all that the package exports but those that are left out with a reason', () => {
    const covered = new Set(opCases.map(exportOf).filter((name) => !name.includes('.')))
    expect(exported.filter((name) => !covered.has(name) && leftOut[name] === undefined)).toEqual([])
    expect(Object.keys(leftOut).filter((name) => covered.has(name) || !exported.includes(name))).toEqual([])
    expect([...covered].filter((name) => !exported.includes(name))).toEqual([])
  })

  it('each have a name of their own', () => {
    expect(new Set(opCases.map(nameOf)).size).toBe(opCases.length)
  })

  it('come at two sizes, the larger of which is several times the other', () => {
    for (const op of new Set(opCases.map((task) => task.op))) {
      const sizes = opCases.filter((task) => task.op === op && task.inputs.length > 0).map(numbersOf)
      if (sizes.length === 0) continue
      expect(sizes.length, op).toBeGreaterThan(1)
      expect(Math.max(...sizes), op).toBeGreaterThan(1.5 * Math.min(...sizes))
    }
  })

  it.each(small.map((task) => [nameOf(task), task] as const))(
    '%s runs on its inputs, its gradients as well',
    (_, task) => {
      const data = task.inputs.map((input, i) => fill(input, i))
      const inputs = tensorsOf(task.inputs, data)
      const { result, gradients } = ownValues(task, inputs, true)
      expect(result.length).toBeGreaterThan(0)
      expect(gradients.map(({ length }) => length)).toEqual(watchedOf(task).map((i) => sizeOf(task.inputs[i].shape)))
      for (const tensor of inputs) tensor.dispose()
    },
  )

  it('keep as many elements for the peers', () => {
    for (const task of opCases) {
      for (const input of task.inputs) expect(sizeOf(peerShape(input)), nameOf(task)).toBe(sizeOf(input.shape))
    }
  })

  it('are compared with a peer wherever one has them', () => {
    const alone = new Set(small.filter(({ onnx, torch }) => onnx === undefined && torch === undefined).map(exportOf))
    expect([...alone]).toEqual(['deconvolve', 'matchTemplate'])
  })
})

describe('a model of one node', () => {
  it('has constants behind the inputs, one left out where it says so', () => {
    const task = opCases.find(({ op }) => op === 'resize ×2 bilinear')
    if (task === undefined) throw new Error('there is no such case')
    const model = onnxModelOf(task)
    expect(model.initializers).toEqual([null, { name: 'c1', shape: [4], data: Float32Array.of(1, 1, 2, 2) }])
    expect(new TextDecoder().decode(writeOnnx(model))).toMatch(/Resize.*linear/s)
  })

  it('takes indices as int64 and pictures channels first', () => {
    const gather = opCases.find(({ op }) => op === 'gather rows')
    const conv = opCases.find(({ op }) => op === 'conv2d 3×3 stride 1')
    if (gather === undefined || conv === undefined) throw new Error('there are no such cases')
    expect(gather.inputs.map(isIndex)).toEqual([false, true])
    expect(onnxModelOf(gather).inputs.map(({ type }) => type)).toEqual(['float32', 'int64'])
    expect(onnxModelOf(conv).inputs.map(({ shape }) => shape)).toEqual([
      [1, 64, 16, 16],
      [64, 64, 3, 3],
    ])
  })
})

describe('the table of ops', () => {
  const row = (ratio: number | null, rest: Partial<OpRow> = {}): OpRow => ({
    ...{ op: 'exp', size: '10⁴', pass: 'forward', own: 0.0123, onnx: null, torch: 0.01, ratio, notes: [] },
    ...rest,
  })

  it('lists what is under 0.9× the better peer once more', () => {
    const lines = opLines([row(1.2), row(0.5, { op: 'log' }), row(null, { op: 'mish' })], ' 2.6')
    expect(lines).toContain('1 of 2 rows with a peer are under 0.9× the better one:')
    expect(lines.filter((line) => line.startsWith('log'))).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('exp'))).toHaveLength(1)
  })

  it('says once what was found wrong', () => {
    const notes = ['PyTorch: 1 in place of 2 at 0']
    const lines = opLines([row(null, { notes }), row(null, { notes, pass: 'with gradients' })], '')
    expect(lines.filter((line) => line === 'exp 10⁴: PyTorch: 1 in place of 2 at 0')).toHaveLength(1)
  })
})
