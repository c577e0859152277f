// The network as a program for TensorFlow.

import type { Shown } from './facts.ts'
import { pythonHead, pythonTail } from './python.ts'

export const tensorflowOf = (shown: Shown): string => `${pythonHead(shown, 'import tensorflow as tf')}
x = tf.gather(weights["embedding.weight"], [ids])  # [1, words, vector]
answers = {}
pooled = []
for window in windows:
    y = tf.nn.conv1d(x, weights[f"conv{window}.weight"], stride=1, padding="VALID")
    y = tf.nn.relu(y + weights[f"conv{window}.bias"])  # [1, positions, filters]
    answers[window] = y[0].numpy()
    pooled.append(tf.reduce_max(y, axis=1))
y = tf.concat(pooled, axis=1) @ weights["head.weight"] + weights["head.bias"]
logit = float(y[0, 0])
probability = float(tf.sigmoid(y)[0, 0])
${pythonTail}`
