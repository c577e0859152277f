// What the worker answers, beside what the definitions say.

import { conv2d, divide, formats, models, softmax, subtract, tensor, train } from 'convoke'
import { decodeOnnx, encodeOnnx, graphModule } from 'convoke/graph'
import { describe, expect, it } from 'vitest'
import { nextChange, stepOf } from '../runs/learner.ts'
import { control, open as openRun, sessionOf as runOf } from '../train/learning/session.ts'
import { firstSettings } from '../train/settings.ts'
import { ascent } from './looking/ascent.ts'
import { cam } from './looking/cam.ts'
import { covered, occlusion } from './looking/occlusion.ts'
import { overview } from './looking/overview.ts'
import { patches } from './looking/patches.ts'
import { place } from './looking/place.ts'
import { runNetwork } from './looking/run.ts'
import { look, open, sessionOf } from './looking/session.ts'
import { file } from './looking/take.ts'
import type { Arithmetic, OpenedNetwork, PatchesAnswer, PlaceAnswer, Shown, Source } from './task.ts'
import { attentive, branched, dropped, lenet, pictures, upward } from './testing/networks.ts'

const shown = (key: string, index = 3): Shown => ({ key, picture: { kind: 'set', index }, goIn: 'told' })

async function opened(key: string, source: Source): Promise<OpenedNetwork> {
  const answer = await open({ key, source })
  if (answer.kind !== 'opened') throw new Error(JSON.stringify(answer))
  return answer.network
}

const signs = {
  '+': (a: number, b: number) => a + b,
  '−': (a: number, b: number) => a - b,
  '×': (a: number, b: number) => a * b,
  '÷': (a: number, b: number) => a / b,
}

/** What the arithmetic that is shown comes to; undefined where there is nothing to add. */
function result(of: Arithmetic): number | undefined {
  const inside = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)
  switch (of.kind) {
    case 'convolution':
      return of.windows.reduce((sum, one) => sum + one.sum, 0) + of.rest + of.bias
    case 'pooling':
      return of.pool === 'max' ? Math.max(...inside(of.window.values)) : of.sum / of.divisor
    case 'global':
      return of.sum / of.count
    case 'concatenation':
      return of.input
    case 'activation':
      return undefined
    case 'normalisation':
      return of.normalised * of.scale + of.shift
    case 'elementwise':
      return of.operands.map(({ value }) => value).reduce(signs[of.sign])
    case 'linear':
      return of.terms.reduce((sum, one) => sum + one.product, 0) + of.rest + of.bias
    case 'softmax':
      return of.exponential / of.sum
    default:
      return undefined
  }
}

function close({ arithmetic, value }: PlaceAnswer, name: string): void {
  const made = result(arithmetic)
  if (made === undefined) return
  expect(Math.abs(made - value), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
  if (arithmetic.kind !== 'convolution') return
  for (const { values, weights, products, sum } of arithmetic.windows) {
    products.forEach((product, i) => {
      expect(product).toBeCloseTo((values[i] ?? 0) * weights[i], 5)
    })
    expect(sum).toBeCloseTo(
      products.reduce((a, b) => a + b, 0),
      4,
    )
  }
}

/** Corners and middle of every layer: what is shown comes to what the library computed. */
async function everywhere(network: OpenedNetwork): Promise<Set<string>> {
  const kinds = new Set<string>()
  for (const [at, { height, width, channels, name }] of network.layers.entries())
    for (const [row, column, channel] of [
      [0, 0, 0],
      [height - 1, width - 1, channels - 1],
      [Math.floor(height / 2), Math.floor(width / 2), Math.floor(channels / 2)],
    ]) {
      const { answer } = await place({ ...shown(network.key), layer: at, channel, row, column })
      kinds.add(answer.arithmetic.kind)
      close(answer, name)
    }
  return kinds
}

async function allPatches(question: Parameters<typeof patches>[0]): Promise<Extract<PatchesAnswer, { kind: 'done' }>> {
  for (;;) {
    const { answer } = await patches(question)
    if (answer.kind === 'done') return answer
  }
}

describe('The network that stands ready', () => {
  it('reads digits that it has not learnt from, and every number is what its arithmetic says', async () => {
    const network = await opened('digits', { kind: 'digits' })
    expect(network.accuracy).toBeGreaterThan(0.95)
    expect(network.layers.map(({ name }) => name).slice(0, 4)).toEqual(['conv1', 'norm1', 'relu1', 'pool1'])
    expect(network.layers.slice(1).every(({ reads }, i) => reads.join() === String(i))).toBe(true)
    const { answer } = await overview(shown('digits'))
    expect(answer.thumbnails).toHaveLength(network.layers.length)
    expect(answer.chances!.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    expect(await everywhere(network)).toEqual(
      new Set(['convolution', 'normalisation', 'activation', 'pooling', 'global', 'linear', 'softmax']),
    )
  })

  it('finds the patches that a channel answers to most strongly, as wide as its field', async () => {
    const question = { key: 'digits', goIn: 'told', layer: 4, channel: 2 } as const
    const { patches: found, of } = await allPatches(question)
    expect(of).toBe(200)
    expect(found).toHaveLength(9)
    for (const patch of found) {
      const { layers, pixels } = await look(shown('digits', patch.picture))
      const { data, channels, width } = layers[4]
      const own = data.filter((_, i) => i % channels === 2)
      expect(patch.value).toBe(Math.max(...own))
      expect(own[patch.row * width + patch.column]).toBe(patch.value)
      // 5×5, 2×2 with stride 2, 3×3: fields of 10, whose first begins at −2 − 2.
      expect(patch.top).toBe(Math.max(0, 2 * patch.row - 4))
      expect(patch.height).toBe(Math.min(27, 2 * patch.row + 5) - patch.top + 1)
      expect(patch.pixels[0]).toBe(pixels[patch.top * 28 + patch.left])
    }
    expect(found.map(({ value }) => value)).toEqual(found.map(({ value }) => value).sort((a, b) => b - a))
  })

  it('climbs to a picture that a channel answers to more strongly than to any of the set', async () => {
    const question = { key: 'digits', goIn: 'told', layer: 4, channel: 2 } as const
    let climb = ascent({ ...question, seed: 1, steps: 60 }).answer
    while (climb.step < 60) climb = ascent({ ...question, seed: 1, steps: 60 }).answer
    const { patches: found } = await allPatches(question)
    expect(climb.answers.at(-1)!).toBeGreaterThan(found[0].value)
    expect(climb.pixels.every((value) => value >= 0 && value <= 1)).toBe(true)
    // What the middle output does not see stays as it began.
    const start = ascent({ ...question, seed: 1, steps: 0 }).answer
    expect(climb.pixels[0]).toBe(start.pixels[0])
    expect(ascent({ ...question, seed: 2, steps: 0 }).answer.pixels[0]).not.toBe(start.pixels[0])
  })

  it('weighs maps by Grad-CAM: behind a mean over positions it is the class activation map', async () => {
    const session = sessionOf('digits')
    const at = session.network.layers.findIndex(({ name }) => name === 'relu3')
    const { answer } = await cam({ ...shown('digits'), layer: at, class: 3 })
    const { data, height, width, channels } = (await look(shown('digits'))).layers[at]
    // The score is Σ w · mean(A): its gradient in A is w over the number of positions (Zhou et al. 2016).
    const name = session.network.layers.find(({ operator }) => operator === 'Gemm')!.node.inputs[1]
    const { values, shape } = session.network.weights.get(name)!
    for (let c = 0; c < channels; c++)
      expect(answer.weights[c]).toBeCloseTo((values as Float32Array)[c * shape[1] + 3] / (height * width), 5)
    for (let p = 0; p < height * width; p++) {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += answer.weights[c] * data[p * channels + c]
      expect(answer.values[p]).toBeCloseTo(Math.max(0, sum), 4)
    }
    expect(answer.spread.values).toHaveLength(784)
  })

  it('tells by how much the chance of a class falls where a patch covers the picture', async () => {
    const question = { ...shown('digits'), class: 3, patch: 7 }
    let { answer } = await occlusion(question)
    while (answer.done < answer.of) ({ answer } = await occlusion(question))
    expect([answer.height, answer.width, answer.stride]).toEqual([28, 28, 1])
    const { pixels } = await look(shown('digits'))
    const colour = pixels.reduce((a, b) => a + b) / 784
    const cover = covered(pixels, { height: 28, width: 28, channels: 1 }, [colour], { row: 12, column: 14, patch: 7 })
    const ink = (values: Float32Array) =>
      ({ kind: 'drawn', ink: Uint8Array.from(values, (v) => Math.round(255 * v)) }) as const
    const before = (await overview(shown('digits'))).answer.chances![3]
    const after = (await overview({ ...shown('digits'), picture: ink(cover) })).answer.chances![3]
    expect(answer.values[12 * 28 + 14]).toBeCloseTo(before - after, 2)
    expect(cover[(12 - 3) * 28 + 14 - 3]).toBeCloseTo(colour, 6)
    expect(cover[(12 - 4) * 28 + 14]).toBe(pixels[8 * 28 + 14])
  })

  it('begins alike every time, and is taken home with its picture', async () => {
    const { answer } = await file({ ...shown('digits'), file: 'network' })
    const inside = formats.decodeSafetensors((await file({ ...shown('digits'), file: 'inside' })).answer)
    expect(inside.tensors['picture'].shape).toEqual([28, 28, 1])
    const network = graphModule(decodeOnnx(answer)).eval()
    const chances = network(tensor(inside.tensors['picture'].data as Float32Array, { shape: [1, 28, 28, 1] }))
    const wanted = (await overview(shown('digits'))).answer.chances!
    for (const [i, chance] of [...(chances.dataSync() as Float32Array)].entries())
      expect(chance).toBeCloseTo(wanted[i], 5)
  })
})

describe('A run of the view Train', () => {
  it('is looked at where it was seen last, though what is kept is older', async () => {
    const settings = { ...firstSettings, examples: 500, count: 2, depth: 1, augment: true } as const
    const { run } = await openRun({ settings, own: undefined, checkpoint: undefined })
    const after = async (steps: number): Promise<Uint8Array> => {
      const { company, learner } = runOf(run)
      while (stepOf(learner) < steps) {
        control({ run, wanted: 'step' })
        await nextChange(company)
      }
      return train.encodeTrainingState(learner.state!)
    }
    const networkAt = async (checkpoint: Uint8Array, reached: number): Promise<Uint8Array> =>
      encodeOnnx((await runNetwork({ settings, own: undefined, checkpoint, reached })).model)
    // 16 batches of an epoch: into the second.
    const [early, late] = [await after(3), await after(18)]
    const seen = await networkAt(late, 0)
    expect(await networkAt(early, 18)).toEqual(seen)
    expect(await networkAt(early, 3)).not.toEqual(seen)
  })
})

describe('A model that is dropped', () => {
  it('is followed through branches, groups, stride, dilation and uneven padding', async () => {
    const network = await opened('branched', dropped(branched()))
    expect(network.classes).toEqual(['ant', 'bee', 'cat', 'dog'])
    expect(network.told).toBe(true)
    expect(await everywhere(network)).toEqual(
      new Set(['convolution', 'normalisation', 'activation', 'elementwise', 'pooling', 'global', 'linear']),
    )
    const sum = network.layers.find(({ operator }) => operator === 'Add')!
    expect(sum.reads.map((at) => network.layers[at].operator)).toEqual(['Conv', 'Clip'])
    // The first map by the definition, from the pixels as they go in.
    const session = sessionOf('branched')
    const { pixels, layers, scores } = await look(shown('branched'))
    const x = divide(
      subtract(tensor(pixels, { shape: [1, 20, 24, 3] }), tensor([0.5, 0.4, 0.3])),
      tensor([0.2, 0.25, 0.5]),
    )
    const [weight, bias] = session.network.layers[0].node.inputs
      .slice(1)
      .map((name) => session.network.weights.get(name)!)
    const filter = tensor(Float32Array.from(weight.values as Float32Array), { shape: weight.shape })
    const y = conv2d(x, filter.rank === 4 ? transposed(filter) : filter, {
      ...{
        stride: 2,
        padding: [
          [0, 1],
          [1, 0],
        ],
      },
      bias: tensor(Float32Array.from(bias.values as Float32Array)),
    })
    const wanted = y.dataSync() as Float32Array
    layers[0].data.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 4)
    })
    const { answer } = await overview(shown('branched'))
    expect([...answer.chances!]).toEqual([...(softmax(tensor(scores!)).dataSync() as Float32Array)])
  })

  it('shows of flattened maps which number of which map each term is', async () => {
    const network = await opened('lenet', dropped(lenet()))
    const kinds = await everywhere(network)
    expect(kinds).toContain('linear')
    expect(kinds).not.toContain('other')
    const at = network.layers.findIndex(({ operator }) => operator === 'Gemm')
    const { answer } = await place({ ...shown('lenet'), layer: at, channel: 5, row: 0, column: 0 })
    if (answer.arithmetic.kind !== 'linear') throw new Error(answer.arithmetic.kind)
    const before = (await look(shown('lenet'))).layers[network.layers[at].reads[0]]
    for (const { channel, row, column, value } of answer.arithmetic.terms)
      expect(value).toBe(before.data[(row * before.width + column) * before.channels + channel])
  })

  it('is followed through transposed convolutions, with groups, stride and padding, and through maps laid side by side', async () => {
    const network = await opened('upward', dropped(upward()))
    const kinds = await everywhere(network)
    expect(kinds).toContain('concatenation')
    expect(kinds).not.toContain('other')
    const at = network.layers.findIndex(({ operator }) => operator === 'ConvTranspose')
    // Each output of stride 2 under a kernel of 3: one or two taps an axis, and none that reach past the edge.
    const { answer } = await place({ ...shown('upward'), layer: at, channel: 2, row: 5, column: 4 })
    if (answer.arithmetic.kind !== 'convolution') throw new Error(answer.arithmetic.kind)
    expect(answer.arithmetic.transposed).toBe(true)
    // Padding 1: output 5 has taps 0 and 2, of inputs 3 and 2; output 4 has tap 1, of input 2.
    expect(answer.arithmetic.frame).toEqual({ rows: [2, 3], columns: [2] })
    const join = network.layers.findIndex(({ operator }) => operator === 'Concat')
    const second = await place({ ...shown('upward'), layer: join, channel: 5, row: 0, column: 0 })
    expect(second.answer.arithmetic).toMatchObject({ kind: 'concatenation', channel: 1 })
  })

  it('is followed through attention: what places make of one another, head by head', async () => {
    const network = await opened('attentive', dropped(attentive()))
    expect(await everywhere(network)).not.toContain('other')
    const of = async (operator: string, last = false): Promise<Arithmetic> => {
      const at = network.layers[last ? 'findLastIndex' : 'findIndex']((layer) => layer.operator === operator)
      return (await place({ ...shown('attentive'), layer: at, channel: 1, row: 2, column: 3 })).answer.arithmetic
    }
    // Queries, keys and values are as many numbers a place as the convolution has maps.
    const query = network.layers.find(({ operator }) => operator === 'MatMul')!
    expect([query.height, query.width, query.channels]).toEqual([6, 6, 8])
    expect(await of('MatMul')).toMatchObject({ kind: 'linear', inputs: 8, computed: false })
    expect(await of('LayerNormalization')).toMatchObject({ kind: 'normalisation', map: undefined })
    // The last product of matrices adds up all places by their weights.
    expect(await of('MatMul', true)).toMatchObject({ kind: 'linear', inputs: 36, computed: true })
  })

  it('may be a model of TensorFlow.js or a run of Convoke', async () => {
    const json = {
      modelTopology: {
        class_name: 'Sequential',
        config: {
          name: 'net',
          layers: [
            {
              class_name: 'Conv2D',
              config: {
                ...{ name: 'conv', filters: 2, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
                batch_input_shape: [null, 12, 10, 1],
              },
            },
          ],
        },
      },
      weightsManifest: [
        {
          paths: ['group1-shard1of1.bin'],
          weights: [
            { name: 'conv/kernel', shape: [3, 3, 1, 2], dtype: 'float32' },
            { name: 'conv/bias', shape: [2], dtype: 'float32' },
          ],
        },
      ],
    }
    const bytes = new Uint8Array(new Float32Array(20).map((_, i) => (i - 8) / 10).buffer)
    const files = [
      { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
      { name: 'group1-shard1of1.bin', bytes },
    ]
    const tfjs = await opened('tfjs', { kind: 'files', files })
    expect(tfjs.form).toMatchObject({ height: 12, width: 10, channels: 1 })
    expect(await everywhere(tfjs)).toContain('convolution')

    const model = models.CompactCNN({ classes: 3, widths: [4, 6] }).initialize(2)
    const config = {
      ...{ format: 1, task: 'classify', classes: ['a', 'b', 'c'], fineTuning: null },
      model: { name: 'compact', options: { classes: 3, widths: [4, 6] } },
      picture: { height: 28, width: 28, channels: 1, mean: [0.2], deviation: [0.3] },
    }
    const weights = formats.encodeSafetensors(await formats.toHost(model.state()), { convoke: JSON.stringify(config) })
    const run = await opened('run', {
      kind: 'files',
      files: [{ name: 'best.safetensors', bytes: new Uint8Array(weights) }],
    })
    expect(run.classes).toEqual(['a', 'b', 'c'])
    // Pixels go in as the run says, and the scores are the network's own.
    const { pixels, scores } = await look(shown('run'))
    const x = divide(subtract(tensor(pixels, { shape: [1, 28, 28, 1] }), 0.2), 0.3)
    const wanted = model.eval()(x).dataSync() as Float32Array
    scores!.forEach((score, i) => {
      expect(score).toBeCloseTo(wanted[i], 4)
    })
    expect((await everywhere(run)).has('other')).toBe(false)
  })

  it('that tells no classes apart still shows its maps', async () => {
    const network = await opened('pictures', dropped(pictures()))
    expect(network.classes).toBeUndefined()
    expect((await overview(shown('pictures'))).answer.chances).toBeUndefined()
    expect((await everywhere(network)).has('convolution')).toBe(true)
  })

  it('that is broken is named so, and what was open stays open', async () => {
    const answer = await open({ key: 'broken', source: dropped(new Uint8Array([1, 2, 3])) })
    expect(answer).toMatchObject({ kind: 'unreadable', reason: 'damaged' })
    expect(() => sessionOf('broken')).toThrow('no longer open')
    expect(sessionOf('pictures').key).toBe('pictures')
  })
})

/** `[out, in, ...kernel]` as `[...kernel, in, out]`. */
function transposed(filter: ReturnType<typeof tensor>) {
  const [out, own, h, w] = filter.shape
  const values = filter.dataSync() as Float32Array
  const turned = new Float32Array(values.length)
  for (let o = 0; o < out; o++)
    for (let i = 0; i < own; i++)
      for (let p = 0; p < h * w; p++) turned[(p * own + i) * out + o] = values[(o * own + i) * h * w + p]
  return tensor(turned, { shape: [h, w, own, out] })
}
