// npm run check:models [-- NAME … | FILE.onnx …] [native wasm reference]: networks that PyTorch exports, run here and compared with what
// PyTorch computes; or model files, compared with onnxruntime-node at two sizes where they leave lengths open. NAME=VALUE after a file
// fills an input with a number (else: floats from −1 to 1, whole numbers from 0 to 9), NAME:1x512 gives its shape.
// `weights` before the names: weights of torchvision's networks in the library's own.
// npm run check:models -- tfjs FOLDER|model.json …: models of TensorFlow.js, compared with TensorFlow.js (tools/check-tfjs.js).
// `paddle-finetune FOLDER`, `ocr FOLDER`: PaddleOCR's models trained, and put to read (models/paddle.js).
// `operators`: single operators on drawn numbers, compared with onnxruntime-node.
// `export` before the names: the library's own networks, exported and compared with onnxruntime-node at two batch sizes.
// Needs a Python with torch and torchvision (Debian: python3-torch, python3-torchvision; CONVOKE_PYTHON names another than python3), or
// the benchmark's packages (npm ci --prefix bench).

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cast, formats, full, randomUniform, scope, tensor, useBackend } from 'convoke'
import { graphModule } from 'convoke/graph'
import { readOnnx } from 'convoke/node'
import { differenceOf } from './models/difference.js'
import { checkExports } from './models/exported.js'
import { checkOperators } from './models/operators.js'
import { paddleFinetune, readLines } from './models/paddle.js'
import { checkWeights } from './models/weights.js'

/** Largest difference over largest value: beside PyTorch, beside onnxruntime. */
const tolerance = 1e-4
const ofFiles = 1e-3

const script = fileURLToPath(new URL('models/export.py', import.meta.url))
const backends = ['native', 'wasm', 'reference']
const asked = process.argv.slice(2)
const chosen = asked.filter((name) => backends.includes(name))
const files = asked.filter((name) => name.endsWith('.onnx'))
const [fills, sizes] = [/^([^=]+)=(-?[\d.]+)$/, /^(.+):(\d*(?:x\d+)*)$/].map(
  (form) =>
    new Map(
      asked.flatMap((word) => {
        const found = form.exec(word)
        return found === null ? [] : [[found[1], found[2]]]
      }),
    ),
)
const isSetting = (word) => /^[^=]+=-?[\d.]+$/.test(word) || /^.+:\d*(?:x\d+)*$/.test(word)
const names = asked.filter((name) => !backends.includes(name) && !files.includes(name) && !isSetting(name))

if (names[0] === 'paddle-finetune' || names[0] === 'ocr') {
  const [what, assets] = names
  process.exit((await (what === 'ocr' ? readLines : paddleFinetune)(assets)) > 0 ? 1 : 0)
}
if (names[0] === 'weights') {
  process.exit((await checkWeights(names.slice(1), chosen)) > 0 ? 1 : 0)
}
if (names[0] === 'operators') {
  process.exit((await checkOperators(names.slice(1), chosen)) > 0 ? 1 : 0)
}
if (names[0] === 'export') {
  process.exit((await checkExports(names.slice(1), chosen)) > 0 ? 1 : 0)
}

/** What `export.py` makes when no network is named. */
const usual = ['resnet18', 'mobilenet_v2', 'vgg11_bn', 'unet', 'lstm', 'attention']

const read = (path) => formats.decodeNpy(path, readFileSync(path))

async function compare(folder, name) {
  const model = graphModule(await readOnnx(join(folder, `${name}.onnx`)), { layout: 'as-written' }).eval()
  const input = read(join(folder, `${name}.in.npy`))
  const expected = read(join(folder, `${name}.out.npy`))
  const found = scope(() => {
    const results = model.run({ input: tensor(input.data, { shape: input.shape, dtype: input.dtype }) })
    return Object.values(results)[0].dataSync()
  })
  model.dispose()
  return differenceOf(found, expected.data)
}

/** Two shapes for an input of a file: lengths that it leaves open differ. */
const shapesFor = ({ name, shape }) =>
  [160, 224].map((length) => {
    const said = sizes.get(name)
    if (said !== undefined) return said === '' ? [] : said.split('x').map(Number)
    return (shape ?? []).map((size, axis) =>
      typeof size === 'number' && size > 0 ? size : axis === 0 ? 1 : length + 32 * (axis % 2),
    )
  })

/** An input's numbers: here, and in the type that onnxruntime wants. */
function drawn({ name, type }, shape, seed) {
  const fill = fills.get(name)
  if (type === 'float32') {
    const x = fill === undefined ? randomUniform(shape, { seed, low: -1, high: 1 }) : full(shape, Number(fill))
    return { x, theirs: x.dataSync() }
  }
  const x =
    fill === undefined
      ? cast(randomUniform(shape, { seed, low: 0, high: 10 }), 'int32')
      : full(shape, Number(fill), 'int32')
  const list = Array.from(x.dataSync())
  const kinds = { int32: Int32Array, uint8: Uint8Array, int8: Int8Array, bool: Uint8Array }
  return { x, theirs: type === 'int64' ? BigInt64Array.from(list, BigInt) : kinds[type].from(list) }
}

async function* alongside(path) {
  const ort = createRequire(new URL('../bench/package.json', import.meta.url))('onnxruntime-node')
  const model = graphModule(await readOnnx(path), { layout: 'as-written' }).eval()
  const session = await ort.InferenceSession.create(path)
  const { inputs } = model.graph
  const shapes = inputs.map(shapesFor)
  for (const turn of [0, 1]) {
    const values = inputs.map((port, i) => drawn(port, shapes[i][turn], 1 + i))
    const given = (make) => Object.fromEntries(inputs.map((port, i) => [port.name, make(values[i], port, i)]))
    const theirs = await session.run(given(({ theirs }, { type }, i) => new ort.Tensor(type, theirs, shapes[i][turn])))
    const mine = model.run(given(({ x }) => x))
    const each = model.graph.outputs.map(({ name }) => differenceOf(mine[name].dataSync(), theirs[name].data))
    yield { text: shapes.map((of) => of[turn].join('×')).join(' '), error: each.reduce((a, b) => Math.max(a, b), 0) }
  }
  model.dispose()
}

if (asked[0] === 'tfjs') {
  const { checkTfjs } = await import('./check-tfjs.js')
  process.exit((await checkTfjs(asked.slice(1))) > 0 ? 1 : 0)
}

let failed = 0
for (const path of files) {
  for (const backend of chosen.length > 0 ? chosen : ['native']) {
    await useBackend(backend)
    for await (const { text, error } of alongside(path)) {
      const agrees = error <= ofFiles
      if (!agrees) failed++
      console.log(`${path} ${text} ${backend} ${agrees ? 'agrees' : 'FAILS'}: differs by ${error.toExponential(1)}`)
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'convoke-models-'))
try {
  for (const name of names.length > 0 || files.length > 0 ? names : usual) {
    const python = spawnSync(process.env.CONVOKE_PYTHON ?? 'python3', [script, folder, name], { encoding: 'utf8' })
    if (python.status !== 0) {
      failed++
      const lines = (python.stderr ?? String(python.error)).trim().split('\n')
      console.log(`${name.padEnd(24)} PyTorch does not export it: ${lines[lines.length - 1]}`)
      continue
    }
    for (const backend of chosen.length > 0 ? chosen : ['native']) {
      await useBackend(backend)
      const line = await compare(folder, name).then(
        (error) => ({ ok: error <= tolerance, text: `differs by ${error.toExponential(1)}` }),
        (error) => ({ ok: false, text: error.message }),
      )
      if (!line.ok) failed++
      console.log(`${name.padEnd(24)} ${backend.padEnd(10)} ${line.ok ? 'agrees' : 'FAILS'}: ${line.text}`)
    }
    for (const end of ['onnx', 'in.npy', 'out.npy']) rmSync(join(folder, `${name}.${end}`))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed > 0 ? 1 : 0
