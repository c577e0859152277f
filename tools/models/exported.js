// The library's own networks, exported and run by onnxruntime-node: equal outputs at two batch sizes.

import { createRequire } from 'node:module'
import {
  cast,
  conv2d,
  deformConv2d,
  floor,
  models,
  randomUniform,
  scope,
  sigmoid,
  Tensor,
  toChannelsFirst,
  useBackend,
  zeros,
} from 'convoke'
import { encodeOnnx, exportOnnx } from 'convoke/graph'
import { differenceOf } from './difference.js'

/** Largest difference over largest value. */
const tolerance = 1e-4

/** Options, the shape of an example, and for whole numbers how many there are. */
const networks = {
  resnet18: [{ classes: 10 }, [1, 64, 64, 3]],
  resnet26: [{ classes: 10 }, [1, 64, 64, 3]],
  resnet34: [{ classes: 10 }, [1, 64, 64, 3]],
  resnet50: [{ classes: 10 }, [1, 64, 64, 3]],
  resnet101: [{ classes: 10 }, [1, 64, 64, 3]],
  resnet152: [{ classes: 10 }, [1, 64, 64, 3]],
  vgg11: [{ classes: 10 }, [1, 32, 32, 3]],
  vgg13: [{ classes: 10 }, [1, 32, 32, 3]],
  vgg16: [{ classes: 10 }, [1, 32, 32, 3]],
  vgg19: [{ classes: 10 }, [1, 32, 32, 3]],
  mobilenetv2: [{ classes: 10 }, [1, 64, 64, 3]],
  convnext: [{ classes: 10 }, [1, 64, 64, 3]],
  unet: [{ classes: 2, width: 16, depth: 3, channels: 3 }, [1, 64, 64, 3]],
  cct: [{ classes: 10, picture: 32, layers: 2 }, [1, 32, 32, 3]],
  crnn: [{ classes: 10 }, [1, 32, 64, 1]],
  tcn: [{ in: 3, out: 4, widths: [5, 6] }, [1, 16, 3]],
  textcnn: [{ vocabulary: 50, classes: 3 }, [1, 12], 50],
  charcnn: [{ alphabet: 20, classes: 3, features: 'small', length: 200 }, [1, 200, 20]],
  lstm: [{ in: 3, out: 4, hidden: 5, bidirectional: true, layers: 2 }, [1, 6, 3]],
  gru: [{ in: 3, out: 4, hidden: 5, bidirectional: true, layers: 2 }, [1, 6, 3]],
  detector: [{ classes: 3 }, [1, 64, 64, 3]],
  generator: [{}, [1, 100]],
  discriminator: [{}, [1, 64, 64, 3]],
  lenet5: [{}, [1, 28, 28, 1]],
  compact: [{ classes: 10, channels: 3 }, [1, 32, 32, 3]],
  deformable: [deformable, [1, 12, 10, 4], undefined, { opset: 19 }],
}

/** A deformable convolution of two groups with a mask: a function in place of options. */
function deformable() {
  const weights = (shape, seed) => randomUniform(shape, { seed, low: -0.5, high: 0.5 })
  const [toOffsets, toMask] = [weights([3, 3, 4, 36], 1), weights([3, 3, 4, 18], 2)]
  const [filter, bias] = [weights([3, 3, 2, 6], 3), weights([6], 4)]
  return (x) => {
    const mask = sigmoid(conv2d(x, toMask, { padding: 1 }))
    return deformConv2d(x, filter, conv2d(x, toOffsets, { padding: 1 }), { mask, groups: 2, padding: 1, bias })
  }
}

/** Random weights; biases and running statistics away from 0 and 1. */
function settled(name, options) {
  const model = models.build(name, options).initialize(1)
  Object.entries(model.state()).forEach(([key, tensor], seed) => {
    if (/mean$|bias$/i.test(key)) tensor.assign(randomUniform(tensor.shape, { seed, low: -0.3, high: 0.3 }))
    if (/var(iance)?$/i.test(key)) tensor.assign(randomUniform(tensor.shape, { seed, low: 0.5, high: 1.5 }))
  })
  return model.eval()
}

const listOf = (result) => (result instanceof Tensor ? [result] : Object.values(result).flat())

/** For each of two batch sizes, how far the outputs are apart. */
async function* alongsideOf(name) {
  const ort = createRequire(new URL('../../bench/package.json', import.meta.url))('onnxruntime-node')
  const [options, shape, whole, exporting] = networks[name]
  const model = typeof options === 'function' ? options() : settled(name, options)
  const onnx = exportOnnx(model, whole === undefined ? shape : zeros(shape, 'int32'), exporting)
  const session = await ort.InferenceSession.create(encodeOnnx(onnx))
  const [port] = onnx.graph.inputs
  const picture = onnx.graph.nodes.some(({ operator }) => operator === 'Conv') && shape.length > 2
  for (const batch of [1, 3]) {
    const own = shape.with(0, batch)
    const drawn = randomUniform(own, { seed: 5, low: whole === undefined ? -1 : 0, high: whole ?? 1 })
    const x = whole === undefined ? drawn : cast(floor(drawn), 'int32')
    const given = picture ? toChannelsFirst(x) : x
    const theirs = await session.run({ [port.name]: new ort.Tensor(x.dtype, given.dataSync(), given.shape) })
    const error = scope(() => {
      const each = listOf(model(x)).map((tensor, i) => {
        const { dims, data } = theirs[onnx.graph.outputs[i].name]
        const turned = tensor.rank > 2 && dims.join() !== tensor.shape.join() ? toChannelsFirst(tensor) : tensor
        return differenceOf(data, turned.dataSync())
      })
      return each.reduce((most, one) => Math.max(most, one), 0)
    })
    yield { batch, error }
  }
  model.dispose?.()
}

/** Compares the networks of these names, or all; gives how many comparisons fail. */
export async function checkExports(names, backends) {
  let failed = 0
  for (const backend of backends.length > 0 ? backends : ['native']) {
    await useBackend(backend)
    for (const name of names.length > 0 ? names : Object.keys(networks)) {
      for await (const { batch, error } of alongsideOf(name)) {
        const agrees = error <= tolerance
        if (!agrees) failed++
        const text = `${agrees ? 'agrees' : 'FAILS'}: differs by ${error.toExponential(1)}`
        console.log(`${name.padEnd(14)} batch ${batch} ${backend.padEnd(10)} ${text}`)
      }
    }
  }
  return failed
}
