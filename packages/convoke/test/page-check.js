// What Node and a page both compute, on 'wasm'.

const steps = (count, scale) => Float32Array.from({ length: count }, (_, i) => (((i * 37) % 101) / 50 - 1) * scale)

/**
 * A convolution with its gradients, large enough for several threads.
 * @param {typeof import('convoke')} convoke
 */
export async function compute({ backends, conv2d, mean, square, tensor, threads, useBackend, valueAndGradients }) {
  await useBackend('wasm')
  const x = tensor(steps(2 * 40 * 40 * 16, 1), { shape: [2, 40, 40, 16] })
  const filter = tensor(steps(3 * 3 * 16 * 24, 0.2), { shape: [3, 3, 16, 24] })
  const bias = tensor(steps(24, 0.1), { shape: [24] })
  const loss = () => mean(square(conv2d(x, filter, { stride: 2, padding: 'same', bias, activation: 'relu' })))
  const { value, gradients } = valueAndGradients(loss, [x, filter, bias])
  const numbers = []
  for (const result of [value, ...gradients]) numbers.push(Array.from(await result.data()))
  const { reason } = backends().find(({ name }) => name === 'wasm')
  return { numbers, threads: threads(), reason }
}
