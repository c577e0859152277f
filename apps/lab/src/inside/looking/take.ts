// What is taken home: the network as ONNX, its weights with the picture as safetensors, and what programs say of it.

import { formats, tensor } from 'convoke'
import { encodeOnnx } from 'convoke/graph'
import type { Answered } from '../../engine/index.ts'
import { floatsAmong, linesOf } from '../../models/program/nodes.ts'
import { pytorchLine } from '../../models/program/pytorch-nodes.ts'
import { tensorflowLine } from '../../models/program/tensorflow-nodes.ts'
import type { FileKind, ProgramFacts, Shown } from '../task.ts'
import { goInOf } from './network.ts'
import { look, sessionOf } from './session.ts'

export async function file(question: Shown & { readonly file: FileKind }): Promise<Answered<Uint8Array<ArrayBuffer>>> {
  const { network } = sessionOf(question.key)
  const made = question.file === 'network' ? encodeOnnx(network.model) : await insideFile(question)
  const answer = new Uint8Array(made)
  return { answer, transfer: [answer.buffer] }
}

/** The picture, `[height, width, channels]` from 0 to 1, and every float of the network under its name. */
async function insideFile(shown: Shown): Promise<Uint8Array> {
  const { network } = sessionOf(shown.key)
  const { pixels } = await look(shown)
  const { height, width, channels } = network.form
  const all = { picture: tensor(pixels, { shape: [height, width, channels] }) }
  for (const [name, values, shape] of floatsAmong(network.weights))
    if (name !== 'picture') Object.assign(all, { [name]: tensor(values, { shape }) })
  try {
    return formats.encodeSafetensors(await formats.toHost(all))
  } finally {
    for (const one of Object.values(all)) one.dispose()
  }
}

/** What programs add to values is added as they are made. */
const tapped = (name: string, value: string): string => `tap(${name}, ${value})`

export function program({ key, goIn }: Pick<Shown, 'key' | 'goIn'>): Answered<ProgramFacts> {
  const { network } = sessionOf(key)
  const { scale, shift } = goInOf(network, goIn)
  return {
    answer: {
      ...{ scale, shift, input: network.input.name, inputFirst: network.input.order === 'first' },
      score: network.score,
      values: network.layers.map(({ value }) => value),
      first: network.layers.map(({ order, rank }) => rank === 4 && order === 'first'),
      pytorch: linesOf(network.model, network.weights, pytorchLine, tapped),
      tensorflow: linesOf(network.model, network.weights, tensorflowLine, tapped),
    },
  }
}
