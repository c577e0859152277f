// `convoke finetune MODEL.onnx`.

import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { tensor } from 'convoke'
import { decodeOnnx, encodeOnnx, graphModule, type OnnxModel } from 'convoke/graph'
import { describe, expect, it } from 'vitest'
import { digitFiles, folderWith } from '../../test/data-files.ts'
import { convoke, words } from '../../test/run.ts'

const run = (cwd: string, line: string) => convoke(cwd, ...words(line))

const ramp = (count: number, scale: number) =>
  Float32Array.from({ length: count }, (_, i) => (((i * 37) % 19) - 9) * scale)

/** Convolution, ReLU, mean, four classes, softmax; pictures of any size. */
const model: OnnxModel = {
  ...{ irVersion: 8, producer: 'test', opsets: { '': 17 }, functions: [], metadata: {} },
  graph: {
    name: 'g',
    values: [],
    inputs: [{ name: 'x', type: { kind: 'tensor', type: 'float32', shape: ['n', 3, 'h', 'w'] } }],
    outputs: [{ name: 'y', type: { kind: 'tensor', type: 'float32', shape: ['n', 4] } }],
    nodes: [
      ['Conv', ['x', 'conv.weight', 'conv.bias'], 'c', { pads: { type: 'ints', value: [1, 1, 1, 1] } }],
      ['Relu', ['c'], 'r', {}],
      ['GlobalAveragePool', ['r'], 'p', {}],
      ['Flatten', ['p'], 'f', {}],
      ['Gemm', ['f', 'fc.weight', 'fc.bias'], 's', { transB: { type: 'int', value: 1 } }],
      ['Softmax', ['s'], 'y', {}],
    ].map(([operator, inputs, output, attributes]) => ({
      ...{ name: `/${operator}`, operator, domain: '', inputs, outputs: [output], attributes },
    })) as OnnxModel['graph']['nodes'],
    initializers: [
      { name: 'conv.weight', type: 'float32', shape: [8, 3, 3, 3], values: ramp(216, 0.05) },
      { name: 'conv.bias', type: 'float32', shape: [8], values: ramp(8, 0.1) },
      { name: 'fc.weight', type: 'float32', shape: [4, 8], values: ramp(32, 0.1) },
      { name: 'fc.bias', type: 'float32', shape: [4], values: ramp(4, 0.1) },
    ],
  },
}

describe('finetune with a model file', () => {
  it('makes a run that is used, goes on, and becomes a model file again', async () => {
    const cwd = await folderWith({ ...(await digitFiles(8)), 'm.onnx': Buffer.from(encodeOnnx(model)) })
    const start = 'finetune m.onnx --data digits/ --size 16 --mean 0.5 --std 0.25 --epochs 2 --threads 1'
    const tuned = await run(cwd, `${start} --freeze conv.* --out tuned`)
    expect([tuned.code, tuned.stderr]).toEqual([0, ''])
    expect(tuned.stdout).toContain('starts from m.onnx; new for 3 classes: fc.weight, fc.bias; frozen: conv.*')
    for (const line of [
      'evaluate tuned --json',
      'predict tuned/best.safetensors digits/one --json',
      'inspect tuned --input 1x16x16x3',
    ])
      expect((await run(cwd, line)).code, line).toBe(0)
    expect(await readFile(join(cwd, 'tuned/report.html'), 'utf8')).toContain('Feature maps')
    const saved = JSON.parse(await readFile(join(cwd, 'tuned/config.json'), 'utf8'))
    expect(saved.picture).toMatchObject({
      height: 16,
      width: 16,
      mean: [0.5, 0.5, 0.5],
      deviation: [0.25, 0.25, 0.25],
      crop: 1,
    })
    expect((await run(cwd, 'convert tuned out.onnx')).code).toBe(0)
    const out = decodeOnnx(await readFile(join(cwd, 'out.onnx')))
    const weight = (name: string) => out.graph.initializers.find((one) => one.name === name)
    // What was frozen is what it was; the head is for three classes.
    expect(weight('conv.weight')?.values).toEqual(ramp(216, 0.05))
    expect(weight('fc.weight')?.shape).toEqual([3, 8])
    await writeFile(join(cwd, 'a.txt'), '')
    const predicted = JSON.parse((await run(cwd, 'predict tuned digits/one --top 3 --json')).stdout).predictions
    const flags = '--size 16 --mean 0.5 --std 0.25 --top 3 --json'
    const classes = ['one', 'two', 'zero']
    await writeFile(join(cwd, 'labels.txt'), `${classes.join('\n')}\n`)
    const direct = JSON.parse(
      (await run(cwd, `predict out.onnx digits/one --labels labels.txt ${flags}`)).stdout,
    ).predictions
    expect(direct.map(({ predictions }: { predictions: { class: string }[] }) => predictions[0].class)).toEqual(
      predicted.map(({ predictions }: { predictions: { class: string }[] }) => predictions[0].class),
    )
    // The file says how its pictures are made ready, and which classes they are of.
    const onward = await run(cwd, 'finetune out.onnx --data digits/ --epochs 1 --threads 1 --out onward')
    expect([onward.code, onward.stderr]).toEqual([0, ''])
    const { mean, deviation, height } = saved.picture
    expect(JSON.parse(await readFile(join(cwd, 'onward/config.json'), 'utf8')).picture).toMatchObject({
      mean,
      deviation,
      height,
    })
    expect((await run(cwd, 'train --resume --out tuned --epochs 3')).code).toBe(0)
    const adapted = await run(cwd, `${start} --adapters 2 --out adapted`)
    expect([adapted.code, adapted.stderr]).toEqual([0, ''])
    expect((await run(cwd, 'convert adapted adapted.onnx')).code).toBe(0)
    expect((await run(cwd, 'finetune tuned --data digits/ --epochs 1 --threads 1 --out again')).code).toBe(0)
  })

  it('keeps all layers where labels say that the classes are the same', async () => {
    const cwd = await folderWith({
      ...(await digitFiles(4)),
      'm.onnx': Buffer.from(encodeOnnx(model)),
      'l.txt': 'zero\none\ntwo\nthree\n',
    })
    const three = await run(
      cwd,
      'finetune m.onnx --data digits/ --size 16 --labels l.txt --epochs 1 --threads 1 --out a',
    )
    expect(three.stdout).toContain('new for 3 classes')
    expect((await run(cwd, 'finetune a --data digits/ --epochs 1 --threads 1 --out b')).stdout).not.toContain('new for')
  })

  it('refuses what it cannot know or use', async () => {
    const cwd = await folderWith({ ...(await digitFiles(4)), 'm.onnx': Buffer.from(encodeOnnx(model)), 'l.txt': 'a\n' })
    const why = async (line: string) => (await run(cwd, line)).stderr
    expect(await why('finetune m.onnx --data digits/')).toContain('takes pictures of any size. Say which: --size 224.')
    expect(await why('finetune m.onnx --data digits/ --size 16 --labels l.txt')).toContain(
      'there are 1 labels for 4 classes',
    )
    expect(await why('finetune m.onnx --data digits/ --size 16 --mean 1,2')).toContain(
      'mean has 2 numbers for 3 channels',
    )
    expect(await why('finetune gone.onnx --data digits/ --size 16')).toContain('gone.onnx')
  })

  // The benchmark's packages: npm ci --prefix bench.
  const place = new URL('../../../../bench/package.json', import.meta.url)
  const found = existsSync(new URL('node_modules/onnxruntime-node', place))
  if (!found) console.warn('skipped: a fine-tuned model beside onnxruntime; npm ci --prefix bench installs it')
  it.skipIf(!found)('writes what onnxruntime computes alike', async () => {
    const ort = createRequire(place)('onnxruntime-node')
    const cwd = await folderWith({ ...(await digitFiles(4)), 'm.onnx': Buffer.from(encodeOnnx(model)) })
    await run(cwd, 'finetune m.onnx --data digits/ --size 16 --epochs 1 --threads 1 --out a')
    await run(cwd, 'convert a out.onnx')
    const bytes = await readFile(join(cwd, 'out.onnx'))
    const x = ramp(2 * 3 * 16 * 16, 0.1)
    const session = await ort.InferenceSession.create(bytes)
    const { y } = await session.run({ x: new ort.Tensor('float32', x, [2, 3, 16, 16]) })
    const mine = graphModule(decodeOnnx(bytes), { layout: 'as-written' }).eval()
    const own = mine(tensor(x, { shape: [2, 3, 16, 16] })).dataSync()
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(y.data[i], 5)
    })
  })
})
