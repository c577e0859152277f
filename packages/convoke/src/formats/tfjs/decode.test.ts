import { describe, expect, it } from 'vitest'
import { graphModel, graphShards, keras2Model, keras3Model, sequentialModel } from '../../testing/tfjs-samples.ts'
import { decodeTfjs, tfjsShards } from './decode.ts'
import type { TfjsModel } from './model.ts'

const text = (value: unknown): string => JSON.stringify(value)

function graphOf(model: TfjsModel) {
  if (model.kind !== 'graph') throw new Error('no graph model')
  return model.graph
}

function layersOf(value: unknown) {
  const model = decodeTfjs(text(value), () => new Uint8Array(64))
  if (model.kind !== 'layers') throw new Error('no layers model')
  return model
}

describe('A graph model', () => {
  const shards = graphShards()
  const model = decodeTfjs(text(graphModel), (path) => shards.get(path)!)
  const graph = graphOf(model)

  it('has its nodes, with inputs, controls and attributes of every kind', () => {
    expect(graph.nodes.map(({ name, operator }) => `${name} ${operator}`)).toEqual([
      ...['w Const', 'x Placeholder', 'conv Conv2D', 'both Split', 'y AddV2'],
    ])
    expect(graph.nodes[2]).toEqual({
      ...{ name: 'conv', operator: 'Conv2D', controls: ['x'] },
      inputs: ['x', 'w'].map((node) => ({ node, output: null, index: 0 })),
      attributes: {
        strides: { type: 'ints', value: [1, 2, 2, 1] },
        padding: { type: 'string', value: 'SAME' },
        explicit_paddings: { type: 'empty', value: [] },
        T: { type: 'dataType', value: 'float32' },
        use_cudnn_on_gpu: { type: 'bool', value: false },
        epsilon: { type: 'float', value: 0.5 },
        kernels: { type: 'strings', value: ['a', ''] },
        many: { type: 'dataTypes', value: ['float32', 'int64'] },
        _output_shapes: { type: 'shapes', value: [null, []] },
        branch: { type: 'function', value: { name: 'f', attributes: { N: { type: 'int', value: 3 } } } },
      },
    })
    expect(graph.nodes[0].attributes).toEqual({
      value: { type: 'tensor', value: { type: 'float32', shape: [1, 1, 3, 2] } },
    })
    expect(graph.nodes[1].attributes['shape']).toEqual({ type: 'shape', value: [null, 8, 8, 3] })
    expect(graph.nodes[4].inputs).toEqual([
      { node: 'both', output: null, index: 1 },
      { node: 'both', output: null, index: 0 },
    ])
  })

  it('has its functions, whose outputs are counted within those of operators', () => {
    expect(graph.functions).toEqual([
      {
        name: 'f',
        inputs: [{ name: 'a', type: 'float32' }],
        outputs: [{ name: 'r', type: 'invalid', value: { node: 'sum', output: 'z', index: 0 } }],
        nodes: [
          {
            name: 'split',
            operator: 'Split',
            inputs: [{ node: 'a', output: null, index: 0 }],
            controls: [],
            attributes: {},
          },
          {
            ...{ name: 'sum', operator: 'AddV2', controls: ['split'], attributes: {} },
            inputs: [
              { node: 'split', output: 'output', index: 1 },
              { node: 'a', output: null, index: 0 },
            ],
          },
        ],
      },
    ])
  })

  it('has its signature, which an older converter keeps among the metadata', () => {
    const expected = {
      inputs: [{ key: 'image', value: { node: 'x', output: null, index: 0 }, type: 'float32', shape: [null, 8, 8, 3] }],
      outputs: [
        { key: 'sum', value: { node: 'y', output: null, index: 0 }, type: 'float32', shape: [null, 4, 4, 2] },
        { key: 'other', value: { node: 'both', output: null, index: 1 }, type: 'invalid', shape: null },
      ],
    }
    expect(graph.signature).toEqual(expected)
    const { signature, ...rest } = graphModel
    const older = { ...rest, userDefinedMetadata: { signature, own: [1] } }
    const read = decodeTfjs(text(older), (path) => shards.get(path)!)
    expect(graphOf(read).signature).toEqual(expected)
    expect(read.metadata['own']).toEqual([1])
  })

  it('has its weights: over shards, quantised, texts, truth values and complex numbers', () => {
    const tensor = (name: string, type: string, shape: number[], values: unknown, group = 'model') => ({
      ...{ name, type, shape, values, group },
    })
    expect(model.weights).toEqual([
      tensor('w', 'float32', [1, 1, 3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)),
      tensor('text', 'string', [2], ['é', '']),
      tensor('i', 'int32', [3], Int32Array.of(7, -8, 9)),
      tensor('flags', 'bool', [3], Uint8Array.of(1, 0, 1)),
      tensor('c', 'complex64', [], Float32Array.of(0.5, -2)),
      // 0, 1 and 255 times 0.5, less 1; 1 and 65535 times 2, less 3; 0x3c00 and 0xc000.
      tensor('u8', 'float32', [3], Float32Array.of(-1, -0.5, 126.5)),
      tensor('u16', 'int32', [2], Int32Array.of(-1, 131067)),
      tensor('f16', 'float32', [2], Float32Array.of(1, -2)),
      tensor('momentum', 'bool', [1], Uint8Array.of(1), 'optimizer'),
    ])
  })

  it('says which shards it needs', () => {
    expect(tfjsShards(text(graphModel))).toEqual([...shards.keys()])
  })

  it('reads the same whatever the shards are cut to', () => {
    const whole = Uint8Array.from([...shards.values()].slice(0, 2).flatMap((shard) => [...shard]))
    for (const size of [1, 3, 7, whole.length]) {
      const paths = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => `${i}.bin`)
      const manifest = [{ paths, weights: graphModel.weightsManifest[0].weights }]
      const read = decodeTfjs(text({ ...graphModel, weightsManifest: manifest }), (path) => {
        const at = size * Number.parseInt(path, 10)
        return whole.slice(at, at + size)
      })
      expect(read.weights).toEqual(model.weights.slice(0, 5))
    }
  })
})

describe('A layers model', () => {
  it('is sequential, as TensorFlow.js saves it', () => {
    const { layers, kerasVersion, weights } = layersOf(sequentialModel)
    expect(kerasVersion).toBe('tfjs-layers 4.22.0')
    expect({ ...layers, layers: layers.layers.map(({ name, kind }) => `${name} ${kind}`) }).toEqual({
      ...{ kind: 'sequential', name: 'sequential_1', inputs: [], outputs: [] },
      layers: ['dense_1 Dense', 'dense_2 Dense'],
    })
    expect(layers.layers[0].config['units']).toBe(2)
    expect(weights.map(({ name }) => name)).toEqual(['dense_1/kernel'])
  })

  const output = (layer: string, call = 0, index = 0) => ({ layer, call, output: index })

  it('is functional, as Keras 2 writes it, with models in it that are called twice', () => {
    const { layers } = layersOf(keras2Model)
    expect(layers.kind).toBe('functional')
    expect(layers.inputs).toEqual([output('in')])
    expect(layers.outputs).toEqual([output('times')])
    const [, inner, add, times] = layers.layers
    expect(inner.model).toMatchObject({ kind: 'sequential', layers: [{ name: 'd', kind: 'Dense' }] })
    expect(inner.calls.map(({ inputs, options }) => ({ inputs, options }))).toEqual([
      { inputs: [output('in')], options: {} },
      { inputs: [output('in')], options: { training: false } },
    ])
    expect(add.calls[0].inputs).toEqual([output('inner'), output('inner', 1)])
    expect(times.calls).toMatchObject([{ inputs: [output('add')], options: { y: 2 } }])
  })

  it('is functional, as Keras 3 writes it', () => {
    const { layers, kerasVersion } = layersOf(keras3Model)
    expect(kerasVersion).toBe('3.3.3')
    expect(layers.inputs).toEqual([output('in')])
    expect(layers.outputs).toEqual([output('look')])
    const [, join, look] = layers.layers
    expect(join.calls[0].inputs).toEqual([output('in'), output('in')])
    expect(look.calls[0].inputs).toEqual([output('join'), output('in')])
    expect(look.calls[0].options['training']).toBe(null)
  })

  it('has its configuration as text, as HDF5 keeps it', () => {
    const { model_config: config, ...rest } = keras2Model.modelTopology
    const kept = { ...keras2Model, modelTopology: { ...rest, model_config: text(config) } }
    expect(layersOf(kept)).toEqual(layersOf(keras2Model))
  })
})

describe('What is no model of TensorFlow.js', () => {
  const refusal = (json: string, shards: (path: string) => Uint8Array = (path) => graphShards().get(path)!) => {
    const started = performance.now()
    let message = ''
    try {
      decodeTfjs(json, shards)
    } catch (error) {
      expect((error as Error).name).toBe('ConvokeError')
      message = (error as Error).message
    }
    expect(performance.now() - started).toBeLessThan(1000)
    expect(message.length).toBeLessThan(2000)
    return message
  }
  const changed = (change: object) => refusal(text({ ...graphModel, ...change }))
  const weights = (...list: object[]) => changed({ weightsManifest: [{ paths: ['sub/group2.bin'], weights: list }] })

  it('is refused, with the place and what must stand there', () => {
    expect(refusal('{"modelTopology": ')).toMatch(/not JSON/)
    expect(refusal('[]')).toMatch(/modelTopology in model\.json/)
    expect(refusal('3')).toMatch(/model\.json is 3; Object is expected/)
    expect(refusal('{}')).toMatch(/modelTopology in model\.json/)
    expect(changed({ format: 'other' })).toMatch(/of format "other"/)
    expect(changed({ modelTopology: { node: [{ name: 'a' }] } })).toMatch(/node\.0\.op in modelTopology/)
    expect(changed({ modelTopology: { node: [{ name: 'a', op: 'B', input: 'x' }] } })).toMatch(/node\.0\.input/)
    expect(changed({ signature: { inputs: { a: { name: 3 } } } })).toMatch(/signature\.inputs\.a\.name/)
    expect(refusal(text({ ...sequentialModel, modelTopology: { class_name: 'Mine', config: {} } }))).toMatch(/"Mine"/)
  })

  it('is refused where a node takes what there is not, or two have one name', () => {
    const nodes = (...node: object[]) => changed({ modelTopology: { node } })
    expect(nodes({ name: 'a', op: 'A', input: ['b'] })).toMatch(/"a" of the graph takes "b"/)
    expect(nodes({ name: 'a', op: 'A', input: ['^b'] })).toMatch(/takes "b"/)
    expect(nodes({ name: 'a', op: 'A' }, { name: 'a', op: 'A' })).toMatch(/two of the nodes of the graph "a"/)
  })

  it('is refused where a layer takes what there is not, or is called in no known way', () => {
    const [input, ...layers] = keras2Model.modelTopology.model_config.config.layers
    const config = (change: object) => {
      const own = { ...keras2Model.modelTopology.model_config.config, ...change }
      return refusal(text({ ...keras2Model, modelTopology: { class_name: 'Model', config: own } }))
    }
    expect(config({})).toBe('')
    expect(config({ layers })).toMatch(/uses a layer "in"/)
    expect(config({ layers: [input, input, ...layers] })).toMatch(/two layers "in"/)
    expect(config({ output_layers: [['gone', 0, 0]] })).toMatch(/uses a layer "gone"/)
    expect(config({ output_layers: 'times' })).toMatch(/output_layers/)
    const odd = { class_name: 'Add', config: {}, name: 'odd' }
    for (const inbound of [[1], [[['in', -1, 0, {}]]], [[['in', 0]]], [{ args: 1 }]])
      expect(config({ layers: [input, ...layers, { ...odd, inbound_nodes: inbound }] })).toMatch(/of the layer "odd"/)
  })

  it('is refused where weights do not fill their shards, or take what they cannot', () => {
    const float = { name: 'a', dtype: 'float32' }
    expect(weights({ ...float, shape: [4] })).toMatch(/"a" needs 16 bytes of .* from byte 0 on.* have 12/)
    expect(weights({ ...float, shape: [2 ** 40] })).toMatch(/have 12/)
    expect(weights({ ...float, shape: [2 ** 30, 2 ** 30] })).toMatch(/no file can fill/)
    expect(weights({ ...float, shape: [-1] })).toMatch(/shape\.0/)
    expect(weights({ ...float, shape: new Array(65).fill(1) })).toMatch(/65 axes/)
    expect(weights({ ...float, shape: [1], dtype: 'float64' })).toMatch(/dtype/)
    expect(weights({ ...float, shape: [1] }, { ...float, shape: [1] })).toMatch(/two weights "a"/)
    const quantized = (dtype: string, quantization: object) => weights({ name: 'a', dtype, shape: [1], quantization })
    expect(quantized('bool', { dtype: 'uint8', scale: 1, min: 0 })).toMatch(/"a" of type bool is quantised to uint8/)
    expect(quantized('int32', { dtype: 'float16' })).toMatch(/quantised to float16/)
    expect(quantized('float32', { dtype: 'uint8' })).toMatch(/quantization/)
    expect(quantized('float32', { dtype: 'uint4', scale: 1, min: 0 })).toMatch(/quantization/)
    // The first four bytes are 0, 1, 255, 1: a text of 0x01ff0100 bytes.
    expect(weights({ name: 'a', dtype: 'string', shape: [1] })).toMatch(
      /needs 33489152 bytes of its shards from byte 4 on/,
    )
    expect(weights({ name: 'a', dtype: 'string', shape: [2 ** 50] })).toMatch(/have 12/)
  })

  it('is refused where shards would lie elsewhere', () => {
    for (const path of ['../w.bin', '/etc/passwd', 'C:\\w.bin', 'a/../../b', 'https://example.com/w.bin', ''])
      expect(changed({ weightsManifest: [{ paths: [path], weights: [] }] })).toMatch(/its own folder or below/)
    const twice = [{ paths: ['a.bin', './a.bin'], weights: [] }]
    expect(changed({ weightsManifest: twice })).toMatch(/"a.bin" is named twice/)
  })

  it('is refused where it goes ten thousand deep, before anything is made of it', () => {
    expect(refusal('['.repeat(10_000_000))).toMatch(/more than 200 deep/)
    const deep = `${'{"list":{"func":[{"attr":{"a":'.repeat(10_000)}{}${'}}]}}'.repeat(10_000)}`
    expect(refusal(`{"modelTopology":{"node":[{"name":"a","op":"A","attr":{"x":${deep}}}]}}`)).toMatch(/200 deep/)
    // Brackets in texts are none.
    expect(changed({ generatedBy: '[{"'.repeat(1000) })).toBe('')
  })

  it('takes names that objects have of their own', () => {
    const node = { name: '__proto__', op: 'constructor', attr: { toString: { i: 1 } } }
    const read = decodeTfjs(
      text({ ...graphModel, modelTopology: { node: [node] } }),
      (path) => graphShards().get(path)!,
    )
    expect(graphOf(read).nodes[0]).toMatchObject({ name: '__proto__', operator: 'constructor' })
    expect(Object.keys(graphOf(read).nodes[0].attributes)).toEqual(['toString'])
  })
})
