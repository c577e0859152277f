import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convOutputSize } from './conv-spec.ts'
import {
  type AxisView,
  adaptiveView,
  inputsSeen,
  receptiveField,
  regionOf,
  transposedView,
  wholeView,
  windowView,
} from './receptive-field.ts'

const conv = (kernel: number, stride = 1, dilation = 1, before = 0) => windowView(kernel, stride, dilation, before)

interface Layer {
  readonly view: AxisView
  readonly size: number
  /** Which inputs output `o` depends on, by running the layer's own loop. */
  readonly outputs: readonly ReadonlySet<number>[]
}

/** A window layer and, from its scatter loop, the dependence of each output. */
function windowLayer(size: number, kernel: number, stride: number, dilation: number, padding: number): Layer {
  const count = convOutputSize(size, kernel, stride, dilation, [padding, padding])
  const outputs = Array.from({ length: Math.max(count, 0) }, (_, o) => {
    const seen = new Set<number>()
    for (let x = 0; x < size; x++) {
      for (let t = 0; t < kernel; t++) if (o * stride - padding + t * dilation === x) seen.add(x)
    }
    return seen
  })
  return { view: windowView(kernel, stride, dilation, padding), size, outputs }
}

/** A transposed layer by scattering each input to the outputs it reaches. */
function transposedLayer(size: number, kernel: number, stride: number, dilation: number, padding: number): Layer {
  const count = (size - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding
  const outputs = Array.from({ length: Math.max(count, 0) }, () => new Set<number>())
  for (let x = 0; x < size; x++) {
    for (let t = 0; t < kernel; t++) outputs[x * stride + t * dilation - padding]?.add(x)
  }
  return { view: transposedView(kernel, stride, dilation, padding), size, outputs }
}

const layerChain = fc
  .tuple(
    fc.integer({ min: 6, max: 14 }),
    fc.array(
      fc.record({
        transposed: fc.boolean(),
        kernel: fc.integer({ min: 1, max: 4 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: 3 }),
        padding: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([first, parameters]) => {
    const layers: Layer[] = []
    let size = first
    for (const { transposed, kernel, stride, dilation, padding } of parameters) {
      const make = transposed ? transposedLayer : windowLayer
      const layer = make(size, kernel, stride, dilation, padding)
      layers.push(layer)
      size = layer.outputs.length
    }
    return layers
  })
  .filter((layers) => layers.every((layer) => layer.outputs.length > 0))

describe('inputsSeen', () => {
  it('agrees with dependence traced through the loops of any chain', () => {
    fc.assert(
      fc.property(layerChain, fc.nat(), (layers, pick) => {
        const output = pick % layers[layers.length - 1].outputs.length
        let traced = new Set([output])
        for (const layer of [...layers].reverse()) {
          traced = new Set([...traced].flatMap((position) => [...layer.outputs[position]]))
        }
        const seen = inputsSeen(
          layers.map(({ view }) => view),
          layers.map(({ size }) => size),
          output,
        )
        expect(seen).toEqual([...traced].sort((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })

  it('leaves out the gaps of a dilated kernel and what lies in padding', () => {
    expect(inputsSeen([conv(3, 1, 2, 2)], [8], 0)).toEqual([0, 2])
    expect(inputsSeen([conv(3, 1, 2, 2)], [8], 4)).toEqual([2, 4, 6])
  })

  it('sees nothing through padding between layers, even where inputs lie below it', () => {
    expect(inputsSeen([conv(5), conv(1, 1, 1, 2)], [10, 6], 0)).toEqual([])
  })
})

describe('receptiveField', () => {
  it('is the kernel, its stride and minus its padding for one layer', () => {
    expect(receptiveField([conv(7, 2, 1, 3)])).toEqual({ size: 7, jump: 2, start: -3 })
    expect(receptiveField([conv(3, 1, 4, 4)])).toEqual({ size: 9, jump: 1, start: -4 })
  })

  it('follows r = 1 + Σ (k_l − 1) d_l Π s_i for chains of windows', () => {
    const layer = fc.record({
      kernel: fc.integer({ min: 1, max: 7 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      before: fc.integer({ min: 0, max: 4 }),
    })
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 8 }), (layers) => {
        let size = 1
        let jump = 1
        let start = 0
        for (const { kernel, stride, dilation, before } of layers) {
          size += (kernel - 1) * dilation * jump
          start -= before * jump
          jump *= stride
        }
        const views = layers.map((l) => conv(l.kernel, l.stride, l.dilation, l.before))
        const field = receptiveField(views)
        expect(field.size).toBe(size)
        expect(field.jump).toBe(jump)
        expect(field.start).toBeCloseTo(start, 12)
      }),
    )
  })

  it('gives the published fields of AlexNet (195 at pool5) and VGG-16 (212 at pool5)', () => {
    const alexNet = [conv(11, 4), conv(3, 2), conv(5, 1, 1, 2), conv(3, 2)]
    alexNet.push(conv(3, 1, 1, 1), conv(3, 1, 1, 1), conv(3, 1, 1, 1), conv(3, 2))
    expect(receptiveField(alexNet)).toMatchObject({ size: 195, jump: 32 })
    const vgg = [2, 2, 3, 3, 3].flatMap((depth) => [
      ...Array.from({ length: depth }, () => conv(3, 1, 1, 1)),
      conv(2, 2),
    ])
    expect(receptiveField(vgg)).toMatchObject({ size: 212, jump: 32, start: -90 })
  })

  it('halves the jump through a transposed layer and reports its longest region', () => {
    expect(receptiveField([transposedView(4, 2, 1, 1)])).toEqual({ size: 2, jump: 0.5, start: -1 })
    expect(receptiveField([transposedView(3, 2, 1, 0)])).toEqual({ size: 2, jump: 0.5, start: -1 })
  })

  it('sees everything through a global layer, and windows of whole shares through an adaptive one', () => {
    expect(receptiveField([conv(3, 1, 1, 1), wholeView(8)])).toEqual({ size: 10, jump: 0, start: -1 })
    expect(receptiveField([adaptiveView(14, 7)])).toEqual({ size: 2, jump: 2, start: 0 })
    expect(receptiveField([adaptiveView(7, 5)])).toEqual({ size: 3, jump: 7 / 5, start: 0 })
  })
})

describe('regionOf', () => {
  it('is empty where a transposed layer leaves gaps', () => {
    const { first, last } = regionOf([transposedView(1, 3, 1, 0)], 1)
    expect(last).toBeLessThan(first)
    expect(regionOf([transposedView(1, 3, 1, 0)], 3)).toEqual({ first: 1, last: 1 })
  })
})
