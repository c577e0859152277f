// The formats that are read back from disk: small good files of each, and how Convoke reads them.

import { data, formats, nn, type RandomSource } from 'convoke'
import * as graph from 'convoke/graph'
import { pictureDecoder } from 'convoke/node'
import { ConvokeError } from 'convoke/shapes'
import sharp from 'sharp'
import { createChoices } from '../../../convoke/src/backends/cpu/plan/choices.ts'
import { eventRecords } from '../../../convoke/src/formats/tensorboard-read.ts'
import {
  graphModel,
  graphShards,
  keras2Model,
  keras3Model,
  sequentialModel,
} from '../../../convoke/src/testing/tfjs-samples.ts'
import { decodeTrainingState, encodeTrainingState } from '../../../convoke/src/train/checkpoint.ts'
import { buildModel, parseConfig } from '../../src/training/config.ts'
import { usualTraining } from '../../src/training/kits/kit.ts'
import { smallModel } from '../model.ts'
import { onnxSamples, onnxTensors, valuesIn } from './onnx-samples.ts'
import { changedNetwork, networkSamples, readNetwork } from './tfjs-networks.ts'

export interface Format {
  readonly name: string
  /** Documents of JSON, whose parts are changed besides their bytes. */
  readonly json?: boolean
  readonly samples: () => Promise<readonly Uint8Array[]> | readonly Uint8Array[]
  /** How files of it are changed, where that is not byte by byte and part by part. */
  readonly change?: (random: RandomSource, sample: Uint8Array) => Uint8Array
  /** Milliseconds that reading may take, where it is not the usual two seconds. */
  readonly time?: number
  /** Throws `ConvokeError` for what it does not take. */
  readonly read: (bytes: Uint8Array) => unknown
  /** One in so many cases is tried, where each takes long. */
  readonly every?: number
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function sizeIs(length: number, shape: readonly number[]): void {
  const size = shape.reduce((product, one) => product * one, 1)
  // Of complex numbers two.
  if (length !== size && length !== 2 * size) throw new Error(`${length} values of shape [${shape}]`)
}

const tensors: Record<string, formats.HostTensor> = {
  weight: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  steps: { dtype: 'int32', shape: [2], data: Int32Array.of(1, -1) },
  mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
}

const config = {
  ...{ format: 1, task: 'classify', classes: ['a', 'b'], text: null, sequence: null, fineTuning: null },
  model: { name: 'compact', options: { classes: 2, channels: 1, widths: [4, 8] } },
  picture: { height: 12, width: 12, channels: 1, mean: [0.5], deviation: [0.25] },
  data: { source: 'x', kind: 'folders', options: {}, counts: { train: 8, validation: 1, test: 1 } },
  training: usualTraining,
}

const texts = {
  ...{ ...config, task: 'text', picture: null, text: { tokenizer: 'english', words: ['a', 'b'], length: 8 } },
  model: { name: 'textcnn', options: { vocabulary: 4, classes: 2, size: 4, windows: [2, 3], maps: 4 } },
  fineTuning: { from: 'y', freeze: ['embed*'], layerDecay: 0.5, adapters: null, fresh: ['head'] },
}

const progress = {
  version: 1,
  ...{ seed: 0, batchSize: 8, epoch: 1, batch: 0, step: 2, lossTotal: 0, lossCount: 0 },
  history: [{ epoch: 1, step: 2, loss: Number.NaN, validation: { accuracy: 0.5 }, seconds: 1 }],
  best: { epoch: 1, score: 0.5 },
} as const

const coco = {
  images: [
    { id: 1, file_name: 'a/1.png', width: 20, height: 10 },
    { id: 2, file_name: '2.png', width: 20, height: 10 },
  ],
  annotations: [
    {
      id: 1,
      image_id: 1,
      category_id: 3,
      bbox: [1, 2, 5, 6],
      iscrowd: 0,
      area: 30,
      segmentation: [[1, 2, 5, 2, 5, 6]],
    },
    { id: 2, image_id: 2, category_id: 4, bbox: [0, 0, 20, 10], iscrowd: 1 },
  ],
  categories: [
    { id: 3, name: 'cat' },
    { id: 4, name: 'dog' },
  ],
}

const voc = `<?xml version="1.0"?><!DOCTYPE annotation><annotation><folder>a &amp; b</folder><filename>1.jpg</filename>
<size><width>20</width><height>10</height><depth>3</depth></size><!-- one -->
<object><name>caf&#233;</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>5.5</xmax><ymax>6</ymax></bndbox></object>
<object><name><![CDATA[dog]]></name><bndbox><xmin>3</xmin><ymin>2</ymin><xmax>9</xmax><ymax>6</ymax></bndbox></object></annotation>`

const decoded = async () => ({ shape: [10, 20, 3], data: new Uint8Array(600) })

async function readAll(set: data.Dataset<object>): Promise<void> {
  for (let i = 0; i < Math.min(4, set.length); i++) await set.get(i)
}

const picture = sharp({ create: { width: 12, height: 9, channels: 3, background: { r: 200, g: 30, b: 90 } } })
const decode = pictureDecoder(sharp as never)

export const fileFormats: readonly Format[] = [
  {
    name: 'safetensors',
    samples: () => [formats.encodeSafetensors(tensors, { made: 'here' }), formats.encodeSafetensors({})],
    read: (bytes) => formats.decodeSafetensors(bytes),
  },
  {
    name: 'npy',
    samples: () => Object.values(tensors).map((tensor) => formats.encodeNpy(tensor)),
    read: (bytes) => formats.decodeNpy('x.npy', bytes),
  },
  {
    name: 'onnx',
    samples: onnxSamples,
    read(bytes) {
      const model = graph.decodeOnnx(bytes, { external: () => new Uint8Array(64) })
      valuesIn(model.graph)
      // What was read can be written and read again.
      graph.decodeOnnx(graph.encodeOnnx(model))
    },
  },
  {
    name: 'onnx-inspect',
    samples: () => [...onnxSamples(), smallModel()],
    read(bytes) {
      graph.inspectModel(graph.decodeOnnx(bytes, { external: () => new Uint8Array(64) }))
    },
  },
  {
    name: 'onnx-values',
    samples: () => onnxTensors.map(graph.encodeOnnxTensor),
    read(bytes) {
      const refusals: unknown[] = []
      for (const kind of ['tensor', 'sequence', 'optional'] as const)
        try {
          const value = graph.decodeOnnxValue(bytes, kind)
          if (value.kind === 'tensor') graph.encodeOnnxTensor(value.tensor)
        } catch (error) {
          if (!(error instanceof ConvokeError)) throw error
          refusals.push(error)
        }
      if (refusals.length === 3) throw refusals[0]
    },
  },
  {
    ...{ name: 'tfjs', json: true },
    samples: () => [graphModel, sequentialModel, keras2Model, keras3Model].map((one) => utf8(JSON.stringify(one))),
    read(bytes) {
      const shards = graphShards()
      const model = graph.decodeTfjs(textOf(bytes), (path) => shards.get(path) ?? new Uint8Array(64))
      for (const { values, shape } of model.weights) sizeIs(values.length, shape)
    },
  },
  {
    ...{ name: 'tfjs-networks', time: 1000, every: 3 },
    ...{ samples: networkSamples, change: changedNetwork, read: readNetwork },
  },
  {
    name: 'tfjs-shards',
    samples: () => [...graphShards().values()].slice(0, 2),
    read(bytes) {
      // Whichever it was made of: the other is as it should be.
      const [first, second] = [...graphShards().values()]
      const shards = bytes.length <= first.length ? [bytes, second] : [first, bytes]
      const json = JSON.stringify(graphModel)
      const model = graph.decodeTfjs(json, (path) =>
        path === 'sub/group2.bin' ? graphShards().get(path)! : shards[path.includes('1of2') ? 0 : 1],
      )
      for (const { values, shape } of model.weights) sizeIs(values.length, shape)
    },
  },
  {
    name: 'npz',
    samples: () => [formats.encodeNpz(tensors), formats.encodeNpz(tensors, { compress: true }), formats.encodeNpz({})],
    read: (bytes) => formats.decodeNpz('x.npz', bytes),
  },
  {
    ...{ name: 'safetensors-index', json: true },
    samples: () => [
      utf8(JSON.stringify({ metadata: {}, weight_map: { weight: 'a', mask: 'b.safetensors', steps: 'a' } })),
    ],
    read(bytes) {
      const shard = formats.encodeSafetensors(tensors)
      formats.decodeSafetensorsIndex(textOf(bytes), () => shard)
    },
  },
  {
    name: 'idx',
    samples: async () => {
      const plain = [tensors['weight'], { ...tensors['mask'], dtype: 'uint8' as const }].map(formats.encodeIdx)
      return [...plain, await formats.gzip(plain[0])]
    },
    read: async (bytes) => formats.decodeIdx('x', await formats.gunzip('x', bytes)),
  },
  {
    name: 'csv',
    samples: () => [
      utf8('label,a,b\n0,1.5,2\n1,"3",4\r\n0,5,6\n'),
      utf8('a;b\n"x ""y""\nz";1\n;\n'),
      utf8('\ufefftext\tlabel\nfine\tpos\n'),
    ],
    read(bytes) {
      const text = data.decodeText('x.csv', bytes)
      const rows = ([',', ';', '\t'] as const).map((delimiter) => formats.parseDelimited('x.csv', text, delimiter))
      if (rows.some((all) => all.some(({ line }) => !(line >= 1)))) throw new Error('a row has no line')
      data.tableDataset(text, { name: 'x.csv', label: 0 })
    },
  },
  {
    name: 'xml',
    samples: () => [utf8(voc)],
    async read(bytes) {
      const source = data.memorySource('voc', { 'Annotations/1.xml': bytes, 'JPEGImages/1.jpg': new Uint8Array(1) })
      await readAll((await data.vocDataset(source, decoded)).dataset)
    },
  },
  {
    ...{ name: 'coco', json: true },
    samples: () => [utf8(JSON.stringify(coco))],
    async read(bytes) {
      const pictures = { 'a/1.png': new Uint8Array(1), '2.png': new Uint8Array(1) }
      const source = data.memorySource('coco', { 'instances.json': bytes, ...pictures })
      await readAll((await data.cocoDataset(source, decoded, { annotations: 'instances.json' })).dataset)
    },
  },
  {
    ...{ name: 'config', json: true },
    samples: () => [config, texts].map((one) => utf8(JSON.stringify(one))),
    read: (bytes) => buildModel(parseConfig('run/config.json', textOf(bytes))).dispose(),
  },
  {
    name: 'weights',
    samples: () => [formats.encodeSafetensors(tensors, { convoke: JSON.stringify(config) })],
    read(bytes) {
      const file = formats.decodeSafetensors(bytes)
      if (file.metadata['convoke'] !== undefined) parseConfig('best.safetensors', file.metadata['convoke'])
      const model = nn.Sequential(nn.Linear({ in: 2, out: 3 }))
      const own = formats.fromHost(file.tensors)
      try {
        model.loadState(own)
      } finally {
        for (const tensor of Object.values(own)) tensor.dispose()
        model.dispose()
      }
    },
  },
  {
    name: 'state',
    samples: () => [encodeTrainingState({ tensors, progress })],
    read: (bytes) => decodeTrainingState(bytes),
  },
  {
    ...{ name: 'plans', json: true },
    samples: () => [utf8(JSON.stringify({ version: 1, choices: { 'm conv2d': 'direct', 'm pool': 'window' } }))],
    read(bytes) {
      const choices = createChoices({ read: () => textOf(bytes), write: () => {} }, 'm')
      choices.set('new', 'direct')
      const name = choices.get('conv2d')
      if (name !== undefined && typeof name !== 'string') throw new Error(`a choice is ${typeof name}`)
    },
  },
  {
    name: 'tensorboard',
    samples: () => {
      const files = [formats.eventFileStart(1), formats.encodeScalars({ time: 2, step: 300, values: { a: 1, b: 2 } })]
      return [Uint8Array.from(files.flatMap((bytes) => Array.from(bytes)))]
    },
    read(bytes) {
      const records = eventRecords(bytes)
      const total = records.reduce((sum, record) => sum + record.bytes.length, 0)
      if (total > bytes.length) throw new Error(`${total} bytes of records in ${bytes.length}`)
      for (const { step } of records) if (!(step >= 0)) throw new Error(`a step is ${step}`)
    },
  },
  {
    ...{ name: 'pictures', every: 10 },
    samples: async () => [await picture.clone().png().toBuffer(), await picture.clone().jpeg().toBuffer()],
    read: (bytes) => decode(bytes),
  },
]
