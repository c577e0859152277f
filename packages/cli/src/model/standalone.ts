// `convoke convert --standalone`: a network as a folder that runs alone.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type nn, type Tensor, zeros } from 'convoke'
import { graphModule, type Port, usualShape } from 'convoke/graph'
import { type StandaloneOptions, writeStandalone } from 'convoke/node'
import { largestOf, show, showShape } from 'convoke/shapes'
import { asUsage, UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { print, printJson } from '../terminal/output.ts'
import { bytes } from '../terminal/table.ts'
import type { ConvertText } from './convert.ts'
import { type Asked, byName, shapesOf } from './input-shapes.ts'
import { openModel } from './open.ts'
import { exampleOf, inputNames, isRun, metadataOf, openRunModel, outputNames } from './run-model.ts'

interface Source {
  readonly model: nn.Module
  /** Lists of inputs: the network is planned for each. */
  readonly examples: readonly (readonly (Tensor | readonly number[])[])[]
  readonly options: StandaloneOptions
}

/** What a run is asked for: each shape is a plan of its own. */
async function ofRun(path: string, asked: readonly Asked[]): Promise<Source> {
  const { config, model } = await openRunModel(path)
  const named = asked.find(({ name }) => name !== null && name !== inputNames[config.task])
  if (named !== undefined)
    throw new UsageError(`--input names ${show(named.name)}; a run has one input, ${inputNames[config.task]}.`)
  const usual = exampleOf(config)
  const make = (shape: readonly number[]): Tensor | readonly number[] =>
    Array.isArray(usual) ? shape : zeros(shape, (usual as Tensor).dtype)
  const examples = asked.length === 0 ? [[usual]] : asked.map(({ shape }) => [make(shape)])
  const info = Object.fromEntries(
    Object.entries(metadataOf(config)).flatMap(([name, text]): [string, unknown][] =>
      name === 'convoke' ? [] : [[name.replace('convoke.', ''), parsed(text)]],
    ),
  )
  const options = { inputs: [inputNames[config.task]], outputs: [outputNames[config.task]], info }
  return { model, examples, options }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const tensorOf = ({ type }: Port, shape: readonly number[]): Tensor | readonly number[] =>
  /int/.test(type) ? zeros(shape, 'int32') : shape

/** Shapes of inputs that are given several times, first with first and second with second; those given once go with all. */
function inTurn(asked: readonly Asked[]): Asked[][] {
  const lists = new Map<string | null, Asked[]>()
  for (const one of asked) lists.set(one.name, [...(lists.get(one.name) ?? []), one])
  const most = largestOf([1, ...[...lists.values()].map(({ length }) => length)])
  for (const [name, list] of lists) {
    if (list.length !== 1 && list.length !== most)
      throw new UsageError(
        `--input gives ${name ?? 'the first input'} ${list.length} shapes and another ${most}. Give each as many, or one for all.`,
      )
  }
  return Array.from({ length: most }, (_, i) => [...lists.values()].map((list) => list[list.length === 1 ? 0 : i]))
}

async function ofModel(path: string, asked: readonly Asked[]): Promise<Source> {
  const onnx = await openModel(path)
  const given = inTurn(asked).map((together) => byName(together, onnx))
  const model = graphModule(onnx).eval()
  const { inputs, outputs } = model.graph
  const unknown = given
    .flatMap((shapes) => Object.keys(shapes))
    .find((name) => !inputs.some((input) => input.name === name))
  if (unknown !== undefined)
    throw new UsageError(`--input names ${show(unknown)}; the inputs are ${inputs.map(({ name }) => name).join(', ')}.`)
  const examples = given.map((shapes) => inputs.map((port) => tensorOf(port, shapes[port.name] ?? usualShape(port))))
  const options = {
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    info: onnx.metadata,
  }
  return { model: model as unknown as nn.Module, examples, options }
}

/** A name in a pattern that takes an object apart. */
const binding = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `${JSON.stringify(name)}: result`)

export async function runStandalone(
  from: string,
  to: string,
  { input, opset, force, json }: ConvertText,
): Promise<void> {
  if (opset !== undefined) throw new UsageError('--opset is for results in .onnx.')
  if (/\.\w+$/.test(to)) throw new UsageError(`${to}: --standalone writes a folder; give its name, such as app/.`)
  const asked = asUsage(() => shapesOf(input))
  if (!existsSync(from)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), from)
  const known = ['model.js', 'weights.bin'].map((name) => join(to, name)).find((path) => existsSync(path))
  if (known !== undefined && !force)
    throw new UsageError(`${known} exists. Give another folder, or --force to replace it.`)
  const { model, examples, options } = (await isRun(from)) ? await ofRun(from, asked) : await ofModel(from, asked)
  const files = await writeStandalone(to, model.eval(), examples, options)
  const shapes = examples.map((example) => example.map((part) => ('shape' in part ? part.shape : part)))
  if (json) {
    printJson({
      from,
      to,
      inputs: options.inputs,
      outputs: options.outputs,
      shapes,
      bytes: { module: files.moduleBytes, weights: files.weightBytes },
    })
    return
  }
  const sizes = shapes.map((shape) => shape.map(showShape).join(' and ')).join(', or ')
  print(`${files.module}    ${bytes(files.moduleBytes)}: the engine
${files.weights} ${bytes(files.weightBytes)}: the network, for inputs of shape ${sizes}

import { load } from './${to
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1)}/model.js'
const model = await load()
const { ${binding(options.outputs?.[0] ?? 'output')} } = await model.run(numbers)`)
}
