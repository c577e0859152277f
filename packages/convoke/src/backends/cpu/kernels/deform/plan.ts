// Deformable im2col (Dai et al. 2017) and its gradients as plans: where each sample reads, then what it reads.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { DeformSpec } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import type { Part } from '../convolution/axes.ts'
import { fillStep } from '../elementwise/fill.ts'
import { fewGrains, grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOfEach } from '../step.ts'
import { deformInputGradientProgram, deformOffsetGradientProgram, deformUnfoldProgram } from './programs.ts'
import { sampleBytes, sampleProgram, tapsOf, tapTable, wordsOfSample } from './samples.ts'

/** Parts of the work: rows of the outputs of an image, or all rows of some small images. */
interface RowParts {
  readonly count: number
  readonly at: (part: number) => { readonly image: number; readonly images: number; readonly rows: Part }
}

/** Images beyond which a task takes all rows of several. */
const mostImages = 128

/** Images that a task takes at once, of so many elements each. */
const imagesOf = (batch: number, elements: number): Part[] =>
  grainsOf(batch, batch > mostImages ? grainUnits(batch, elements) : 1).map(({ start, count }) => ({
    first: start,
    count,
  }))

function rowParts(spec: DeformSpec): RowParts {
  const [, height, width] = liftAxes(spec.conv)
  const { batch, inputChannels } = spec.conv
  const rowElements = width.output * tapsOf(spec) * inputChannels
  const units = batch > mostImages ? Math.max(1, height.output) : grainUnits(height.output, rowElements)
  const grains = grainsOf(height.output, units)
  const images = imagesOf(batch, height.output * rowElements)
  return {
    count: images.length * grains.length,
    at: (part) => {
      const { start, count } = grains[part % grains.length]
      const { first, count: taken } = images[Math.floor(part / grains.length)]
      return { image: first, images: taken, rows: { first: start, count } }
    },
  }
}

interface Buffers {
  readonly x: number
  readonly offsets: number
  readonly mask: number
  readonly columns: number
  readonly samples: number
  readonly taps: number
}

/** Bytes of a pixel in each tensor. */
function pixelBytes(spec: DeformSpec) {
  const samples = spec.offsetGroups * tapsOf(spec)
  return {
    ...{ samples: 4 * wordsOfSample * samples, offsets: 8 * samples, mask: 4 * samples },
    columns: 4 * tapsOf(spec) * spec.conv.inputChannels,
  }
}

function sampleStep(spec: DeformSpec, buffers: Buffers, target: Target): KernelStep {
  const [, height, width] = liftAxes(spec.conv)
  const bytes = pixelBytes(spec)
  const parts = rowParts(spec)
  return stepOfEach(sampleProgram(spec, target), parts.count, (task): CallArguments => {
    const { image, images, rows } = parts.at(task)
    const pixel = (image * height.output + rows.first) * width.output
    return {
      offsets: place(buffers.offsets, pixel * bytes.offsets),
      samples: place(buffers.samples, pixel * bytes.samples),
      taps: place(buffers.taps, 0),
      ...{ images, rows: rows.count, firstRow: rows.first * height.stride },
    }
  })
}

/** One call of `program` for each offset group of each part: where it begins in what the programs walk over. */
function walkStep(
  program: Program,
  spec: DeformSpec,
  buffers: Buffers,
  gradients?: { offsets: number; mask: number },
): KernelStep {
  const [, height, width] = liftAxes(spec.conv)
  const bytes = pixelBytes(spec)
  const [taps, channels] = [tapsOf(spec), spec.conv.inputChannels / spec.offsetGroups]
  const image = 4 * sizeOf(spec.conv.inputSize) * spec.conv.inputChannels
  const parts = rowParts(spec)
  return stepOfEach(program, parts.count * spec.offsetGroups, (task): CallArguments => {
    const part = parts.at(Math.floor(task / spec.offsetGroups))
    const group = task % spec.offsetGroups
    const pixel = (part.image * height.output + part.rows.first) * width.output
    const samples = group * taps
    return {
      x: place(buffers.x, part.image * image + 4 * group * channels),
      samples: place(buffers.samples, pixel * bytes.samples + 4 * wordsOfSample * samples),
      columns: place(buffers.columns, pixel * bytes.columns + 4 * group * channels),
      mask: place(buffers.mask, pixel * bytes.mask + 4 * samples),
      ...(gradients && {
        offsetGradient: place(gradients.offsets, pixel * bytes.offsets + 8 * samples),
        maskGradient: place(gradients.mask, pixel * bytes.mask + 4 * samples),
      }),
      ...{ images: part.images, pixels: part.rows.count * width.output },
    }
  })
}

/** [x, offsets, mask?] → [columns] */
export function planDeformUnfold(spec: DeformSpec, target: Target): KernelPlan {
  const columns = spec.masked ? 3 : 2
  const buffers: Buffers = { x: 0, offsets: 1, mask: 2, columns, samples: columns + 1, taps: columns + 2 }
  const unfold = walkStep(deformUnfoldProgram(spec, target), spec, buffers)
  return Object.freeze({
    name: unfold.program.name,
    steps: [sampleStep(spec, buffers, target), unfold],
    ...{ scratch: [sampleBytes(spec)], tables: [tapTable(spec)] },
  })
}

/** Channels of x, or more, whose gradient one task adds up: whole cache lines. */
const channelsOfTask = 64

/** [column gradient, x, offsets, mask?] → [x gradient, offset gradient, mask gradient?] */
export function planDeformUnfoldGradient(spec: DeformSpec, target: Target): KernelPlan {
  const { conv, offsetGroups, masked } = spec
  const outputs = masked ? 4 : 3
  const samples = outputs + (masked ? 3 : 2)
  const buffers: Buffers = { columns: 0, x: 1, offsets: 2, mask: 3, samples, taps: samples + 1 }
  const [xGradient, offsetGradient, maskGradient] = [outputs, outputs + 1, outputs + 2]
  const bytes = pixelBytes(spec)

  const perGroup = conv.inputChannels / offsetGroups
  const pixels = sizeOf(conv.outputSize)
  const grains = fewGrains(perGroup, channelsOfTask)
  const images = imagesOf(conv.batch, pixels * tapsOf(spec) * conv.inputChannels)
  const inputCall = (task: number): CallArguments => {
    const { start, count } = grains[task % grains.length]
    const part = Math.floor(task / grains.length)
    const { first: image, count: taken } = images[Math.floor(part / offsetGroups)]
    const group = part % offsetGroups
    const channel = 4 * (group * perGroup + start)
    const [first, words] = [image * pixels, group * tapsOf(spec)]
    return {
      x: place(xGradient, 4 * image * sizeOf(conv.inputSize) * conv.inputChannels + channel),
      samples: place(samples, first * bytes.samples + 4 * wordsOfSample * words),
      columns: place(buffers.columns, first * bytes.columns + channel),
      mask: place(buffers.mask, first * bytes.mask + 4 * words),
      ...{ images: taken, pixels, vectors: Math.floor(count / target.lanes), tail: count % target.lanes },
    }
  }
  const size = conv.batch * sizeOf(conv.inputSize) * conv.inputChannels
  const gradients = { offsets: offsetGradient, mask: maskGradient }
  const offsetStep = walkStep(deformOffsetGradientProgram(spec, target), spec, buffers, gradients)
  return Object.freeze({
    name: offsetStep.program.name,
    steps: [
      sampleStep(spec, buffers, target),
      offsetStep,
      fillStep(0, 'float32', size, target, xGradient),
      stepOfEach(deformInputGradientProgram(spec, target), images.length * offsetGroups * grains.length, inputCall),
    ],
    ...{ scratch: [sampleBytes(spec)], tables: [tapTable(spec)] },
  })
}
