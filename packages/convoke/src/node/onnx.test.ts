import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { OnnxModel } from '../formats/onnx/index.ts'
import { bytesField, model as modelBytes, node, numberField, textField } from '../testing/protobuf.ts'
import { readOnnx, writeOnnx } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-onnx-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(name: string): (...names: string[]) => string {
  mkdirSync(join(root, name), { recursive: true })
  return (...names) => join(root, name, ...names)
}

const model: OnnxModel = {
  ...{ irVersion: 8, producer: 'here', opsets: { '': 17 }, functions: [], metadata: {} },
  graph: {
    name: 'g',
    nodes: [{ name: '', operator: 'Add', domain: '', inputs: ['a', 'b'], outputs: ['y'], attributes: {} }],
    ...{ inputs: [], outputs: [{ name: 'y', type: null }], values: [] },
    initializers: ['a', 'b'].map((name) => ({
      ...{ name, type: 'float32', shape: [2, 400] },
      values: Float32Array.from({ length: 800 }, (_, i) => i + name.charCodeAt(0)),
    })),
  },
}

/** A model whose one value lies in the file `location`. */
const beside = (location: string): Uint8Array =>
  modelBytes(
    node('Relu', ['w'], ['y']),
    bytesField(
      5,
      ...[numberField(1, 4), numberField(2, 2), textField(8, 'w'), numberField(14, 1)],
      bytesField(13, textField(1, 'location'), textField(2, location)),
    ),
  )

describe('An ONNX file', () => {
  it('is written whole and read again', async () => {
    const at = folder('whole')
    await writeOnnx(at('deep', 'm.onnx'), model)
    expect(readdirSync(at('deep'))).toEqual(['m.onnx'])
    expect(await readOnnx(at('deep', 'm.onnx'))).toEqual(model)
  })

  it('has its weights beside it where that is asked for', async () => {
    const at = folder('beside')
    await writeOnnx(at('m.onnx'), model, { external: true })
    expect(readdirSync(at()).sort()).toEqual(['m.onnx', 'm.onnx.data'])
    expect(statSync(at('m.onnx')).size).toBeLessThan(300)
    expect(statSync(at('m.onnx.data')).size).toBe(2 * 3200)
    expect(await readOnnx(at('m.onnx'))).toEqual(model)
  })

  it('stays as it was where the new one cannot be written, and leaves nothing else', async () => {
    const at = folder('kept')
    await writeOnnx(at('m.onnx'), model, { external: true })
    const before = readFileSync(at('m.onnx.data'))
    const wrong = { ...model.graph.initializers[0], shape: [7] }
    const broken = { ...model, graph: { ...model.graph, initializers: [model.graph.initializers[1], wrong] } }
    for (const external of [true, false])
      await expect(writeOnnx(at('m.onnx'), broken, { external })).rejects.toThrow(/shape \[7\]/)
    expect(readdirSync(at()).sort()).toEqual(['m.onnx', 'm.onnx.data'])
    expect(readFileSync(at('m.onnx.data'))).toEqual(before)
  })

  it('is named in what is said of it', async () => {
    const at = folder('named')
    writeFileSync(at('m.onnx'), 'no model')
    await expect(readOnnx(at('m.onnx'))).rejects.toThrow(/named.m\.onnx: onnx: .*cannot be read/)
    writeFileSync(at('n.onnx'), beside('gone.bin'))
    await expect(readOnnx(at('n.onnx'))).rejects.toThrow(/gone\.bin: a part of .*n\.onnx cannot be read: there is no/)
    mkdirSync(at('sub'))
    writeFileSync(at('o.onnx'), beside('sub'))
    await expect(readOnnx(at('o.onnx'))).rejects.toThrow(/sub: cannot be read: it is a folder/)
  })

  it('may not lead out of its folder, by a path or by a link', async () => {
    const at = folder('leads')
    mkdirSync(at('inside', 'sub'), { recursive: true })
    writeFileSync(at('secret.bin'), 'abcd')
    writeFileSync(at('inside', 'own.bin'), 'efgh')
    symlinkSync(at('secret.bin'), at('inside', 'link.bin'))
    symlinkSync(at(), at('inside', 'up'))
    symlinkSync('../own.bin', at('inside', 'sub', 'fine.bin'))
    const read = (location: string) => {
      writeFileSync(at('inside', 'm.onnx'), beside(location))
      return readOnnx(at('inside', 'm.onnx'))
    }
    for (const path of ['../secret.bin', at('secret.bin'), 'sub/../../secret.bin', '..\\secret.bin'])
      await expect(read(path)).rejects.toThrow(/its own folder or below/)
    for (const path of ['link.bin', 'up/secret.bin'])
      await expect(read(path)).rejects.toThrow(/a link that leads out of the folder/)
    const fine = await read('sub/fine.bin')
    expect(fine.graph.initializers[0].values).toEqual(Uint8Array.from([...'efgh'].map((sign) => sign.charCodeAt(0))))
  })

  it('may be reached by a link itself: its parts lie beside the link', async () => {
    const at = folder('linked')
    mkdirSync(at('real'))
    await writeOnnx(at('real', 'm.onnx'), model, { external: true })
    symlinkSync(at('real'), at('other'))
    expect(await readOnnx(at('other', 'm.onnx'))).toEqual(model)
  })
})
