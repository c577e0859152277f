// Every door, and calls whose types a program relies on.

import { conv2d, nn, optim, square, sum, type Tensor, tensor, valueAndGradients } from 'convoke'
import * as autodiff from 'convoke/autodiff'
import * as backends from 'convoke/backends'
import * as data from 'convoke/data'
import * as explain from 'convoke/explain'
import * as files from 'convoke/files'
import * as formats from 'convoke/formats'
import * as graph from 'convoke/graph'
import * as metrics from 'convoke/metrics'
import * as models from 'convoke/models'
import * as mpi from 'convoke/mpi'
import * as layers from 'convoke/nn'
import * as node from 'convoke/node'
import * as ops from 'convoke/ops'
import * as optimisers from 'convoke/optim'
import * as scale from 'convoke/scale'
import { convOutputSize } from 'convoke/shapes'
import * as tensors from 'convoke/tensor'
import * as train from 'convoke/train'

export const network = [layers, optimisers, data, train, models, metrics, formats, graph]
export const others = [autodiff, backends, explain, files, mpi, node, ops, scale, tensors, convOutputSize]

const x: Tensor = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 3, 3, 1] })
const filter: Tensor = tensor([1, 0, 0, 1], { shape: [2, 2, 1, 1] })
const model = nn.Sequential({ conv: nn.Conv2d({ in: 1, out: 2, kernel: 2, padding: 'same' }), flat: nn.Flatten() })
const forward: nn.Module = model
const { value, gradients } = valueAndGradients(() => sum(square(conv2d(x, filter, { stride: 1 }))), [filter])
optim.SGD([filter], { learningRate: 0.001 }).step(gradients)

export const answer: Promise<readonly unknown[]> = Promise.all([value.data(), forward(x).data()])

// @ts-expect-error: there is no such option, and the types say so.
conv2d(x, filter, { strides: 1 })
