// The same networks from TensorFlow.js's own ops, started from Convoke's weights.

import { ConvokeError } from 'convoke'
import { exampleOf, firstWeights, type Network } from './networks.ts'
import { type Stepper, stepperHere } from './stepper.ts'

type Tensorflow = typeof import('@tensorflow/tfjs-core')
type Tensor = import('@tensorflow/tfjs-core').TensorflowTensor
type Variable = import('@tensorflow/tfjs-core').Variable

const epsilon = 1e-5
const momentum = 0.1

/** The layers that all networks are made of; weights by Convoke's names. */
function layersOn(tf: Tensorflow, weights: ReadonlyMap<string, Variable>) {
  const weight = (name: string): Variable => {
    const found = weights.get(name)
    if (found === undefined) throw new Error(`there is no weight ${name}`)
    return found
  }
  const conv = (x: Tensor, name: string, stride = 1): Tensor => {
    const filter = weight(`${name}.weight`)
    return tf.conv2d(x, filter, [stride, stride], Math.floor(filter.shape[0] / 2), 'NHWC', [1, 1])
  }
  const norm = (x: Tensor, name: string): Tensor => {
    const { mean, variance } = tf.moments(x, [0, 1, 2])
    const count = x.shape[0] * x.shape[1] * x.shape[2]
    const follow = (running: Variable, newest: Tensor, correction: number): void =>
      running.assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(newest, momentum * correction)))
    follow(weight(`${name}.mean`), mean, 1)
    follow(weight(`${name}.variance`), variance, count / (count - 1))
    return tf.batchNorm(x, mean, variance, weight(`${name}.bias`), weight(`${name}.scale`), epsilon)
  }
  const convNorm = (x: Tensor, name: string, stride = 1): Tensor =>
    norm(conv(x, `${name}.conv`, stride), `${name}.norm`)
  const head = (x: Tensor): Tensor => tf.add(tf.matMul(tf.mean(x, [1, 2]), weight('head.weight')), weight('head.bias'))
  return { convNorm, head, has: (name: string) => weights.has(name) }
}

type ResNet = Extract<Network['plan'], { kind: 'resnet' }>
type Layers = ReturnType<typeof layersOn>

function compact(tf: Tensorflow, { convNorm, head }: Layers, x: Tensor): Tensor {
  const unit = (value: Tensor, name: string) => tf.relu(convNorm(value, name))
  const first = tf.maxPool(unit(x, 'stage1.unit1'), 2, 2, 'valid')
  const second = tf.maxPool(unit(unit(first, 'stage2.unit1'), 'stage2.unit2'), 2, 2, 'valid')
  return head(unit(unit(second, 'stage3.unit1'), 'stage3.unit2'))
}

function resnet(tf: Tensorflow, { convNorm, head, has }: Layers, x: Tensor, { stem, block, depths }: ResNet): Tensor {
  const small = stem === 'small'
  const body = (value: Tensor, name: string, stride: number): Tensor => {
    if (block === 'basic') return convNorm(tf.relu(convNorm(value, `${name}.conv1`, stride)), `${name}.conv2`)
    const narrow = tf.relu(convNorm(value, `${name}.conv1`))
    return convNorm(tf.relu(convNorm(narrow, `${name}.conv2`, stride)), `${name}.conv3`)
  }
  let y = tf.relu(convNorm(x, 'stem', small ? 1 : 2))
  if (!small) y = tf.maxPool(y, 3, 2, 1)
  for (const [stage, depth] of depths.entries()) {
    for (let i = 0; i < depth; i++) {
      const name = `stage${stage + 1}.${i}`
      const stride = stage > 0 && i === 0 ? 2 : 1
      const shortcut = has(`${name}.shortcut.conv.weight`) ? convNorm(y, `${name}.shortcut`, stride) : y
      y = tf.relu(tf.add(body(y, `${name}.body`, stride), shortcut))
    }
  }
  return head(y)
}

async function open(tf: Tensorflow, backend: 'cpu' | 'wasm'): Promise<void> {
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu')
  else await import('@tensorflow/tfjs-backend-wasm')
  if (backend === 'wasm') tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  if (!(await tf.setBackend(backend))) throw new ConvokeError(`TensorFlow.js: its backend '${backend}' did not start.`)
  // The core has the gradients of its ops, and registers none of them by itself.
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js')
}

export async function openTfjs(network: Network, backend: 'cpu' | 'wasm'): Promise<Stepper> {
  const tf = await import('@tensorflow/tfjs-core')
  await open(tf, backend)
  const weights = new Map<string, Variable>()
  const model = firstWeights(network)
  const trained = new Set(Object.keys(model.namedParameters()))
  for (const [name, value] of Object.entries(model.state())) {
    const data = Float32Array.from(await value.data())
    weights.set(name, tf.variable(tf.tensor(data, value.shape, 'float32'), trained.has(name)))
  }
  const { batch, side, channels, classes, plan, learningRate } = network
  const { pictures, labels } = exampleOf(network)
  const x = tf.tensor(pictures, [batch, side, side, channels], 'float32')
  const oneHot = new Float32Array(batch * classes)
  labels.forEach((label, i) => {
    oneHot[i * classes + label] = 1
  })
  const y = tf.tensor(oneHot, [batch, classes], 'float32')
  const layers = layersOn(tf, weights)
  const logits = (): Tensor => (plan.kind === 'compact' ? compact(tf, layers, x) : resnet(tf, layers, x, plan))
  const variables = [...weights].flatMap(([name, variable]) => (trained.has(name) ? [variable] : []))
  const optimizer =
    network.optimizer === 'adam' ? tf.train.adam(learningRate, 0.9, 0.999, 1e-8) : tf.train.momentum(learningRate, 0.9)
  return stepperHere(`tfjs ${backend}`, async () => {
    const cost = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, logits()), true, variables)
    const [loss] = await cost.data()
    cost.dispose()
    // Whatever is still under way counts: the last weights are read.
    await variables[variables.length - 1].data()
    return loss
  })
}
