// What is shown as a program for TensorFlow: the network node by node, with the weights of the safetensors file.

import { readSafetensors } from '../../code/python.ts'
import { helpersOf } from '../../models/program/tensorflow-nodes.ts'
import { insideFile, numbersText, type Told } from './told.ts'

/** Undefined where a node has no line. */
export function tensorflowOf({ facts, form, layers, layer, channel, cam, occlusion }: Told): string | undefined {
  if (!('lines' in facts.tensorflow)) return undefined
  const { lines } = facts.tensorflow
  const { height, width, channels } = form
  const { score } = facts
  const last = (at: number, name: string): string =>
    facts.first[at]
      ? `tf.transpose(${name}[0], [1, 2, 0])`
      : `tf.reshape(${name}, [${layers[at].height}, ${layers[at].width}, ${layers[at].channels}])`
  return `# ${insideFile} lies in the folder where this runs: the network's weights, and the picture.
import json
import struct

import numpy as np
import tensorflow as tf


${readSafetensors}

${helpersOf(lines)}w = {name: tf.constant(value) for name, value in read_safetensors("${insideFile}").items()}
picture = w["picture"].numpy()  # [${height}, ${width}, ${channels}], 0 ... 1
scale, shift = np.array(${numbersText(facts.scale)}, np.float32), np.array(${numbersText(facts.shift)}, np.float32)


def run(image, taps={}):
    """Every value of the network by its name in the ONNX file; taps are added to values."""
    def tap(name, value):
        return value + taps[name] if name in taps else value

    x = tf.constant((image * scale + shift)[None])
    v = {${JSON.stringify(facts.input)}: ${facts.inputFirst ? 'tf.transpose(x, [0, 3, 1, 2])' : 'x'}}
    ${lines.join('\n    ')}
    return v


def flat(value):
    return tf.reshape(value, [-1])


values = run(picture)
shown = {"map": flat(${last(layer, `values[${JSON.stringify(facts.values[layer])}]`)}[..., ${channel}]).numpy().tolist()}
${
  score === undefined
    ? ''
    : `

def chances(image):
    return tf.nn.softmax(flat(run(image)[${JSON.stringify(score)}]))


shown["chances"] = chances(picture).numpy().tolist()
`
}${
  cam === undefined || score === undefined
    ? ''
    : `
# Grad-CAM (Selvaraju et al. 2017).
name = ${JSON.stringify(facts.values[cam.layer])}
tap = tf.zeros_like(values[name])
with tf.GradientTape() as tape:
    tape.watch(tap)
    chosen = flat(run(picture, {name: tap})[${JSON.stringify(score)}])[${cam.class}]
gradient = tape.gradient(chosen, tap)
grown = ${last(cam.layer, 'gradient')}
maps = ${last(cam.layer, 'values[name]')}
weighed = tf.reduce_sum(maps * tf.reduce_mean(grown, axis=[0, 1]), axis=-1)
shown["gradCam"] = flat(tf.nn.relu(weighed)).numpy().tolist()
`
}${
  occlusion === undefined || score === undefined
    ? ''
    : `
# Occlusion (Zeiler & Fergus 2014): a patch of the picture's mean colour over one place after the other.
patch, stride = ${occlusion.patch}, ${occlusion.stride}
colour = picture.mean(axis=(0, 1))
whole = chances(picture).numpy()[${occlusion.class}]
drops = []
for row in range(0, ${height}, stride):
    for column in range(0, ${width}, stride):
        top, left = (at + stride // 2 - patch // 2 for at in (row, column))
        covered = picture.copy()
        covered[max(0, top) : max(0, top + patch), max(0, left) : max(0, left + patch)] = colour
        drops.append(float(whole - chances(covered).numpy()[${occlusion.class}]))
shown["occlusion"] = drops
`
}
print(json.dumps(shown))
`
}
