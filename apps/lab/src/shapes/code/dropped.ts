// A model that was dropped, opened by this library again: its costs, and the field of the output that is looked at.

import type { LayerRow } from '../task.ts'

export interface ShownModel {
  /** Of the file. */
  readonly name: string
  readonly inputShape: readonly number[]
  readonly row: LayerRow
  readonly position: readonly [row: number, column: number]
  /** 0: the sum of all. */
  readonly channel: number
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replace(/[\r\n]/g, ' ')}'`

const baseName = (path: string): string => path.split('/').at(-1) ?? path

/** How a file of that name is read; a run is written as ONNX first. */
function opening(name: string): { readonly head: string; readonly reader: string; readonly file: string } {
  const file = baseName(name)
  if (/\.json$/i.test(file)) return { head: '', reader: 'readTfjs', file }
  if (/\.onnx$/i.test(file)) return { head: '', reader: 'readOnnx', file }
  return { head: `// First: convoke convert ${file} model.onnx\n`, reader: 'readOnnx', file: 'model.onnx' }
}

export function droppedTypescriptOf({ name, inputShape, row, position, channel }: ShownModel): string {
  const { head, reader, file } = opening(name)
  const first = (position[0] * row.positions![1] + position[1]) * row.channels
  const [from, to] = channel === 0 ? [first, first + row.channels] : [first + channel - 1, first + channel]
  return `${head}import { abs, gradients, keep, multiply, reshape, sum, type Tensor, tensor } from 'convoke'
import { graphModule, inspectModel } from 'convoke/graph'
import { ${reader} } from 'convoke/node'

const model = await ${reader}(${quoted(file)})

/** Sizes, parameters, MACs, FLOPs and memory of every node. */
export const report = inspectModel(model)

const path = ${quoted(row.path ?? '')}

/** What the output at row ${position[0]}, column ${position[1]} sees: rows and columns, one part or several; undefined for all of it. */
export const seen = report.nodes.find((node) => node.path === path)?.sees?.([${position.join(', ')}])

const network = graphModule(model).eval()

/** The effective field: |d output / d pixel|, channels added up. \`image\` is [${inputShape.join(', ')}], 0 … 1. */
export function effectiveField(image: Tensor): Tensor {
  const x = reshape(image, [1, ${inputShape.join(', ')}])
  const output = (): Tensor => {
    let chosen: Tensor | undefined
    const stop = network.observe({
      leave: (call) => {
        if (call.path !== path || chosen !== undefined) return
        const y = (Array.isArray(call.output) ? call.output[0] : call.output) as Tensor
        const mask = new Float32Array(y.size).fill(1, ${from}, ${to})
        chosen = keep(sum(multiply(y, tensor(mask, { shape: y.shape }))))
      },
    })
    network.run({ [report.inputs[0].name]: x })
    stop()
    return chosen!
  }
  return sum(abs(gradients(output, [x])[0]), { axes: [0, 3] })
}
`
}
