// npm run check:models -- weights [NAME …] [native wasm reference]: weights of torchvision's networks in the library's own, compared with what
// PyTorch computes. `timm/NAME` where timm is installed.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formats, models, tensor, useBackend } from 'convoke'
import { loadPyTorchWeights } from 'convoke/node'
import { differenceOf } from './difference.js'

const script = fileURLToPath(new URL('weights.py', import.meta.url))
const tolerance = 1e-4

const usual = [
  ...['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152', 'wide_resnet50_2', 'wide_resnet101_2'],
  ...['resnext50_32x4d', 'resnext101_32x8d', 'resnext101_64x4d'],
  ...['vgg11', 'vgg13', 'vgg16', 'vgg19', 'vgg11_bn', 'vgg13_bn', 'vgg16_bn', 'vgg19_bn'],
  ...['mobilenet_v2', 'convnext_tiny', 'convnext_small', 'convnext_base', 'convnext_large'],
]

const read = (path) => formats.decodeNpy(path, readFileSync(path))

async function compare(base, name) {
  const known = models.architecture(name.replace(/^timm\//, ''))
  const model = models.build(known.name, known.options)
  try {
    const { names } = await loadPyTorchWeights(model, `${base}.safetensors`)
    const input = read(`${base}.in.npy`)
    const y = model.eval()(tensor(input.data, { shape: input.shape }))
    return { names, error: differenceOf(y.dataSync(), read(`${base}.out.npy`).data) }
  } finally {
    model.dispose()
  }
}

/** How many networks failed. */
export async function checkWeights(names, backends) {
  let failed = 0
  const folder = mkdtempSync(join(tmpdir(), 'convoke-weights-'))
  try {
    for (const name of names.length > 0 ? names : usual) {
      const python = spawnSync(process.env.CONVOKE_PYTHON ?? 'python3', [script, folder, name], { encoding: 'utf8' })
      if (python.status !== 0) {
        failed++
        const lines = (python.stderr ?? String(python.error)).trim().split('\n')
        console.log(`${name.padEnd(24)} PyTorch does not make it: ${lines[lines.length - 1]}`)
        continue
      }
      const base = join(folder, name.replaceAll('/', '-'))
      for (const backend of backends.length > 0 ? backends : ['native']) {
        await useBackend(backend)
        const line = await compare(base, name).then(
          ({ names: who, error }) => ({
            ok: error <= tolerance,
            text: `differs by ${error.toExponential(1)} (${who})`,
          }),
          (error) => ({ ok: false, text: error.message }),
        )
        if (!line.ok) failed++
        console.log(`${name.padEnd(24)} ${backend.padEnd(10)} ${line.ok ? 'agrees' : 'FAILS'}: ${line.text}`)
      }
      for (const end of ['safetensors', 'in.npy', 'out.npy']) rmSync(`${base}.${end}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return failed
}
