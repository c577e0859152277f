// `convoke finetune OWNER/NAME`, against a hub on this machine.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { formats, models, transpose } from 'convoke'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digitFiles, folderWith } from '../../test/data-files.ts'
import { convokeWith, words } from '../../test/run.ts'

/** Names as timm writes them, told by rules of their own. */
const timmName = (name: string): string =>
  name
    .replace(/^stem\.conv/, 'conv1')
    .replace(/^stem\.norm/, 'bn1')
    .replace(/^stage(\d)/, 'layer$1')
    .replace(/body\.conv(\d)\.conv/, 'conv$1')
    .replace(/body\.conv(\d)\.norm/, 'bn$1')
    .replace(/shortcut\.conv/, 'downsample.0')
    .replace(/shortcut\.norm/, 'downsample.1')
    .replace(/^head/, 'fc')
    .replace(/\.scale$/, '.weight')
    .replace(/\.mean$/, '.running_mean')
    .replace(/\.variance$/, '.running_var')

/** Weights of a ResNet-18 for five classes, as timm writes them. */
async function weightsOfTimm(): Promise<Uint8Array> {
  const model = models.ResNet18({ classes: 5 }).initialize(3)
  const there = Object.entries(model.state()).map(([name, value]) => {
    const order = value.rank === 4 ? [3, 2, 0, 1] : value.rank === 2 ? [1, 0] : [0]
    return [timmName(name), value.rank === 1 ? value : transpose(value, order)] as const
  })
  return formats.encodeSafetensors(await formats.toHost(Object.fromEntries(there)))
}

const config = {
  architecture: 'resnet18',
  num_classes: 5,
  pretrained_cfg: {
    ...{
      input_size: [3, 64, 64],
      interpolation: 'bicubic',
      crop_pct: 0.8,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.3, 0.4],
    },
  },
}

let server: Server
let weights: Uint8Array
const asked: string[] = []
beforeAll(async () => {
  weights = await weightsOfTimm()
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url?.includes('/vit'))
      return void response.end(JSON.stringify({ architecture: 'vit_tiny_patch16_224' }))
    if (request.url?.endsWith('config.json')) return void response.end(JSON.stringify(config))
    if (request.url?.endsWith('model.safetensors')) return void response.end(weights)
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const run = (cwd: string, line: string, endpoint?: string) => {
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return convokeWith({ HF_ENDPOINT: endpoint ?? here, CONVOKE_DATA: join(cwd, 'cache') }, cwd, ...words(line))
}

describe('finetune with a model of the hub', () => {
  it('starts from its weights with a new head, and makes pictures ready as its configuration says', async () => {
    const cwd = await folderWith(await digitFiles(6))
    const line =
      'finetune timm/resnet18.a1_in1k --data digits/ --size 32 --epochs 1 --freeze "*" --augment none --threads 1'
    const first = await run(cwd, `${line} --out tuned`)
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toContain('new for 3 classes: head.weight, head.bias; frozen: *')
    expect(first.stdout).toContain('timm/resnet18.a1_in1k: resnet18, weights named as ResNet of torchvision and timm')
    const { tensors } = formats.decodeSafetensors(await readFile(join(cwd, 'tuned/best.safetensors')))
    const own = models.ResNet18({ classes: 5 }).initialize(3).state()
    const [after, before] = [tensors, await formats.toHost(own)].map(
      (all) => all['stage3.1.body.conv2.conv.weight'].data,
    )
    expect(Buffer.from(after.buffer).equals(Buffer.from(before.buffer))).toBe(true)
    expect(tensors['head.weight'].shape).toEqual([512, 3])
    const saved = JSON.parse(await readFile(join(cwd, 'tuned/config.json'), 'utf8'))
    expect(saved.picture).toEqual({
      ...{ height: 32, width: 32, channels: 3, mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 0.4], resized: true },
      ...{ crop: 0.8, interpolation: 'bicubic' },
    })
    expect(saved.fineTuning.from).toBe('timm/resnet18.a1_in1k')
    const count = asked.length
    // The files are in the cache: no network is asked again.
    const second = await run(cwd, `${line} --out again`, 'http://127.0.0.1:9')
    expect([second.code, second.stderr]).toEqual([0, ''])
    expect(asked.length).toBe(count)
    const best = (name: string) => readFile(join(cwd, name, 'best.safetensors'))
    const [a, b] = [await best('again'), await best('tuned')].map((bytes) => formats.decodeSafetensors(bytes).tensors)
    expect(Buffer.from(a['head.weight'].data.buffer).equals(Buffer.from(b['head.weight'].data.buffer))).toBe(true)
    expect((await run(cwd, 'evaluate tuned --json')).code).toBe(0)
  })

  it('sees the middle of a picture, in training and in use', async () => {
    const cwd = await folderWith(await digitFiles(6))
    await run(
      cwd,
      'finetune timm/a --data digits/ --size 32 --epochs 1 --freeze "*" --augment none --threads 1 --out tuned',
    )
    // 40 × 60: the middle 40 × 40 is scaled to 40 (32 / 0.8), and the middle 32 of that is seen.
    const pixels = Uint8Array.from({ length: 40 * 60 * 3 }, (_, i) => (i * 7919) % 251)
    const write = async (name: string, from: Uint8Array, left: number) => {
      const picture = sharp(from, { raw: { width: 60, height: 40, channels: 3 } })
      await picture
        .extract({ left, top: left === 0 ? 0 : 4, width: left === 0 ? 60 : 32, height: left === 0 ? 40 : 32 })
        .png()
        .toFile(join(cwd, name))
    }
    await write('whole.png', pixels, 0)
    await write('middle.png', pixels, 14)
    const around = pixels.map((value, i) => {
      const [x, y] = [Math.floor(i / 3) % 60, Math.floor(i / 180)]
      return x >= 14 && x < 46 && y >= 4 && y < 36 ? value : 0
    })
    await write('around.png', around, 0)
    const { predictions } = JSON.parse((await run(cwd, 'predict tuned whole.png around.png --top 3 --json')).stdout)
    const [whole, other] = predictions.map((one: { predictions: unknown }) => one.predictions)
    expect(other).toEqual(whole)
  })

  it('refuses networks that are not here with a list, and says without a network what to place where', async () => {
    const cwd = await folderWith(await digitFiles(6))
    const vit = await run(cwd, 'finetune timm/vit_tiny --data digits/')
    expect(vit.code).toBe(1)
    expect(vit.stderr).toMatch(
      /no network "vit_tiny_patch16_224" here\. Known from torchvision and timm: resnet18, .*ONNX/,
    )
    const off = await run(cwd, 'finetune timm/gone --data digits/', 'http://127.0.0.1:9')
    expect(off.code).toBe(1)
    expect(off.stderr).toContain(
      `timm/gone: there is no such file or folder here; of the hub: ${join(cwd, 'cache/models/timm/gone/main/config.json')} cannot be downloaded`,
    )
    expect(off.stderr).toContain(`place them in ${join(cwd, 'cache/models/timm/gone/main')}, and run this again`)
    await mkdir(join(cwd, 'runs'))
    expect((await run(cwd, 'finetune runs/gone --data digits/')).stderr).toBe(
      'convoke: runs/gone does not exist. Check the path.\n',
    )
    await writeFile(join(cwd, 'x'), '')
    expect((await run(cwd, 'finetune x --size 32 --data digits/')).code).toBe(2)
  })
})
