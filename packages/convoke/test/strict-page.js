// What a page computes whose policy may forbid WebAssembly.

import { backends, conv2d, currentBackend, tensor } from '/dist/index.js'

async function compute() {
  const x = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 3, 3, 1] })
  const sums = [...(await conv2d(x, tensor([1, 0, 0, 1], { shape: [2, 2, 1, 1] })).data())]
  const reasons = Object.fromEntries(backends().map(({ name, reason }) => [name, reason]))
  return { sums, name: currentBackend().name, reasons }
}

globalThis.answer = compute()
