// `convoke convert`: a model or its weights in another form.

import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { formats } from 'convoke'
import { graphModule, type OnnxModel } from 'convoke/graph'
import { writeOnnx, writeWhole } from 'convoke/node'
import { showShape } from 'convoke/shapes'
import { shippedConfig } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { readNumber } from '../options/numbers.ts'
import { print, printJson } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { openModel } from './open.ts'
import { isRun, onnxOf, openRunModel } from './run-model.ts'

export interface ConvertText {
  readonly force: boolean
  readonly json: boolean
  readonly opset?: string
  /** A folder that runs alone. */
  readonly standalone: boolean
  readonly input: readonly string[]
}

const kinds = ['.onnx', '.safetensors', '.npz']

/** A network with its weights, and as a model of ONNX when it is asked for. */
interface Source {
  readonly state: () => ReturnType<ReturnType<typeof graphModule>['state']>
  readonly onnx: (opset: number | undefined) => OnnxModel
  readonly metadata: Readonly<Record<string, string>>
}

async function openSource(from: string): Promise<Source> {
  if (await isRun(from)) {
    const run = await openRunModel(from)
    const metadata = { convoke: shippedConfig(run.config) }
    return { state: () => run.model.state(), onnx: (opset) => onnxOf(run, opset), metadata }
  }
  const model = graphModule(await openModel(from)).eval()
  const onnx = (opset: number | undefined): OnnxModel => {
    if (opset === undefined) return model.toOnnx()
    throw new UsageError(`${from}: it is an ONNX model, which keeps its opset. Leave --opset out.`)
  }
  return { state: () => model.state(), onnx, metadata: {} }
}

export async function runConvert(from: string, to: string, text: ConvertText): Promise<void> {
  const { force, json } = text
  if (text.standalone) {
    const { runStandalone } = await import('./standalone.ts')
    return runStandalone(from, to, text)
  }
  if (text.input.length > 0)
    throw new UsageError('--input is for --standalone; other results keep the sizes of the model open.')
  const kind = extname(to).toLowerCase()
  if (!kinds.includes(kind)) {
    throw new UsageError(
      `${to}: results are .onnx (the model), .safetensors or .npz (its weights), or a folder with --standalone.`,
    )
  }
  const opset = readNumber('opset', text.opset, { least: 13, most: 21, whole: true })
  if (opset !== undefined && kind !== '.onnx') throw new UsageError('--opset is for results in .onnx.')
  if (!existsSync(from)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), from)
  if (existsSync(to) && !force) throw new UsageError(`${to} exists. Give another name, or --force to replace it.`)
  const source = await openSource(from)
  const state = source.state()
  if (kind === '.onnx') await writeOnnx(to, source.onnx(opset))
  else {
    const tensors = await formats.toHost(state)
    const bytes = kind === '.npz' ? formats.encodeNpz(tensors) : formats.encodeSafetensors(tensors, source.metadata)
    await writeWhole(to, bytes)
  }
  const weights = Object.entries(state).map(([name, { shape }]) => ({ name, shape }))
  if (json) printJson({ from, to, weights })
  else {
    print(`${to}: ${counted(weights.length, 'tensor')}`)
    if (kind !== '.onnx') print(weights.map(({ name, shape }) => `  ${name} ${showShape(shape)}`).join('\n'))
  }
}
