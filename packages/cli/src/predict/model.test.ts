// Models of other tools on the command line, held to what they compute by hand.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formats, randomNormal } from 'convoke'
import { decodeOnnx, encodeOnnx, graphModule } from 'convoke/graph'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { searchingModel, smallModel } from '../../test/model.ts'
import { convoke, folder, words } from '../../test/run.ts'

const run = (cwd: string, line: string) => convoke(cwd, ...words(line))
const colour = { r: 51, g: 102, b: 204 }

/** A folder with the model and a picture of one colour. */
async function prepared(): Promise<string> {
  const cwd = await folder()
  await writeFile(join(cwd, 'model.onnx'), smallModel())
  await sharp({ create: { width: 6, height: 4, channels: 3, background: colour } })
    .png()
    .toFile(join(cwd, 'blue.png'))
  return cwd
}

/** The chance of class 0 for a picture whose pixels all are `pixel`, worked out sum by sum; 4 × 6 of them, in steps of 2. */
function chanceOf(pixel: readonly number[]): number {
  const [w, b, h, hb] = [
    randomNormal([8, 3, 3, 3], { seed: 1 }),
    randomNormal([8], { seed: 2 }),
    randomNormal([2, 8], { seed: 3 }),
    randomNormal([2], { seed: 4 }),
  ].map((x) => x.dataSync())
  const pooled = Array.from({ length: 8 }, (_, o) => {
    let total = 0
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 3; x++) {
        let sum = b[o]
        for (let c = 0; c < 3; c++) {
          for (let i = 0; i < 3; i++) {
            for (let j = 0; j < 3; j++) {
              const inside = 2 * y + i >= 1 && 2 * y + i <= 4 && 2 * x + j >= 1 && 2 * x + j <= 6
              if (inside) sum += w[o * 27 + c * 9 + i * 3 + j] * pixel[c]
            }
          }
        }
        total += Math.max(0, sum)
      }
    }
    return total / 6
  })
  const [p, q] = [0, 1].map((k) => pooled.reduce((sum, value, o) => sum + value * h[k * 8 + o], hb[k]))
  return 1 / (1 + Math.exp(q - p))
}

describe('convoke predict on a model', () => {
  it.each([
    ['--range 0', '--range is "0"; it must be a number above 0.'],
    ['--size 0', '--size is "0"; give 224, or height and width: 480x640.'],
    ['--mean 1,2', 'mean has 2 numbers for 3 channels. Give one, or one per channel.'],
    ['--mean a', '--mean is "a"; give a number, or one per channel: 0.485,0.456,0.406.'],
    ['--std 1,0,1', '--std is "1,0,1"; nothing can be divided by 0.'],
    ['--order abc', '--order is "abc"; it must be rgb or bgr.'],
    ['--fit all', '--fit is "all"; it must be crop or stretch.'],
    ['--threshold 2', '--threshold is "2"; it must be a number from 0.001 to 0.999.'],
  ])('refuses %s as misuse', async (option, words) => {
    const { code, stderr } = await run(await prepared(), `predict model.onnx blue.png ${option}`)
    expect([code, stderr]).toEqual([2, `convoke: ${words}\n`])
  })

  it('refuses wrong settings of a file as the fault of the file', async () => {
    const cwd = await prepared()
    await writeFile(join(cwd, 'how.json'), '{ "std": 0 }')
    const { code, stderr } = await run(cwd, 'predict model.onnx blue.png --preprocess how.json')
    expect([code, stderr]).toEqual([1, 'convoke: how.json: std is 0; nothing can be divided by 0.\n'])
  })

  const unit = [colour.r / 255, colour.g / 255, colour.b / 255]
  it.each([
    ['', unit],
    ['--mean 0.1,0.2,0.3 --std 0.5,0.25,2', [(unit[0] - 0.1) / 0.5, (unit[1] - 0.2) / 0.25, (unit[2] - 0.3) / 2]],
    ['--range 255', [colour.r, colour.g, colour.b]],
    ['--order bgr --std 2', [unit[2] / 2, unit[1] / 2, unit[0] / 2]],
  ])('computes what the network computes of the picture: %s', async (options, pixel) => {
    const cwd = await prepared()
    const { code, stdout } = await run(cwd, `predict model.onnx blue.png --json ${options}`.trim())
    expect(code).toBe(0)
    const [{ predictions }] = JSON.parse(stdout).predictions
    const found = predictions.find((one: { class: string }) => one.class === '0').probability
    expect(found).toBeCloseTo(chanceOf(pixel), 4)
  })
  it('takes chances as they are where the network gives chances itself', async () => {
    const cwd = await prepared()
    const model = decodeOnnx(smallModel())
    const softmax = {
      name: '',
      operator: 'Softmax',
      domain: '',
      inputs: ['scores'],
      outputs: ['chances'],
      attributes: {},
    }
    const [{ type }] = model.graph.outputs
    const graph = { ...model.graph, nodes: [...model.graph.nodes, softmax], outputs: [{ name: 'chances', type }] }
    await writeFile(join(cwd, 'model.onnx'), encodeOnnx({ ...model, graph }))
    const { stdout } = await run(cwd, 'predict model.onnx blue.png --json')
    const [{ predictions }] = JSON.parse(stdout).predictions
    const found = predictions.find((one: { class: string }) => one.class === '0').probability
    expect(found).toBeCloseTo(chanceOf(unit), 4)
  })
  it('takes settings and labels from a file, and flags before it', async () => {
    const cwd = await prepared()
    await writeFile(join(cwd, 'how.json'), JSON.stringify({ mean: [0.5], labels: ['cat', 'dog'] }))
    const { stdout } = await run(cwd, 'predict model.onnx blue.png --json --preprocess how.json --mean 0.1')
    const [{ predictions }] = JSON.parse(stdout).predictions
    const cat = predictions.find((one: { class: string }) => one.class === 'cat').probability
    expect(cat).toBeCloseTo(chanceOf(unit.map((value) => value - 0.1)), 4)
  })
  it('runs node by node what cannot be compiled, and says so', async () => {
    const cwd = await prepared()
    await writeFile(join(cwd, 'model.onnx'), searchingModel())
    const { code, stdout, stderr } = await run(cwd, 'predict model.onnx blue.png')
    expect(code).toBe(0)
    expect(stderr).toMatch(/^convoke: note: model\.onnx runs node by node; it cannot be compiled: .*places/)
    expect(stdout).toContain('places [2, ')
    const scores = formats.decodeNpy('scores', await readFile(join(cwd, 'predictions', 'blue.scores.npy'))).data
    expect(1 / (1 + Math.exp(scores[1] - scores[0]))).toBeCloseTo(chanceOf(unit), 4)
    const json = JSON.parse((await run(cwd, 'predict model.onnx blue.png --json')).stdout)
    expect(json.notes).toEqual([expect.stringContaining('cannot be compiled')])
  })
  it('plans each size of picture, and names a picture that the network does not take', async () => {
    const cwd = await prepared()
    const model = decodeOnnx(smallModel())
    const [input] = model.graph.inputs
    const type = { kind: 'tensor', type: 'float32', shape: ['batch', 3, 4, 'width'] } as const
    await writeFile(
      join(cwd, 'model.onnx'),
      encodeOnnx({ ...model, graph: { ...model.graph, inputs: [{ ...input, type }] } }),
    )
    for (const [name, width, height] of [
      ['a', 3, 3],
      ['wide', 6, 4],
      ['z', 8, 4],
    ] as const)
      await sharp({ create: { width, height, channels: 3, background: colour } })
        .png()
        .toFile(join(cwd, `${name}.png`))
    const { code, stdout, stderr } = await run(cwd, 'predict model.onnx a.png blue.png wide.png z.png blue.png --json')
    const { predictions, notes } = JSON.parse(stdout)
    expect([code, notes]).toEqual([1, undefined])
    expect(stderr).toContain('a.png: The network')
    const chances = predictions.map(
      (one: { predictions: { class: string; probability: number }[] }) =>
        one.predictions.find((each) => each.class === '0')?.probability,
    )
    expect(chances).toHaveLength(4)
    expect([chances[1], chances[3]]).toEqual([chances[0], chances[0]])
    expect(chances[0]).toBeCloseTo(chanceOf(unit), 4)
    expect(chances[2]).not.toBeCloseTo(chances[0], 5)
  })
  it('says what does not fit', async () => {
    const cwd = await prepared()
    await writeFile(join(cwd, 'labels.txt'), 'cat\ndog\nbird\n')
    await writeFile(join(cwd, 'how.json'), '{"means": [1]}')
    const few = await run(cwd, 'predict model.onnx blue.png --labels labels.txt')
    expect([few.code, few.stderr]).toEqual([1, expect.stringContaining('there are 3 labels for 2 classes')])
    const setting = await run(cwd, 'predict model.onnx blue.png --preprocess how.json')
    expect(setting.stderr).toContain('how.json: there is no setting "means". Known: size, fit, mean,')
    const means = await run(cwd, 'predict model.onnx blue.png --mean 1,2')
    expect(means.stderr).toContain('mean has 2 numbers for 3 channels')
  })
})

describe('convoke convert', () => {
  it('writes weights as the network keeps them, and the model with the same results', async () => {
    const cwd = await prepared()
    expect((await run(cwd, 'convert model.onnx weights.safetensors')).code).toBe(0)
    expect((await run(cwd, 'convert model.onnx copy.onnx')).code).toBe(0)
    const { tensors } = formats.decodeSafetensors(await readFile(join(cwd, 'weights.safetensors')))
    expect(Object.entries(tensors).map(([name, { shape }]) => [name, shape])).toEqual([
      ['conv.weight', [3, 3, 3, 8]],
      ['conv.bias', [8]],
      ['head.weight', [8, 2]],
      ['head.bias', [2]],
    ])
    const x = randomNormal([1, 5, 7, 3], { seed: 9 })
    const outputs = async (file: string) =>
      graphModule(decodeOnnx(await readFile(join(cwd, file))))
        .eval()(x)
        .toArray()
    expect(await outputs('copy.onnx')).toEqual(await outputs('model.onnx'))
    const again = await run(cwd, 'convert model.onnx copy.onnx')
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--force')])
  })

  it('writes a folder that runs alone', async () => {
    const cwd = await prepared()
    const made = await run(cwd, 'convert model.onnx app/ --standalone --input 1x6x8x3')
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining("import { load } from './app/model.js'")])
    const { load } = await import(/* @vite-ignore */ pathToFileURL(join(cwd, 'app', 'model.js')).href)
    const model = await load()
    const x = randomNormal([1, 6, 8, 3], { seed: 2 })
    const [result] = Object.values<{ data: Float32Array }>(await model.run(x.dataSync()))
    const expected = graphModule(decodeOnnx(await readFile(join(cwd, 'model.onnx')))).eval()(x)
    for (const [i, value] of expected.dataSync().entries()) expect(result.data[i]).toBeCloseTo(value, 5)
    const refused = async (words: string) => (await run(cwd, words)).stderr
    expect(await refused('convert model.onnx app/ --standalone')).toContain('app/model.js exists')
    expect(await refused('convert model.onnx app.js --standalone')).toContain('--standalone writes a folder')
    expect(await refused('convert model.onnx b/ --standalone --input x=1x2')).toContain('--input names "x"')
    expect(await refused('convert model.onnx b.onnx --input 1x2')).toContain('--input is for --standalone')
  })

  it('makes a model of a run, with what it takes to use it', async () => {
    const cwd = await prepared()
    expect((await run(cwd, 'train classify --data digits --examples 40 --epochs 1 --out runs/digits')).code).toBe(0)
    expect((await run(cwd, 'convert runs/digits digits.onnx --opset 15')).code).toBe(0)
    const model = decodeOnnx(await readFile(join(cwd, 'digits.onnx')))
    expect(model.opsets).toEqual({ '': 15 })
    expect(JSON.parse(model.metadata.classes)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(model.graph.inputs).toEqual([
      { name: 'pixels', type: { kind: 'tensor', type: 'float32', shape: ['batch', 1, 28, 28] } },
    ])
    // A run knows all that is told of a model file.
    for (const flag of ['--size 28', '--mean 1,2', '--range 0', '--labels digits.onnx']) {
      const { code, stdout, stderr } = await run(cwd, `predict runs/digits blue.png ${flag}`)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toBe(
        `convoke: ${flag.split(' ')[0]} is for model files: a run knows its classes and how its inputs are prepared.\n`,
      )
    }
    const answers = async (of: string) => JSON.parse((await run(cwd, `predict ${of} blue.png --top 10 --json`)).stdout)
    const [[ofModel], [ofRun]] = [await answers('digits.onnx'), await answers('runs/digits')].map(
      (one) => one.predictions,
    )
    expect(ofModel.predictions.map((one: { class: string }) => one.class)).toEqual(
      ofRun.predictions.map((one: { class: string }) => one.class),
    )
    ofRun.predictions.forEach(({ probability }: { probability: number }, i: number) => {
      expect(ofModel.predictions[i].probability).toBeCloseTo(probability, 4)
    })
  })

  it('writes the weights of a run for NumPy, and refuses what does not fit', async () => {
    const cwd = await prepared()
    expect((await run(cwd, 'train text --data sentences --examples 40 --epochs 1 --out runs/texts')).code).toBe(0)
    expect((await run(cwd, 'convert runs/texts/best.safetensors weights.npz')).code).toBe(0)
    const { tensors } = formats.decodeSafetensors(await readFile(join(cwd, 'runs/texts/best.safetensors')))
    const arrays = formats.decodeNpz('weights.npz', await readFile(join(cwd, 'weights.npz')))
    expect(Object.entries(arrays).map(([name, { shape }]) => [name, shape])).toEqual(
      Object.entries(tensors).map(([name, { shape }]) => [name, shape]),
    )
    const other = await run(cwd, 'convert runs/texts model.pt')
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('.onnx (the model), .safetensors or .npz')])
    const old = await run(cwd, 'convert runs/texts old.onnx --opset 9')
    expect([old.code, old.stderr]).toEqual([2, expect.stringMatching(/opset.*13/)])
    const kept = await run(cwd, 'convert model.onnx other.onnx --opset 18')
    expect([kept.code, kept.stderr]).toEqual([2, expect.stringContaining('keeps its opset')])
  })
})

describe('convoke inspect on a model', () => {
  it('refuses an input of another rank, with nothing to show', async () => {
    const { code, stdout, stderr } = await run(await prepared(), 'inspect model.onnx --input 1x6')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^convoke: The network's input .* has shape \[1, 6\]; it must be \[/)
  })
})
