// `convoke shape`: what a network's layers produce and cost, and what each can see.

import { type Chain, type ChainStep, ConvokeError, type ReceptiveField, walkChain } from 'convoke/shapes'
import { parseNetwork } from 'convoke-workbench'
import { asUsage } from '../errors.ts'
import { bold, print, printJson } from '../terminal/output.ts'
import { bytes, engineering, table, thousands } from '../terminal/table.ts'

export async function runShape(text: string, { json }: { readonly json: boolean }): Promise<void> {
  const { inputShape, layers } = asUsage(() => parseNetwork(text))
  const chain = walkChain(inputShape, layers)
  if (json) printJson(chain)
  else print(render(chain).join('\n'))
  if (chain.failure !== undefined) throw new ConvokeError(chain.failure.message)
}

const shapeText = (shape: readonly number[]): string => shape.join('×')

const headings = ['', 'layer', 'output', 'parameters', 'MACs', 'FLOPs', 'memory', 'sees', 'jump', 'start']
const aligns = ['right', 'left', 'left'] as const

function render(chain: Chain): string[] {
  const rows = chain.steps.map((step, index) => [String(index + 1), step.label, ...numbersOf(step)])
  const { parameters, macs, flops, activationBytes } = chain.total
  const total = ['', 'total', '', thousands(parameters), engineering(macs), engineering(flops), bytes(activationBytes)]
  const failed =
    chain.failure === undefined ? [] : [[String(chain.failure.index + 1), chain.failure.label, 'does not fit']]
  const lines = table([headings, ['', 'input', shapeText(chain.inputShape)], ...rows, ...failed, total], aligns)
  return [
    bold(lines[0]),
    ...lines.slice(1),
    '',
    `Weights ${bytes(4 * parameters)} in float32. Activations of one example: ${bytes(activationBytes)} when all are kept (training), ${bytes(chain.peakBytes)} at the largest layer (inference).`,
    'One MAC is 2 FLOPs; biases, comparisons and scales are FLOPs alone. sees, jump, start: size of the receptive field',
    'in input pixels, its step from one output to the next, and where it begins for the first (negative: in the padding).',
  ]
}

function numbersOf(step: ChainStep): string[] {
  const { outputShape, parameters, macs, flops, activationBytes, receptiveField } = step
  const field = (of: (field: ReceptiveField) => number): string => {
    const values = receptiveField.map((axis) => short(of(axis)))
    return values.every((value) => value === values[0]) ? (values[0] ?? '') : values.join('×')
  }
  return [
    shapeText(outputShape),
    thousands(parameters),
    engineering(macs),
    engineering(flops),
    bytes(activationBytes),
    field(({ size }) => size),
    field(({ jump }) => jump),
    field(({ start }) => start),
  ]
}

const short = (value: number): string => String(Number(value.toPrecision(4)) + 0)
