// What an input looks like that a channel likes: Erhan et al. 2009, "Visualizing higher-layer features of a deep network". From grey with
// a little noise, step by step in the direction of the gradient of the channel's middle output, the picture kept within 0 … 1.

import {
  add,
  clip,
  divide,
  gradients,
  mean,
  multiply,
  randomUniform,
  scope,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  withoutGradients,
} from 'convoke'
import type { GraphModule } from 'convoke/graph'
import type { Answered } from '../../engine/index.ts'
import type { AscentAnswer, AscentQuestion } from '../task.ts'
import { fileShape } from './cam.ts'
import { goInOf, graphTo, type Network } from './network.ts'
import { sourceOf } from './scene.ts'
import { sessionOf } from './session.ts'

/** Milliseconds of work for one question. */
const slice = 120

/** By how much a pixel changes in one step, as the root of the mean square. */
const stepSize = 0.04

interface Climb {
  readonly name: string
  readonly module: GraphModule
  readonly value: string
  pixels: Float32Array
  readonly answers: number[]
  step: number
  flat: boolean
}

let climb: Climb | undefined

/** Of an activation its input is climbed: behind ReLU there is no slope where a channel is silent. */
function climbed(network: Network, layer: number): { readonly layer: number; readonly value: string } {
  const { node, value, operator } = network.layers[layer]
  const before =
    operator === 'Relu' || operator === 'Clip' || operator === 'Softmax' ? sourceOf(network, node.inputs[0]) : undefined
  return before === undefined || before < 0 ? { layer, value } : { layer: before, value: network.layers[before].value }
}

function begin(network: Network, question: AscentQuestion, name: string): Climb {
  const { height, width, channels } = network.form
  const { value } = climbed(network, question.layer)
  const noise = randomUniform([height, width, channels], { low: 0.45, high: 0.55, seed: question.seed })
  const pixels = Float32Array.from(noise.dataSync() as Float32Array)
  noise.dispose()
  climb?.module.dispose()
  return { name, module: graphTo(network.model, [value]), value, pixels, answers: [], step: 0, flat: false }
}

/** One where the channel's middle output is, else zeros. */
function maskOf(network: Network, layer: number, channel: number): Tensor {
  const shape = fileShape(network, layer)
  const { height, width, channels, order, rank } = network.layers[layer]
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2)
  const values = new Float32Array(height * width * channels)
  values[rank === 4 && order === 'first' ? channel * height * width + middle : middle * channels + channel] = 1
  return tensor(values, { shape })
}

export function ascent(question: AscentQuestion): Answered<AscentAnswer> {
  const { network } = sessionOf(question.key)
  const name = JSON.stringify([question.key, question.goIn, question.layer, question.channel, question.seed])
  if (climb?.name !== name || climb.step > question.steps) climb = begin(network, question, name)
  const own = climb
  const { layer } = climbed(network, question.layer)
  const mask = maskOf(network, layer, question.channel)
  const start = performance.now()
  while (!own.flat && own.step < question.steps && (own.step === 0 || performance.now() - start < slice))
    stepUp(own, network, question, mask)
  mask.dispose()
  return {
    answer: { pixels: Float32Array.from(own.pixels), answers: [...own.answers], step: own.step, flat: own.flat },
  }
}

function stepUp(own: Climb, network: Network, question: AscentQuestion, mask: Tensor): void {
  const { height, width, channels } = network.form
  const { scale, shift } = goInOf(network, question.goIn)
  scope(() => {
    const x = tensor(own.pixels, { shape: [1, height, width, channels] })
    let answer = 0
    const [gradient] = gradients(() => {
      const prepared = add(multiply(x, tensor([...scale])), tensor([...shift]))
      const entered = network.input.order === 'first' ? channelsFirst(prepared) : prepared
      const result = own.module.run({ [network.input.name]: entered })[own.value]
      const loss = sum(multiply(result, mask))
      answer = loss.dataSync()[0]
      return loss
    }, [x])
    withoutGradients(() => {
      const size = sqrt(mean(square(gradient)))
      const length = size.dataSync()[0]
      own.answers.push(answer)
      if (!(length > 0) || !Number.isFinite(length)) {
        own.flat = true
        return
      }
      const next = clip(add(x, multiply(divide(gradient, size), stepSize)), 0, 1)
      own.pixels = Float32Array.from(next.dataSync() as Float32Array)
    })
  })
  if (!own.flat) own.step++
}

const channelsFirst = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2])
