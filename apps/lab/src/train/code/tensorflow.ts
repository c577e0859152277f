// The network as a program for TensorFlow: it loads the weights and reads the pictures that were held out.

import { lines, readSafetensors } from '../../code/python.ts'
import { networkSummary, picturesFile, pythonTail, type Used, weightsFile } from './used.ts'

export const tensorflowOf = (used: Used): string => {
  const { depth, classes, mean, deviation } = used
  return lines(`
# ${networkSummary(used)}
# ${weightsFile} and ${picturesFile} lie in the folder where this runs.
import json
import struct

import numpy as np
import tensorflow as tf

classes = ${JSON.stringify(classes)}


${readSafetensors}

w = {name: tf.constant(value) for name, value in read_safetensors("${weightsFile}").items()}


def unit(x, name):
    """A convolution with batch normalisation and ReLU."""
    # Kernels are [height, width, in, out], in the file as in TensorFlow; their sides are odd.
    x = tf.nn.conv2d(x, w[f"{name}.conv.weight"], strides=1, padding="SAME")
    n = f"{name}.norm"
    x = tf.nn.batch_normalization(
        x, w[f"{n}.mean"], w[f"{n}.variance"], w[f"{n}.bias"], w[f"{n}.scale"], variance_epsilon=1e-5
    )
    return tf.nn.relu(x)


def network(x):
    """Scores: [batch, height, width, channels] to [batch, ${classes.length}]."""
    x = unit(x, "stage1.unit1")
    for stage in range(2, ${depth + 1}):
        x = tf.nn.max_pool2d(x, ksize=2, strides=2, padding="VALID")
        x = unit(unit(x, f"stage{stage}.unit1"), f"stage{stage}.unit2")
    return tf.matmul(tf.reduce_mean(x, axis=[1, 2]), w["head.weight"]) + w["head.bias"]


held_out = read_safetensors("${picturesFile}")
mean, deviation = tf.constant([${mean.join(', ')}], tf.float32), tf.constant([${deviation.join(', ')}], tf.float32)
found = tf.argmax(network((tf.constant(held_out["image"]) - mean) / deviation), axis=-1).numpy()
truth = held_out["label"]
${pythonTail}`)
}
