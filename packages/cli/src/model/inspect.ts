// `convoke inspect`: what a model is made of and costs.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { graphModule, inspectModel, type ModelReport, type NodeReport, type Port } from 'convoke/graph'
import { writeWhole } from 'convoke/node'
import { show, showShape } from 'convoke/shapes'
import { isCostly } from 'convoke-workbench'
import { asUsage, UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { bold, complain, print, printJson } from '../terminal/output.ts'
import { bytes, engineering, table, thousands } from '../terminal/table.ts'
import { visible } from '../terminal/visible.ts'
import { counted } from '../terminal/words.ts'
import { byName, shapesOf } from './input-shapes.ts'
import { openModel } from './open.ts'

export interface InspectText {
  readonly input: readonly string[]
  /** An SVG to write. */
  readonly draw?: string
  readonly json: boolean
}

export async function runInspect(path: string, { input, draw, json }: InspectText): Promise<void> {
  if (draw !== undefined && !/\.svg$/i.test(draw))
    throw new UsageError(`--draw is ${show(draw)}; drawings are .svg files: --draw graph.svg.`)
  const asked = asUsage(() => shapesOf(input))
  if (!existsSync(path)) throw fileProblem(Object.assign(new Error(), { code: 'ENOENT' }), path)
  const model = await openModel(path)
  const report = asUsage(() => inspectModel(model, { shapes: byName(asked, model) }))
  // Of a shape that the network does not take there is nothing to show.
  if (input.length > 0 && report.nodes.length === 0 && report.failure !== undefined)
    throw new UsageError(report.failure)
  if (draw !== undefined) {
    const { drawGraph } = await import('./draw.ts')
    const drawing = drawGraph(graphModule(model).graph, report, basename(path))
    await writeWhole(draw, new TextEncoder().encode(drawing))
  }
  if (json) printJson(report)
  else print(render(report).join('\n'))
  if (draw !== undefined && !json) print(`\n${visible(draw)}`)
  if (report.unsupported.length > 0 || report.failure !== undefined) {
    complain(report.failure ?? `operators that are not known: ${unknownText(report)}.`)
    process.exitCode = 1
  }
}

const shapeText = (shape: readonly number[]): string => shape.join('×')
const headings = ['', 'layer', 'operator', '', 'output', 'parameters', 'MACs', 'FLOPs', 'moved', 'alive', 'sees']
const aligns = ['right', 'left', 'left', 'left', 'left'] as const

const sees = ({ receptiveField }: NodeReport): string => {
  if (receptiveField === null) return 'all'
  const sizes = receptiveField.map(({ size }) => String(Number(size.toPrecision(4))))
  return sizes.every((size) => size === sizes[0]) ? (sizes[0] ?? '') : sizes.join('×')
}

const portText = ({ name, type, shape, picture }: Port): string => {
  const sizes = shape === null ? 'any shape' : `[${shape.map((size) => size ?? '?').join(', ')}]`
  return `${name}  ${type} ${sizes}${picture ? ', channels last' : ''}`
}

const unknownText = ({ unsupported }: ModelReport): string =>
  unsupported
    .map(({ domain, operator, nodes }) => `${domain === '' ? '' : `${domain}.`}${operator} (${counted(nodes, 'node')})`)
    .join(', ')

function render(report: ModelReport): string[] {
  const shown = report.nodes.filter(isCostly)
  const rows = shown.map((node, index) => [
    ...[String(index + 1), node.path, node.operator, node.detail],
    node.outputShapes.map(shapeText).join(' '),
    ...[node.parameters === 0 ? '' : thousands(node.parameters), node.macs === 0 ? '' : engineering(node.macs)],
    ...[engineering(node.flops), bytes(node.bytes), bytes(node.live), sees(node)],
  ])
  const { parameters, macs, flops, bytes: moved, peak } = report
  const total = ['', 'total', '', '', '', thousands(parameters), engineering(macs), engineering(flops), bytes(moved)]
  const lines = table([headings, ...rows, total], aligns)
  const hidden = report.nodes.length - shown.length
  const versions = Object.entries(report.opsets).map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`)
  const ran = Object.entries(report.shapes).map(([name, shape]) => `${name} ${showShape(shape)}`)
  return [
    ...[`made by ${report.producer || 'unknown'}, operators of ${versions.join(', ')}`, ''],
    ...report.inputs.map((port) => `in   ${portText(port)}`),
    ...report.outputs.map((port) => `out  ${portText(port)}`),
    ...['', bold(lines[0]), ...lines.slice(1), ''],
    `Run with ${ran.join(', ') || 'no input'}. Weights ${bytes(4 * parameters)} in float32; values alive at the same time: ${bytes(peak)} at most.`,
    ...report.assumed.map((what) => `Assumed, since only a run can tell: ${what}.`),
    ...(hidden === 0 ? [] : [`Not listed: ${counted(hidden, 'node')} of constants and shapes, which cost nothing.`]),
    'moved: bytes that kernels read and write. alive: values after the node. sees: receptive field in input positions.',
  ]
}
