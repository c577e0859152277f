// What every place of the matrix computes. Worked by hand:
//
//   1 2 3       1 0      6  8     y = conv2d(x, filter); loss = Σ y² = 36 + 64 + 144 + 196
//   4 5 6   ∗   0 1  =  12 14     ∂loss/∂filter[i, j] = 2 Σ y[r, c] x[r + i, c + j]
//   7 8 9                         one step of SGD with the learning rate 0.001

export const expected = {
  y: [6, 8, 12, 14],
  loss: [440],
  gradient: [280, 360, 520, 600],
  step: [0.72, -0.36, -0.52, 0.4],
  // 3 × 3 × 32 ones under the filter at every place; long enough for several threads.
  wide: [288, 288],
}

const numbers = async (tensor) => [...(await tensor.data())]

/** @param {typeof import('convoke')} convoke */
export async function compute({
  backends,
  conv2d,
  currentBackend,
  ones,
  optim,
  square,
  sum,
  tensor,
  valueAndGradients,
}) {
  const x = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 3, 3, 1] })
  const filter = tensor([1, 0, 0, 1], { shape: [2, 2, 1, 1] })
  const y = conv2d(x, filter)
  const { value, gradients } = valueAndGradients(() => sum(square(conv2d(x, filter))), [filter])
  const before = { y: await numbers(y), loss: await numbers(value), gradient: await numbers(gradients[0]) }
  optim.SGD([filter], { learningRate: 0.001 }).step(gradients)
  const wide = await numbers(conv2d(ones([1, 66, 66, 32]), ones([3, 3, 32, 32])))
  return {
    ...before,
    step: await numbers(filter),
    wide: [wide.reduce((a, b) => Math.min(a, b)), wide.reduce((a, b) => Math.max(a, b))],
    backend: currentBackend().name,
    backends: backends(),
  }
}
