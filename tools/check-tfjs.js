// npm run check:models -- tfjs FOLDER|model.json … [native wasm reference]: models of TensorFlow.js, run here and by TensorFlow.js.
// Sizes such as 1x256x256x3 are given to its inputs in turn. Needs the benchmark's packages (npm ci --prefix bench), or those of CONVOKE_TFJS,
// another folder with a node_modules.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { randomUniform, scope, tensor, useBackend } from 'convoke'
import { graphModule } from 'convoke/graph'
import { readTfjs } from 'convoke/node'

/** Largest difference over largest value. */
const tolerance = 1e-3

const isModel = (path) => {
  if (!path.endsWith('.json')) return false
  const text = readFileSync(path, 'utf8')
  return text.includes('"modelTopology"') && text.includes('"weightsManifest"')
}

/** All models in a folder and those in it. */
const modelsIn = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { withFileTypes: true })
        .sort((a, b) => a.name.localeCompare(b.name))
        .flatMap((entry) => {
          const own = join(path, entry.name)
          return entry.isDirectory() ? modelsIn(own) : isModel(own) ? [own] : []
        })
    : [path]

/** Lengths that a model leaves open: one example, pictures of 256 × 256 with 3 channels. */
const plausible = (shape) =>
  (shape ?? [1, 256, 256, 3]).map((length, axis, all) =>
    typeof length === 'number' && length > 0 ? length : axis === 0 ? 1 : all.length === 4 ? (axis === 3 ? 3 : 256) : 16,
  )

function differenceOf(found, expected) {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  let [worst, largest] = [0, 1e-6]
  expected.forEach((value, i) => {
    const difference = Object.is(found[i], value) ? 0 : Math.abs(found[i] - value)
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value))
  })
  return worst / largest
}

/** Reads a model and its shards from a folder, as TensorFlow.js asks for them. */
function handlerFor(path) {
  const file = JSON.parse(readFileSync(path, 'utf8'))
  const shards = file.weightsManifest.flatMap(({ paths }) => paths)
  const bytes = Buffer.concat(shards.map((shard) => readFileSync(join(dirname(path), shard))))
  return {
    format: file.format ?? (Array.isArray(file.modelTopology.node) ? 'graph-model' : 'layers-model'),
    load: async () => ({
      ...{ modelTopology: file.modelTopology, format: file.format, generatedBy: file.generatedBy },
      ...{ convertedBy: file.convertedBy, signature: file.signature, userDefinedMetadata: file.userDefinedMetadata },
      ...{ modelInitializer: file.modelInitializer, initializerSignature: file.initializerSignature },
      weightSpecs: file.weightsManifest.flatMap(({ weights }) => weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    }),
  }
}

async function compare(tf, path, sizes) {
  const model = graphModule(await readTfjs(path)).eval()
  const { inputs, outputs } = model.graph
  const given = inputs.map(({ type, shape }, i) => {
    const lengths = sizes[i] ?? plausible(shape)
    const x = scope(() =>
      randomUniform(lengths, { seed: 1 + i, low: type === 'int32' ? 0 : -1, high: type === 'int32' ? 100 : 1 }),
    )
    // A number by itself is a share or a factor.
    const numbers = lengths.length === 0 ? [0.5] : x.dataSync()
    return {
      lengths,
      numbers:
        type === 'float32'
          ? numbers
          : type === 'bool'
            ? Array.from(numbers, (n) => (n > 0 ? 1 : 0))
            : Int32Array.from(numbers),
      type,
    }
  })
  const handler = handlerFor(path)
  const theirs =
    handler.format === 'layers-model' ? await tf.loadLayersModel(handler) : await tf.loadGraphModel(handler)
  const tensors = given.map(({ lengths, numbers, type }) => tf.tensor(numbers, lengths, type))
  let results
  if (handler.format === 'layers-model') results = theirs.predict(tensors.length === 1 ? tensors[0] : tensors)
  else {
    const feed = Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]))
    const names = theirs.outputNodes.length > 0 ? theirs.outputNodes : undefined
    try {
      results = theirs.execute(feed, names)
    } catch {
      // Control flow and outputs of unknown length.
      results = await theirs.executeAsync(feed, names)
    }
  }
  const expected = Array.isArray(results) ? results : [results]
  const began = performance.now()
  const found = scope(() => {
    const own = model.run(
      Object.fromEntries(
        inputs.map(({ name, type }, i) => [name, tensor(given[i].numbers, { shape: given[i].lengths, dtype: type })]),
      ),
    )
    return outputs.map(({ name }) => ({ shape: own[name].shape, numbers: own[name].dataSync() }))
  })
  const took = performance.now() - began
  const errors = await Promise.all(
    expected.map(async (other, i) => {
      const shapes = other.shape.join('×') === found[i].shape.join('×')
      if (!shapes)
        return {
          error: Number.POSITIVE_INFINITY,
          text: `output ${i} is ${found[i].shape.join('×')}, theirs ${other.shape.join('×')}`,
        }
      return { error: differenceOf(found[i].numbers, Array.from(await other.data())), text: '' }
    }),
  )
  model.dispose()
  theirs.dispose()
  const worst = errors.reduce((a, b) => (b.error > a.error ? b : a), { error: 0, text: '' })
  return { ...worst, took, shape: given.map(({ lengths }) => lengths.join('×')).join(' ') }
}

/** Checks models one after another; gives how many do not agree. */
export async function checkTfjs(asked) {
  const backends = ['native', 'wasm', 'reference']
  const chosen = asked.filter((name) => backends.includes(name))
  const isSize = (name) => name === 'scalar' || /^\d+(x\d+)*$/.test(name)
  const sizes = asked.filter(isSize).map((size) => (size === 'scalar' ? [] : size.split('x').map(Number)))
  const paths = asked.filter((name) => !backends.includes(name) && !isSize(name)).flatMap((path) => modelsIn(path))
  const home = resolve(process.env.CONVOKE_TFJS ?? new URL('../bench', import.meta.url).pathname)
  const need = createRequire(join(home, 'package.json'))
  const [core, , converter, layers] = ['core', 'backend-cpu', 'converter', 'layers'].map((name) =>
    need(`@tensorflow/tfjs-${name}`),
  )
  await core.setBackend('cpu')
  const tf = {
    tensor: core.tensor,
    loadGraphModel: (handler) => converter.loadGraphModel(handler),
    loadLayersModel: (handler) => layers.loadLayersModel(handler),
  }
  let failed = 0
  for (const path of paths) {
    for (const backend of chosen.length > 0 ? chosen : ['native']) {
      await useBackend(backend)
      const line = await compare(tf, path, sizes).then(
        ({ error, text, took, shape }) => ({
          ok: error <= tolerance,
          text: `${shape} ${Math.round(took)} ms, differs by ${error.toExponential(1)} ${text}`,
        }),
        (error) => ({ ok: false, text: process.env.CONVOKE_TRACE ? error.stack : error.message }),
      )
      if (!line.ok) failed++
      console.log(
        `${relative('.', path).slice(-40).padEnd(40)} ${backend.padEnd(9)} ${line.ok ? 'agrees' : 'FAILS'}: ${line.text}`,
      )
    }
  }
  console.log(`${paths.length} models, ${failed} that do not agree`)
  return failed
}
