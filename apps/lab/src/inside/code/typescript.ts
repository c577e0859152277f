// What is shown as a program for Node, with Convoke.

import { insideFile, networkFile, numbersText, type Told } from './told.ts'

const quoted = (name: string): string => `'${name.replace(/[\\']/g, '\\$&').replace(/[\r\n]/g, ' ')}'`

export function typescriptOf(told: Told): string {
  const { facts, form, layer, channel, cam, occlusion } = told
  const { height, width, channels } = form
  const turned = facts.inputFirst ? 'transpose(prepared, [0, 3, 1, 2])' : 'prepared'
  const camOrder = cam !== undefined && facts.first[cam.layer]
  return `// npm install convoke; ${networkFile} and ${insideFile} lie in the folder where this runs.

import { readFile } from 'node:fs/promises'
import { add, formats, gradients, mean, multiply, relu, reshape, softmax, sum, tensor, transpose, withoutGradients, zeros, type Tensor } from 'convoke'
import { decodeOnnx, graphModule, type OnnxModel } from 'convoke/graph'

const model = decodeOnnx(await readFile('${networkFile}'))
const file = formats.fromHost(formats.decodeSafetensors(await readFile('${insideFile}')).tensors)
const picture = file.picture // [${height}, ${width}, ${channels}], 0 … 1

/** The graph with these of its values as outputs, every axis where the file has it. */
const to = (graph: OnnxModel['graph'], names: readonly string[]) => {
  const outputs = names.map((name) => ({ name, type: { kind: 'tensor', type: 'float32', shape: null } as const }))
  return graphModule({ ...model, graph: { ...graph, outputs } }, { layout: 'as-written' }).eval()
}

/** Pixels as the network takes them. */
const enter = (image: Tensor): Tensor => {
  const prepared = add(multiply(reshape(image, [1, ${height}, ${width}, ${channels}]), tensor(${numbersText(facts.scale)})), tensor(${numbersText(facts.shift)}))
  return ${turned}
}
/** A value of one picture as [height, width, channels]. */
const last = (value: Tensor): Tensor => transpose(reshape(value, value.shape.slice(1)), [1, 2, 0])

const x = enter(picture)
const layer = ${quoted(facts.values[layer])}
const network = to(model.graph, [...new Set([layer${facts.score === undefined ? '' : `, ${quoted(facts.score)}`}])])
const results = withoutGradients(() => network.run({ ${quoted(facts.input)}: x }))
const map = [...(${mapText(told)}).dataSync()]
const shown: Record<string, unknown> = { map: map.filter((_, i) => i % ${told.layers[layer].channels} === ${channel}) }
${
  facts.score === undefined
    ? ''
    : `shown.chances = [...softmax(reshape(results[${quoted(facts.score)}], [-1]), { axis: -1 }).dataSync()]
`
}${
  cam === undefined || facts.score === undefined
    ? ''
    : `
// Grad-CAM (Selvaraju et al. 2017): zeros are added to the layer's output, and the gradient in them is that in the output.
const value = ${quoted(facts.values[cam.layer])}
const nodes = model.graph.nodes.flatMap((node) => {
  if (!node.outputs.includes(value)) return [node]
  const renamed = { ...node, outputs: node.outputs.map((name) => (name === value ? 'raw' : name)) }
  return [renamed, { name: 'tap', operator: 'Add', domain: '', inputs: ['raw', 'tap'], outputs: [value], attributes: {} }]
})
const float = { kind: 'tensor', type: 'float32', shape: null } as const
const tapped = to({ ...model.graph, nodes, inputs: [...model.graph.inputs, { name: 'tap', type: float }] }, [${quoted(facts.score)}, value])
const maps = withoutGradients(() => to(model.graph, [value]).run({ ${quoted(facts.input)}: x })[value])
const tap = zeros(maps.shape)
const [gradient] = gradients(() => {
  const scores = reshape(tapped.run({ ${quoted(facts.input)}: x, tap })[${quoted(facts.score)}], [-1])
  const chosen = new Float32Array(scores.size)
  chosen[${cam.class}] = 1
  return sum(multiply(scores, tensor(chosen)))
}, [tap])
const [grown, values] = [${camOrder ? 'last(gradient), last(maps)' : 'reshape(gradient, gradient.shape.slice(1)), reshape(maps, maps.shape.slice(1))'}]
shown.gradCam = [...relu(sum(multiply(values, mean(grown, { axes: [0, 1] })), { axes: -1 })).dataSync()]
`
}${
  occlusion === undefined || facts.score === undefined
    ? ''
    : `
// Occlusion (Zeiler & Fergus 2014): a patch of the picture's mean colour over one place after the other.
const [patch, stride] = [${occlusion.patch}, ${occlusion.stride}]
const scores = to(model.graph, [${quoted(facts.score)}])
const chance = (image: Tensor): number =>
  withoutGradients(() => softmax(reshape(scores.run({ ${quoted(facts.input)}: enter(image) })[${quoted(facts.score)}], [-1]), { axis: -1 }).dataSync()[${occlusion.class}])
const whole = chance(picture)
const colour = mean(picture, { axes: [0, 1] }).dataSync()
const pixels = picture.dataSync()
const drops: number[] = []
for (let row = 0; row < ${height}; row += stride)
  for (let column = 0; column < ${width}; column += stride) {
    const [top, left] = [row, column].map((at) => at + Math.floor(stride / 2) - Math.floor(patch / 2))
    const covered = Float32Array.from(pixels, (value, i) => {
      const [y, x] = [Math.floor(i / ${width * channels}), Math.floor(i / ${channels}) % ${width}]
      return y >= top && y < top + patch && x >= left && x < left + patch ? colour[i % ${channels}] : value
    })
    drops.push(whole - chance(tensor(covered, { shape: [${height}, ${width}, ${channels}] })))
  }
shown.occlusion = drops
`
}
console.log(JSON.stringify(shown))
`
}

/** The layer's output, channels last. */
const mapText = ({ facts, layer }: Told): string => (facts.first[layer] ? `last(results[layer])` : 'results[layer]')
