// npm run check:models [-- NAME …]: networks that PyTorch exports, run here and compared with what PyTorch computes.
// Needs a Python with torch and torchvision (Debian: python3-torch, python3-torchvision); CONVOKE_PYTHON names another than python3.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formats, scope, tensor, useBackend } from 'convoke'
import { graphModule } from 'convoke/graph'
import { readOnnx } from 'convoke/node'

/** Largest difference over largest value. */
const tolerance = 1e-4

const script = fileURLToPath(new URL('models/export.py', import.meta.url))
const backends = ['native', 'wasm', 'reference']
const asked = process.argv.slice(2)
const chosen = asked.filter((name) => backends.includes(name))
const names = asked.filter((name) => !backends.includes(name))

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
  let [worst, largest] = [0, 0]
  expected.data.forEach((value, i) => {
    const difference = Math.abs(found[i] - value)
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    largest = Math.max(largest, Math.abs(value))
  })
  return worst / largest
}

const folder = mkdtempSync(join(tmpdir(), 'convoke-models-'))
let failed = 0
try {
  for (const name of names.length > 0 ? names : usual) {
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
