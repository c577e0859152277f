import { formats } from 'convoke'
import { decodeOnnx, graphModule, inspectModel, type OnnxModel } from 'convoke/graph'
import { describe, expect, it } from 'vitest'
import { smallModel } from '../../test/model.ts'
import { drawGraph } from './draw.ts'

const draw = (model: OnnxModel, title = 'small.onnx') => drawGraph(graphModule(model).graph, inspectModel(model), title)

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Boxes of nodes, inputs and outputs. */
const boxesOf = (svg: string): Box[] =>
  [...svg.matchAll(/<\/title><rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map((found) => {
    const [x, y, width, height] = found.slice(1).map(Number)
    return { x, y, width, height }
  })

/** A model whose nodes are `[operator, inputs, output]`, elementwise, with one input and one output. */
const elementwise = (nodes: readonly (readonly [string, readonly string[], string])[], output: string): OnnxModel => ({
  ...{ irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {} },
  graph: {
    ...{ name: '', values: [], initializers: [] },
    nodes: nodes.map(([operator, inputs, name]) => ({
      ...{ name, operator, domain: '', inputs, outputs: [name], attributes: {} },
    })),
    inputs: [{ name: 'x', type: { kind: 'tensor', type: 'float32', shape: [1, 4] } }],
    outputs: [{ name: output, type: { kind: 'tensor', type: 'float32', shape: [1, 4] } }],
  },
})

describe('the drawing of a graph', () => {
  it('is well-formed and names operators, shapes, costs and kinds', () => {
    const svg = draw(decodeOnnx(smallModel()))
    expect(formats.parseXml('drawing', svg).name).toBe('svg')
    for (const text of ['>small.onnx<', '>Conv s2<', '>Relu<', '>GlobalAveragePool<', '>Gemm', '>1×112×112×8<'])
      expect(svg).toContain(text)
    // 112 · 112 · 27 · 8 and 16 MACs.
    expect(svg).toContain('2.71 M MACs, 99.999%')
    expect(svg).toContain('16 MACs, 0.001%')
    for (const kind of ['convolution', 'product', 'activation', 'pooling']) expect(svg).toContain(`>${kind}</text>`)
    expect(svg).not.toContain('>recurrence</text>')
  })

  it('has an arrow for each value that a box takes, and no box over another', () => {
    const svg = draw(
      elementwise(
        [
          ['Relu', ['x'], 'a'],
          ['Sigmoid', ['x'], 'b'],
          ['Add', ['a', 'b'], 'c'],
          ['Mul', ['c', 'x'], 'y'],
        ],
        'y',
      ),
    )
    // x to Relu, Sigmoid and Mul; Relu and Sigmoid to Add; Add to Mul; Mul to y.
    expect([...svg.matchAll(/marker-end/g)]).toHaveLength(7)
    const boxes = boxesOf(svg)
    expect(boxes).toHaveLength(6)
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(apart).toBe(true)
      }
    })
    formats.parseXml('drawing', svg)
    expect(draw(elementwise([['Relu', ['x'], 'y']], 'y'), 'a<&>b.onnx')).toContain('>a&lt;&amp;&gt;b.onnx<')
  })

  it('of hundreds of nodes is made in seconds', { timeout: 20_000 }, () => {
    const nodes = Array.from({ length: 600 }, (_, i) => ['Relu', [i === 0 ? 'x' : `v${i - 1}`], `v${i}`] as const)
    const svg = draw(elementwise(nodes, 'v599'))
    expect(boxesOf(svg)).toHaveLength(602)
  })
})
