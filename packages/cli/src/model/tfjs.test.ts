// Models of TensorFlow.js on the command line.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formats, tensor } from 'convoke'
import { decodeOnnx, graphModule } from 'convoke/graph'
import { loadModel } from 'convoke/node'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { smallTfjs } from '../../test/model.ts'
import { convoke, folder, words } from '../../test/run.ts'

async function prepared(): Promise<string> {
  const cwd = await folder()
  const { json, shard } = smallTfjs()
  await writeFile(join(cwd, 'model.json'), json)
  await writeFile(join(cwd, 'group1-shard1of1.bin'), shard)
  return cwd
}

it('shows what a model.json is made of', async () => {
  const cwd = await prepared()
  const { code, stdout } = await convoke(cwd, ...words('inspect model.json --input 1x6x4x3 --json'))
  expect(code).toBe(0)
  const report = JSON.parse(stdout)
  expect(report.unsupported).toEqual([])
  expect(report.parameters).toBe(9 * 3 * 8 + 8 + 16 + 2)
  // 3 × 2 places of 8 filters with 27 taps, and 8 × 2 products.
  expect(report.macs).toBe(6 * 8 * 27 + 16)
})

it('writes it as ONNX and as safetensors, which hold the same network', async () => {
  const cwd = await prepared()
  expect((await convoke(cwd, ...words('convert model.json out.onnx'))).code).toBe(0)
  expect((await convoke(cwd, ...words('convert model.json out.safetensors'))).code).toBe(0)
  const model = await loadModel(join(cwd, 'model.json'))
  const again = graphModule(decodeOnnx(await readFile(join(cwd, 'out.onnx'))))
  const x = tensor(
    Float32Array.from({ length: 48 }, (_, at) => Math.sin(at)),
    { shape: [1, 4, 4, 3] },
  )
  const [expected] = model(x).toArray() as number[][]
  const [found] = again(x).toArray() as number[][]
  expect(found[0]).toBeCloseTo(expected[0], 6)
  const { tensors } = formats.decodeSafetensors(await readFile(join(cwd, 'out.safetensors')))
  const shapes = Object.values(tensors).map(({ shape }) => shape.join('×'))
  expect(shapes.sort()).toEqual(['2', '3×3×3×8', '8', '8×2'])
})

it('ranks the classes of a picture by the chances that the network gives', async () => {
  const cwd = await prepared()
  const colour = { r: 51, g: 102, b: 204 }
  await sharp({ create: { width: 6, height: 4, channels: 3, background: colour } })
    .png()
    .toFile(join(cwd, 'blue.png'))
  const { code, stdout } = await convoke(cwd, ...words('predict model.json blue.png --json'))
  expect(code).toBe(0)
  const [{ predictions }] = JSON.parse(stdout).predictions
  const model = await loadModel(join(cwd, 'model.json'))
  const pixel = [colour.r / 255, colour.g / 255, colour.b / 255]
  const x = tensor(
    Float32Array.from({ length: 72 }, (_, at) => pixel[at % 3]),
    { shape: [1, 4, 6, 3] },
  )
  const chances = Array.from(model(x).dataSync())
  const best = chances[0] > chances[1] ? 0 : 1
  expect(predictions[0].class).toBe(String(best))
  expect(predictions[0].probability).toBeCloseTo(chances[best], 4)
})

it('says in words what is no model of TensorFlow.js', async () => {
  const cwd = await prepared()
  await writeFile(join(cwd, 'package.json'), '{"name": "x"}')
  const { code, stderr } = await convoke(cwd, ...words('inspect package.json'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/package\.json: .*modelTopology/)
})

it('is fine-tuned, as it is and written as ONNX', async () => {
  const cwd = await prepared()
  expect((await convoke(cwd, ...words('convert model.json model.onnx'))).code).toBe(0)
  for (let i = 0; i < 8; i++) {
    for (const [name, background] of Object.entries({
      red: { r: 200 + i, g: 20, b: 20 },
      blue: { r: 20, g: 20, b: 200 + i },
    })) {
      await mkdir(join(cwd, 'data', name), { recursive: true })
      await sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toFile(join(cwd, 'data', name, `${i}.png`))
    }
  }
  for (const model of ['model.json', 'model.onnx']) {
    const options = `--data data --size 16 --epochs 8 --learning-rate 0.05 --out ${model}-run --json`
    const tuned = await convoke(cwd, ...words(`finetune ${model} ${options}`))
    expect([tuned.code, JSON.parse(tuned.stdout).figures.accuracy]).toEqual([0, 1])
    const { stdout } = await convoke(cwd, ...words(`predict ${model}-run data/red/0.png data/blue/0.png --json`))
    const found = JSON.parse(stdout).predictions as { predictions: { class: string }[] }[]
    expect(found.map(({ predictions: [first] }) => first.class)).toEqual(['red', 'blue'])
  }
})
