// A model that was dropped as programs for PyTorch and TensorFlow: its nodes one by one, with the weights of a safetensors file.

import { readSafetensors } from '../../code/python.ts'
import { quoted } from '../../models/program/nodes.ts'
import { helpersOf } from '../../models/program/tensorflow-nodes.ts'
import type { ModelProgram, SeenAnswer } from '../task.ts'
import type { ShownModel } from './dropped.ts'

export const weightsFile = 'model.safetensors'

export interface ToldModel extends Omit<ShownModel, 'name'> {
  readonly program: ModelProgram
  /** Which of the rows is looked at. */
  readonly layer: number
  readonly seen: SeenAnswer | undefined
}

/** Numbers one after another as a range. */
const places = (numbers: readonly number[]): string => {
  const [first, last] = [numbers[0], numbers[numbers.length - 1]]
  return last - first === numbers.length - 1 ? `list(range(${first}, ${last + 1}))` : `[${numbers.join(', ')}]`
}

const seenText = ({ seen, position }: ToldModel): string =>
  seen?.parts == null
    ? ''
    : `# What the output at row ${position[0]}, column ${position[1]} sees: rows and columns of the picture, part by part.
seen = [${seen.parts.map(([rows, columns]) => `(${places(rows.positions)}, ${places(columns.positions)})`).join(', ')}]

`

/** Where the output stands among those of its layer. */
const chosen = ({ position, channel }: ToldModel): string =>
  `[${[...position, ...(channel === 0 ? [] : [channel - 1])].join(', ')}]`

const opening = (
  imports: string,
  weights: string,
  functions = '',
): string => `# ${weightsFile} lies in the folder where this runs: the model's weights.
import json
import struct

import numpy as np
${imports}


${readSafetensors}

${functions}w = {name: ${weights} for name, value in read_safetensors("${weightsFile}").items()}
`

/** Undefined where a node has no line. */
export function droppedPytorchOf(told: ToldModel): string | undefined {
  const { program, inputShape, row, layer } = told
  if (!('lines' in program.pytorch)) return undefined
  const made =
    row.outputShape.length === 3 ? (program.first[layer] ? 'y[0].permute(1, 2, 0)' : 'y[0]') : 'y.reshape(1, 1, -1)'
  return `${opening('import torch\nimport torch.nn.functional as F', 'torch.from_numpy(value)')}

def run(x):
    """Every value of the model by its name. x: [1, ${inputShape.join(', ')}]."""
    v = {${quoted(program.input)}: ${program.inputFirst ? 'x.permute(0, 3, 1, 2)' : 'x'}}
    ${program.pytorch.lines.join('\n    ')}
    return v


def layer(image):
    """What the layer makes: [${row.positions!.join(', ')}, ${row.channels}]. image: [${inputShape.join(', ')}], 0 ... 1."""
    y = run(image[None])[${quoted(program.values[layer])}]
    return ${made}


${seenText(told)}
def effective_field(image):
    """|d output / d pixel|, channels added up. image: [${inputShape.join(', ')}], 0 ... 1 (NumPy, float32)."""
    x = torch.tensor(image, requires_grad=True)
    layer(x)${chosen(told)}.sum().backward()
    return x.grad.abs().sum(-1).numpy()
`
}

/** Undefined where a node has no line. */
export function droppedTensorflowOf(told: ToldModel): string | undefined {
  const { program, inputShape, row, layer } = told
  if (!('lines' in program.tensorflow)) return undefined
  const { lines } = program.tensorflow
  const made =
    row.outputShape.length === 3
      ? program.first[layer]
        ? 'tf.transpose(y[0], [1, 2, 0])'
        : 'y[0]'
      : 'tf.reshape(y, [1, 1, -1])'
  return `${opening('import tensorflow as tf', 'tf.constant(value)', helpersOf(lines))}

def run(x):
    """Every value of the model by its name. x: [1, ${inputShape.join(', ')}]."""
    v = {${quoted(program.input)}: ${program.inputFirst ? 'tf.transpose(x, [0, 3, 1, 2])' : 'x'}}
    ${lines.join('\n    ')}
    return v


def layer(image):
    """What the layer makes: [${row.positions!.join(', ')}, ${row.channels}]. image: [${inputShape.join(', ')}], 0 ... 1."""
    y = run(image[None])[${quoted(program.values[layer])}]
    return ${made}


${seenText(told)}
def effective_field(image):
    """|d output / d pixel|, channels added up. image: [${inputShape.join(', ')}], 0 ... 1 (NumPy, float32)."""
    x = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = tf.reduce_sum(layer(x)${chosen(told)})
    return tf.reduce_sum(tf.abs(tape.gradient(output, x)), -1).numpy()
`
}
