// Models that are dropped: what the worker tells of them is what the library knows.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formats, models, nn, relu } from 'convoke'
import { encodeOnnx, exportOnnx, inspectModel } from 'convoke/graph'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import type { DroppedFile } from '../models/task.ts'
import { droppedTypescriptOf } from './code/dropped.ts'
import { computeEffective, floatsOf } from './compute.ts'
import { effectiveOfDropped, openDropped, seenOfDropped } from './dropped.ts'

const file = (name: string, bytes: Uint8Array | string): DroppedFile => ({
  name,
  bytes: Uint8Array.from(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes),
})

const lenet = models.LeNet5().initialize(3)
const onnx = encodeOnnx(exportOnnx(lenet, [1, 28, 28, 1]))

const picture = {
  ...{ width: 28, height: 28 },
  data: Uint8ClampedArray.from({ length: 4 * 784 }, (_, i) => (i % 4 === 3 ? 255 : (i * 31) % 256)),
}

describe('an ONNX file', () => {
  it('is told layer by layer as inspectModel has it', () => {
    const opened = openDropped({ key: 'a', files: [file('net.onnx', onnx)] })
    if (opened.kind !== 'opened') throw new Error(opened.detail)
    expect(opened).toMatchObject({ name: 'net.onnx', inputShape: [28, 28, 1], about: { unsupported: [] } })
    expect(opened.answer.totals.parameters).toBe(61_706)
    const report = inspectModel(exportOnnx(lenet, [1, 28, 28, 1]))
    expect(opened.answer.totals).toMatchObject({ macs: report.macs, flops: report.flops, peak: report.peak })
    const convs = opened.answer.rows.filter(({ label }) => label.startsWith('Conv'))
    expect(convs.map(({ outputShape }) => outputShape)).toEqual([
      [28, 28, 6],
      [10, 10, 16],
      [1, 1, 120],
    ])
    expect(convs.map(({ receptiveField }) => receptiveField![0].size)).toEqual([5, 14, 32])
  })

  it('shows the exact field of an output, and its gradient with the weights of the file', async () => {
    const opened = openDropped({ key: 'b', files: [file('net.onnx', onnx)] })
    if (opened.kind !== 'opened') throw new Error(opened.detail)
    const layer = opened.answer.rows.findIndex(({ outputShape }) => outputShape.join() === '10,10,16')
    const { parts } = seenOfDropped('b', layer, [0, 9])
    // 5×5 on 2×2 means of 5×5 with padding 2: 14 wide, from −2 + 2·o on.
    expect(parts).toHaveLength(1)
    expect(parts![0].map(({ region }) => region)).toEqual([
      { first: -2, last: 11 },
      { first: 16, last: 29 },
    ])
    expect(parts![0][0].positions).toEqual(Array.from({ length: 12 }, (_, i) => i))
    const question = { network: undefined, key: 'b', layer, position: [4, 4] as const, channel: 0, seed: 0, picture }
    const { answer } = await effectiveOfDropped(question)
    if (answer.kind !== 'done') throw new Error(JSON.stringify(answer))
    const mask = new Set(
      seenOfDropped('b', layer, [4, 4]).parts![0][0].positions.flatMap((row) =>
        seenOfDropped('b', layer, [4, 4]).parts![0][1].positions.map((column) => row * 28 + column),
      ),
    )
    const outside = [...answer.magnitudes].filter((value, i) => !mask.has(i) && value > 1e-5 * answer.largest)
    expect(outside).toEqual([])
    expect(answer.map).toHaveLength(100)
    await expect(effectiveOfDropped({ ...question, key: 'c' })).rejects.toThrow('no longer open')
  })

  it('keeps apart what branches see', () => {
    const branches = nn.defineModule({
      kind: 'Branches',
      children: {
        row: nn.Conv2d({ in: 1, out: 2, kernel: [1, 5], padding: 'same' }),
        column: nn.Conv2d({ in: 1, out: 2, kernel: [5, 1], padding: 'same' }),
      },
      forward:
        ({ children }) =>
        (x: Parameters<typeof relu>[0]) =>
          nn.Residual(children.row, { shortcut: children.column })(x as never),
    })
    const bytes = encodeOnnx(exportOnnx(branches.initialize(1) as never, [1, 9, 9, 1]))
    const opened = openDropped({ key: 'd', files: [file('net.onnx', bytes)] })
    if (opened.kind !== 'opened') throw new Error(opened.detail)
    const { parts } = seenOfDropped('d', opened.answer.rows.length - 1, [4, 4])
    const seen = parts!.map((part) => part.map(({ positions }) => positions.length).join('×')).sort()
    expect(seen).toEqual(['1×5', '5×1'])
  })

  it('says in words what files are no model', () => {
    const reason = (...files: DroppedFile[]) => {
      const answer = openDropped({ key: 'e', files })
      return answer.kind === 'unreadable' ? answer.reason : answer.kind
    }
    expect(reason(file('a.onnx', 'dear diary'))).toBe('damaged')
    expect(reason(file('a.onnx', onnx.subarray(0, onnx.length / 2)))).toBe('damaged')
    expect(reason(file('a.txt', 'dear diary'))).toBe('unknown')
    expect(reason(file('config.json', '{}'))).toBe('no-weights')
    expect(reason(file('best.safetensors', formats.encodeSafetensors({})))).toBe('no-config')
    expect(reason(file('best.safetensors', 'x'))).toBe('damaged')
    const json = JSON.stringify({
      modelTopology: {},
      weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: [] }],
    })
    expect(reason(file('model.json', json))).toBe('no-shards')
  })

  it('traces no pixels where what goes in is not a picture', () => {
    const bytes = encodeOnnx(exportOnnx(nn.Sequential(nn.Linear({ in: 4, out: 3 }), relu).initialize(1), [1, 4]))
    const opened = openDropped({ key: 'f', files: [file('net.onnx', bytes)] })
    expect(opened).toMatchObject({ kind: 'opened', inputShape: undefined, answer: { totals: { parameters: 15 } } })
  })
})

describe('a run of Convoke', () => {
  const config = (more: object) =>
    JSON.stringify({
      ...{ format: 1, task: 'classify', model: { name: 'compact', options: { classes: 10 } } },
      ...{ picture: { height: 28, width: 28, channels: 1, mean: [0], deviation: [1] }, fineTuning: null },
      ...more,
    })

  it('is read from its folder or from its weights alone', async () => {
    const network = models.CompactCNN({ classes: 10 }).initialize(2)
    const tensors = await formats.toHost(network.state())
    const folder = [
      file('run/config.json', config({})),
      file('run/best.safetensors', formats.encodeSafetensors(tensors)),
    ]
    const alone = [file('best.safetensors', formats.encodeSafetensors(tensors, { convoke: config({}) }))]
    for (const files of [folder, alone]) {
      const opened = openDropped({ key: 'g', files })
      if (opened.kind !== 'opened') throw new Error(opened.detail)
      expect(opened.inputShape).toEqual([28, 28, 1])
      // Normalisations are kept: their scales and biases are parameters.
      expect(opened.answer.totals.parameters).toBe(network.parameterCount())
    }
  })

  it('of something else than pictures, or with adapters, is told so', async () => {
    const tensors = await formats.toHost(models.CompactCNN({ classes: 10 }).initialize(2).state())
    const reason = (more: object) => {
      const bytes = formats.encodeSafetensors(tensors, { convoke: config(more) })
      const answer = openDropped({ key: 'h', files: [file('best.safetensors', bytes)] })
      return answer.kind === 'unreadable' ? `${answer.reason}: ${answer.detail}` : answer.kind
    }
    expect(reason({ picture: null })).toBe('no-picture-run: ')
    expect(reason({ fineTuning: { adapters: { rank: 4, match: '*' } } })).toBe('adapters: ')
    expect(reason({ model: { name: 'lenet5', options: {} } })).toMatch(/^damaged: .*another architecture/)
    expect(reason({ model: { name: '__proto__', options: {} } })).toMatch(/^damaged: .*no network/)
  })
})

it('A stack and the same network as a model have the same gradient', async () => {
  // The stack's own weights, put into a file.
  const { networkOf } = await import('./network.ts')
  const { walkChain } = await import('convoke/shapes')
  const { parseNetwork } = await import('convoke-workbench')
  const network = parseNetwork('28x28x1: conv 4 3 psame, relu, maxpool 2, conv 4 3 psame, tanh')
  const made = networkOf(network.layers, walkChain(network.inputShape, network.layers).steps, 0).initialize(0).eval()
  const opened = openDropped({ key: 'i', files: [file('a.onnx', encodeOnnx(exportOnnx(made, [1, 28, 28, 1])))] })
  if (opened.kind !== 'opened') throw new Error(opened.detail)
  const shared = { position: [6, 8] as const, channel: 3, seed: 0, picture }
  const stack = (await computeEffective(network, { ...shared, layer: 4 })).answer
  const layer = opened.answer.rows.findIndex(({ label }) => label === 'Tanh')
  const model = (await effectiveOfDropped({ ...shared, layer, network: undefined, key: 'i' })).answer
  if (stack.kind !== 'done' || model.kind !== 'done') throw new Error('no gradient')
  for (const [i, value] of stack.magnitudes.entries())
    expect(Math.abs(model.magnitudes[i] - value)).toBeLessThan(1e-5 * stack.largest)
})

it('The TypeScript of a model gives its fields', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-shapes-'))
  try {
    writeFileSync(join(folder, 'net.onnx'), onnx)
    const opened = openDropped({ key: 'j', files: [file('net.onnx', onnx)] })
    if (opened.kind !== 'opened') throw new Error(opened.detail)
    const layer = opened.answer.rows.findIndex(({ outputShape }) => outputShape.join() === '10,10,16')
    const at = { position: [4, 7] as const, channel: 2 }
    const shown = { name: 'run/net.onnx', inputShape: [28, 28, 1], row: opened.answer.rows[layer], ...at }
    const text = droppedTypescriptOf(shown).replace("'net.onnx'", JSON.stringify(join(folder, 'net.onnx')))
    const { code } = await transform(text, { loader: 'ts' })
    const call = `
import { writeFileSync } from 'node:fs'
const field = effectiveField(tensor(${JSON.stringify([...floatsOf(picture, 1)])}, { shape: [28, 28, 1] }))
writeFileSync(1, JSON.stringify({ parameters: report.parameters, seen, field: [...field.dataSync()] }))`
    const printed = execFileSync(process.execPath, ['--input-type=module'], {
      ...{ cwd: import.meta.dirname, encoding: 'utf8', input: code + call, maxBuffer: 2 ** 26 },
    })
    const got = JSON.parse(printed)
    expect(got.parameters).toBe(61_706)
    const { parts } = seenOfDropped('j', layer, at.position)
    expect(got.seen).toEqual(parts!.map((part) => part.map(({ positions }) => positions)))
    const { answer } = await effectiveOfDropped({ ...at, network: undefined, key: 'j', layer, seed: 0, picture })
    if (answer.kind !== 'done') throw new Error(JSON.stringify(answer))
    for (const [i, value] of answer.magnitudes.entries())
      expect(Math.abs(got.field[i] - value)).toBeLessThan(2e-5 * answer.largest)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
