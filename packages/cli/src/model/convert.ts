// `convoke convert`: a model or its weights in another form.

import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { formats } from 'convoke'
import { graphModule } from 'convoke/graph'
import { writeOnnx, writeWhole } from 'convoke/node'
import { showShape } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { print, printJson } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { openModel } from './open.ts'

export interface ConvertText {
  readonly force: boolean
  readonly json: boolean
}

export async function runConvert(from: string, to: string, { force, json }: ConvertText): Promise<void> {
  const kind = extname(to).toLowerCase()
  if (kind !== '.onnx' && kind !== '.safetensors') {
    throw new UsageError(`${to}: results are .onnx (the model) or .safetensors (its weights).`)
  }
  if (!existsSync(from)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), from)
  if (existsSync(to) && !force) throw new UsageError(`${to} exists. Give another name, or --force to replace it.`)
  const model = graphModule(await openModel(from)).eval()
  const state = model.state()
  if (kind === '.onnx') await writeOnnx(to, model.toOnnx())
  else await writeWhole(to, formats.encodeSafetensors(await formats.toHost(state)))
  const weights = Object.entries(state).map(([name, { shape }]) => ({ name, shape }))
  if (json) printJson({ from, to, weights })
  else {
    print(`${to}: ${counted(weights.length, 'tensor')}`)
    if (kind === '.safetensors') print(weights.map(({ name, shape }) => `  ${name} ${showShape(shape)}`).join('\n'))
  }
}
