// npm run check:models -- operators: single operators on drawn numbers, beside onnxruntime-node.

import { createRequire } from 'node:module'
import { randomUniform, tensor, useBackend } from 'convoke'
import { encodeOnnx, graphModule } from 'convoke/graph'
import { differenceOf } from './difference.js'

/** Largest difference over largest value. Scales are such that no mean lies halfway between two steps: either would be right. */
const tolerance = 2e-5

let seed = 0
/** Numbers from −1 to 1. */
const floats = (...shape) => ({ type: 'float32', shape, values: drawn(shape, -1, 1) })
const bytes = (type, ...shape) => {
  const [low, high] = type === 'int8' ? [-128, 128] : [0, 256]
  const made = type === 'int8' ? Int8Array : Uint8Array
  return { type, shape, values: made.from(drawn(shape, low, high), Math.floor) }
}
const int32 = (list, shape = [list.length]) => ({ type: 'int32', shape, values: Int32Array.from(list) })
const int64 = (list, shape = [list.length]) => ({ type: 'int64', shape, values: BigInt64Array.from(list, BigInt) })
const scalar = (value) => ({ type: 'float32', shape: [], values: Float32Array.of(value) })
const zero = (type, value) => ({ type, shape: [], values: (type === 'int8' ? Int8Array : Uint8Array).of(value) })
const small = (...shape) => ({ type: 'int32', shape, values: Int32Array.from(drawn(shape, -500, 500)) })
const drawn = (shape, low, high) =>
  randomUniform(shape.length === 0 ? [1] : shape, { seed: ++seed, low, high }).dataSync()

const ms = 'com.microsoft'
const quantized = (type) =>
  [
    [
      'QGemm',
      [
        bytes(type, 3, 5),
        scalar(0.02),
        zero(type, 7),
        bytes(type, 5, 4),
        scalar(0.03),
        zero(type, 3),
        small(4),
        scalar(0.9),
        zero(type, 5),
      ],
      {},
    ],
    [
      'QGemm',
      [
        bytes(type, 5, 3),
        scalar(0.02),
        zero(type, 7),
        bytes('int8', 4, 5),
        floats(4),
        { type: 'int8', shape: [4], values: Int8Array.of(1, 0, -2, 3) },
        small(3, 4),
      ],
      { transA: 1, transB: 1, alpha: 0.5 },
    ],
    [
      'QLinearAveragePool',
      [bytes(type, 2, 3, 7, 8), scalar(0.1), zero(type, 9), scalar(0.0837), zero(type, 20)],
      { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] },
    ],
    [
      'QLinearAveragePool',
      [bytes(type, 2, 3, 7, 8), scalar(0.1), zero(type, 9), scalar(0.0837), zero(type, 20)],
      { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
    ],
    [
      'QLinearAveragePool',
      [bytes(type, 2, 7, 8, 3), scalar(0.1), zero(type, 9), scalar(0.0837), zero(type, 20)],
      { kernel_shape: [2, 2], strides: [2, 2], channels_last: 1 },
    ],
    [
      'QLinearConcat',
      [
        scalar(0.1),
        zero(type, 4),
        bytes(type, 2, 3),
        scalar(0.2),
        zero(type, 8),
        bytes(type, 2, 2),
        scalar(0.05),
        zero(type, 1),
      ],
      { axis: 1 },
    ],
  ].map(([operator, inputs, attributes]) => ({ operator, domain: ms, inputs, attributes, title: type }))

const projected = [
  { mask: null, attributes: {} },
  { mask: null, attributes: { unidirectional: 1 } },
  { mask: int32([3, 4]), attributes: {} },
  { mask: null, past: floats(2, 2, 2, 3, 4), attributes: { unidirectional: 1 } },
].map(({ mask, past = null, attributes }) => ({
  operator: 'QAttention',
  ...{ domain: ms, outputs: past === null ? 1 : 2, attributes: { num_heads: 2, ...attributes } },
  inputs: [
    bytes('uint8', 2, 4, 6),
    bytes('int8', 6, 24),
    floats(24),
    scalar(0.01),
    scalar(0.02),
    mask,
    zero('uint8', 120),
    zero('int8', 2),
    past,
  ],
}))

/** Tables of cosines and sines, as angles of ordinary models. */
const angles = (steps, half) => {
  const angle = (at) => Math.floor(at / half) / 10 ** ((2 * (at % half)) / half)
  const table = (f) => ({
    type: 'float32',
    shape: [steps, half],
    values: Float32Array.from({ length: steps * half }, (_, at) => f(angle(at))),
  })
  return [table(Math.cos), table(Math.sin)]
}
const grouped = [
  { title: 'prompt', steps: 5, total: 5, last: [4, 4] },
  { title: 'prompt, packed', steps: 5, total: 5, last: [4, 4], packed: true, attributes: { do_rotary: 1 } },
  { title: 'a step, lengths apart', steps: 1, held: 6, total: 7, last: [6, 3], attributes: { do_rotary: 1 } },
  {
    title: 'a step, in neighbours',
    steps: 1,
    held: 6,
    total: 7,
    last: [6, 3],
    attributes: { do_rotary: 1, rotary_interleaved: 1, softcap: 0.7 },
  },
  { title: 'a window', steps: 7, total: 7, last: [6, 6], attributes: { local_window_size: 3 } },
  { title: 'a step, a window', steps: 1, held: 8, total: 9, last: [8, 5], attributes: { local_window_size: 3 } },
  { title: 'a bias', steps: 5, total: 5, last: [4, 4], bias: floats(2, 1, 5, 5) },
  { title: 'a smooth softmax', steps: 5, total: 5, last: [4, 4], attributes: { smooth_softmax: 1, scale: 0.4 } },
  { title: 'a sink a head', steps: 5, total: 5, last: [4, 4], sink: true },
  { title: 'a longer cache', steps: 1, held: 12, total: 7, last: [6, 6] },
  { title: 'further steps', batch: 1, steps: 3, held: 4, total: 7, last: [6], attributes: { do_rotary: 1 } },
].map(({ title, batch = 2, steps, total, last, held = 0, packed = false, bias, sink = false, attributes = {} }) => {
  const [heads, groups, size] = [4, 2, 16]
  const own = packed
    ? [floats(batch, steps, (heads + 2 * groups) * size), null, null]
    : [floats(batch, steps, heads * size), floats(batch, steps, groups * size), floats(batch, steps, groups * size)]
  const cache = () => (held === 0 ? null : floats(batch, groups, held, size))
  const [cos, sin] = attributes.do_rotary === 1 ? angles(16, size / 2) : [null, null]
  const inputs = [...own, cache(), cache(), int32(last), int32([total], []), cos, sin]
  if (bias !== undefined) inputs.push(null, bias)
  if (sink) inputs.push(null, null, floats(heads))
  return {
    operator: 'GroupQueryAttention',
    title,
    domain: ms,
    outputs: 3,
    inputs,
    attributes: { num_heads: heads, kv_num_heads: groups, ...attributes },
  }
})

const scattered = [
  { attributes: {} },
  { places: [1, 3], attributes: {} },
  { places: [5, 3], attributes: { mode: 'circular', axis: 1 }, rank: 3 },
].map(({ places, attributes, rank = 4 }) => ({
  operator: 'TensorScatter',
  ...{ domain: '', attributes },
  inputs:
    rank === 4
      ? [floats(2, 3, 6, 4), floats(2, 3, 2, 4), places && int64(places)]
      : [floats(2, 6, 4), floats(2, 3, 4), places && int64(places)],
}))

const cases = [...quantized('uint8'), ...quantized('int8'), ...projected, ...grouped, ...scattered]

const typed = (value) =>
  typeof value === 'string'
    ? { type: 'string', value }
    : Array.isArray(value)
      ? { type: 'ints', value }
      : Number.isInteger(value)
        ? { type: 'int', value }
        : { type: 'float', value }
/** Attributes that are floats even where the number is whole. */
const real = ['alpha', 'scale', 'softcap']

function modelOf({ operator, domain, inputs, outputs = 1, attributes }) {
  const given = inputs.flatMap((one, i) => (one ? [{ ...one, name: `input${i}` }] : []))
  const node = {
    ...{ name: '', operator, domain, inputs: inputs.map((one, i) => (one ? `input${i}` : '')) },
    outputs: Array.from({ length: outputs }, (_, i) => `output${i}`),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        real.includes(name) ? { type: 'float', value } : typed(value),
      ]),
    ),
  }
  const model = {
    ...{ irVersion: 10, producer: 'convoke', opsets: { '': 24, [ms]: 1 }, functions: [], metadata: {} },
    graph: {
      ...{ name: operator, nodes: [node], initializers: [], values: [] },
      inputs: given.map(({ name, type, shape }) => ({ name, type: { kind: 'tensor', type, shape } })),
      outputs: node.outputs.map((name) => ({ name, type: null })),
    },
  }
  return { model, given }
}

const tensorOf = ({ type, shape, values }) => {
  const dtype = type === 'float32' || type === 'uint8' ? type : 'int32'
  return tensor(dtype === 'int32' ? Int32Array.from(values, Number) : values, { shape, dtype })
}

/** Gives how many do not agree. */
export async function checkOperators(names, backends) {
  const ort = createRequire(new URL('../../bench/package.json', import.meta.url))('onnxruntime-node')
  let failed = 0
  const chosen = cases.filter(({ operator }) => names.length === 0 || names.includes(operator))
  for (const backend of backends.length > 0 ? backends : ['native']) {
    await useBackend(backend)
    for (const one of chosen) {
      const { model, given } = modelOf(one)
      const what = `${one.operator}${one.title === undefined ? '' : `, ${one.title}`}`.padEnd(44)
      try {
        const session = await ort.InferenceSession.create(encodeOnnx(model), { logSeverityLevel: 3 })
        const feeds = Object.fromEntries(
          given.map(({ name, type, shape, values }) => [name, new ort.Tensor(type, values, shape)]),
        )
        const theirs = await session.run(feeds)
        const module = graphModule(model, { layout: 'as-written' }).eval()
        const mine = module.run(Object.fromEntries(given.map((input) => [input.name, tensorOf(input)])))
        const errors = Object.keys(mine).map((name) =>
          mine[name].shape.join() === theirs[name].dims.join()
            ? differenceOf(mine[name].dataSync(), theirs[name].data)
            : Number.POSITIVE_INFINITY,
        )
        const error = errors.reduce((a, b) => Math.max(a, b), 0)
        if (!(error <= tolerance)) failed++
        console.log(
          `${what} ${backend} ${error <= tolerance ? 'agrees' : 'FAILS'}: ${errors.map((e) => e.toExponential(1)).join(', ')}`,
        )
      } catch (error) {
        failed++
        console.log(`${what} ${backend} FAILS: ${error.message.split('\n')[0]}`)
      }
    }
  }
  return failed
}
