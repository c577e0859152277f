// Signals and pictures: spectra, filters and templates. The benchmark of transforms and large kernels is `--fft`.

import * as convoke from 'convoke'
import { atSizes, type OpCase, one, two } from './op-case.ts'

const complex = [
  ['64×256', [64, 256, 2]],
  ['1024×1024', [1024, 1024, 2]],
] as const
const real = [
  ['64×256', [64, 256]],
  ['1024×1024', [1024, 1024]],
] as const
const halves = [
  ['64×256', [64, 129, 2]],
  ['1024×1024', [1024, 513, 2]],
] as const
const steps = { backward: false } as const

const viewed = (expression: string): string => `torch.view_as_real(${expression})`
const complexOf = (input: string): string => `torch.view_as_complex(${input})`

const spectra: OpCase[][] = [
  atSizes(complex, {
    ...{ op: 'fft', run: one((x) => convoke.fft(x)), torch: viewed(`torch.fft.fft(${complexOf('x0')})`) },
    onnx: { operator: 'DFT', constants: [null, { scalarInt: 1 }] },
  }),
  atSizes(complex, {
    ...{ op: 'ifft', run: one((x) => convoke.ifft(x)), torch: viewed(`torch.fft.ifft(${complexOf('x0')})`) },
    onnx: { operator: 'DFT', attributes: { inverse: 1 }, constants: [null, { scalarInt: 1 }] },
  }),
  atSizes(real, { op: 'rfft', run: one((x) => convoke.rfft(x)), torch: viewed('torch.fft.rfft(x0)') }),
  atSizes(halves, { op: 'irfft', run: one((x) => convoke.irfft(x)), torch: `torch.fft.irfft(${complexOf('x0')})` }),
  atSizes(
    complex.map(([size, shape]) => [size, shape, shape] as const),
    {
      ...{ op: 'complexMultiply', run: two(convoke.complexMultiply) },
      torch: viewed(`${complexOf('x0')} * ${complexOf('x1')}`),
    },
  ),
  atSizes(real, { op: 'fftShift', run: one((x) => convoke.fftShift(x)), torch: 'torch.fft.fftshift(x0)' }),
  atSizes(real, { op: 'ifftShift', run: one((x) => convoke.ifftShift(x)), torch: 'torch.fft.ifftshift(x0)' }),
  [10_000, 1_000_000].flatMap((count): OpCase[] => {
    const none = { size: String(count), inputs: [], ...steps }
    return [
      { ...none, op: 'fftFrequencies', run: () => convoke.fftFrequencies(count), torch: `torch.fft.fftfreq(${count})` },
      {
        ...{ ...none, op: 'rfftFrequencies', run: () => convoke.rfftFrequencies(count) },
        torch: `torch.fft.rfftfreq(${count})`,
      },
    ]
  }),
]

/** A picture and a kernel of so many pixels each way, which the peers see with batch and channels. */
const pictures = [
  ['128² with 5²', 128, 5],
  ['1024² with 5²', 1024, 5],
  ['1024² with 15²', 1024, 15],
] as const

const filters: OpCase[] = pictures.flatMap(([size, side, kernel]): OpCase[] => {
  const inputs = [
    { shape: [side, side], peer: [1, 1, side, side] },
    { shape: [kernel, kernel], peer: [1, 1, kernel, kernel] },
  ]
  const pads = Array.from({ length: 4 }, () => (kernel - 1) / 2)
  return [
    {
      ...{ op: 'correlate', size, inputs, run: two((x, k) => convoke.correlate(x, k, { mode: 'same' })) },
      ...{ onnx: { operator: 'Conv', attributes: { pads } }, torch: `F.conv2d(x0, x1, padding=${(kernel - 1) / 2})` },
    },
    {
      ...{ op: 'convolve', size, inputs, run: two((x, k) => convoke.convolve(x, k, { mode: 'same' })) },
      torch: `F.conv2d(x0, x1.flip(2, 3), padding=${(kernel - 1) / 2})`,
    },
  ]
})

const found: OpCase[] = [128, 512].flatMap((side): OpCase[] => [
  {
    ...{ op: 'deconvolve', size: `${side}² with 9²` },
    inputs: [{ shape: [side, side] }, { shape: [9, 9], filling: 'positive' }],
    run: two((x, k) => convoke.deconvolve(x, k)),
  },
  {
    ...{ op: 'matchTemplate', size: `${side}²×3 with 15²` },
    inputs: [{ shape: [side, side, 3] }, { shape: [15, 15, 3] }],
    run: two(convoke.matchTemplate),
  },
])

export const signals: readonly OpCase[] = [...spectra.flat(), ...filters, ...found]
