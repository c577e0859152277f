// The network as a program for TensorFlow: it loads the weights and finds the masks of the pictures that are shown.

import { lines, readSafetensors } from '../../code/python.ts'
import { picturesFile, type Used, weightsFile } from './used.ts'

export const tensorflowOf = ({ depth, skips, classes, mean, deviation }: Used): string =>
  lines(`
# A U-Net of ${depth} levels, ${skips ? 'with' : 'without'} skip connections (Ronneberger et al. 2015).
# ${weightsFile} and ${picturesFile} lie in the folder where this runs.
import json
import struct

import numpy as np
import tensorflow as tf

classes = ${JSON.stringify(classes)}


${readSafetensors}

w = {name: tf.constant(value) for name, value in read_safetensors("${weightsFile}").items()}


def double(x, name):
    """Two convolutions, each with batch normalisation and ReLU."""
    for i in (1, 2):
        # Kernels are [height, width, in, out], in the file as in TensorFlow; their sides are odd.
        x = tf.nn.conv2d(x, w[f"{name}.conv{i}.weight"], strides=1, padding="SAME")
        norm = f"{name}.norm{i}"
        x = tf.nn.batch_normalization(
            x, w[f"{norm}.mean"], w[f"{norm}.variance"], w[f"{norm}.bias"], w[f"{norm}.scale"], variance_epsilon=1e-5
        )
        x = tf.nn.relu(x)
    return x


def up(x, name):
    """Twice as many rows and columns: a transposed convolution whose kernel is [2, 2, out, in]."""
    kernel = w[f"{name}.weight"]
    shape = [x.shape[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2]]
    return tf.nn.conv2d_transpose(x, kernel, shape, strides=2, padding="VALID") + w[f"{name}.bias"]


def unet(x):
    """Scores for each pixel: [batch, height, width, 3] to [batch, height, width, ${classes.length}]."""
    kept = []
    for level in range(1, ${depth + 1}):
        kept.append(double(x, f"down{level}"))
        x = tf.nn.max_pool2d(kept[-1], ksize=2, strides=2, padding="VALID")
    x = double(x, "bottom")
    for level in range(${depth}, 0, -1):
        x = up(x, f"up{level}")
        ${skips ? 'x = double(tf.concat([kept[level - 1], x], axis=-1), f"merge{level}")' : 'x = double(x, f"merge{level}")'}
    return tf.nn.conv2d(x, w["head.weight"], strides=1, padding="SAME") + w["head.bias"]


shown = read_safetensors("${picturesFile}")
mean, deviation = tf.constant([${mean.join(', ')}], tf.float32), tf.constant([${deviation.join(', ')}], tf.float32)
found = tf.argmax(unet((tf.constant(shown["image"]) - mean) / deviation), axis=-1).numpy()
truth = shown["mask"]

pictures = []
for own, there in zip(found, truth):
    counts = [int((own == label).sum()) for label in range(len(classes))]
    pictures.append({"found": dict(zip(classes, counts)), "wrong": int((own != there).sum())})
print(json.dumps(pictures))
`)
