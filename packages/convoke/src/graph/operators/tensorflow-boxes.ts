// Boxes and maps of TensorFlow: crops, projections, and which boxes are left. Definitions: CropAndResize, Transform and
// nonMaxSuppressionImpl of TensorFlow.js (tfjs-backend-cpu).

import { fromData } from '../../tensor/create.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'

const floats = (numbers: ArrayLike<number>, shape: readonly number[] = [numbers.length]): Value =>
  Value.of(fromData(numbers, shape, 'float32'), 'float32')

const wholes = (numbers: ArrayLike<number>, shape: readonly number[] = [numbers.length]): Value =>
  Value.of(fromData(numbers, shape, 'int32'), 'int32')

/** Boxes `[y1, x1, y2, x2]` in shares of the picture, each read at so many places. */
function cropAndResize(call: Call): Value {
  const [x, boxes] = [call.value(0), call.value(1)]
  const [which, size] = [call.numbers(2) ?? [], call.numbers(3) ?? []]
  call.require(
    x.rank === 4 && boxes.rank === 2,
    () => `the picture ${x} or the boxes ${boxes} have the wrong number of axes.`,
  )
  const [height, width] = size
  const [batch, rows, columns, channels] = x.shape
  const nearest = call.text('method', 'bilinear') === 'nearest'
  const outside = call.float('extrapolation_value', 0)
  const count = boxes.shape[0]
  call.count(count * height * width * channels)
  const [corners, pixels] = [boxes.numbers(), x.numbers()]
  const result = new Float32Array(count * height * width * channels).fill(outside)
  const placesOf = (low: number, high: number, n: number, length: number): number[] =>
    Array.from({ length: n }, (_, i) =>
      n > 1 ? low * (length - 1) + (i * (high - low) * (length - 1)) / (n - 1) : 0.5 * (low + high) * (length - 1),
    )
  for (let box = 0; box < count; box++) {
    const [y1, x1, y2, x2] = [0, 1, 2, 3].map((i) => corners[4 * box + i])
    const from = which[box]
    call.require(from >= 0 && from < batch, () => `box ${box} is of picture ${from}; there are ${batch}.`)
    const across = placesOf(x1, x2, width, columns)
    placesOf(y1, y2, height, rows).forEach((row, i) => {
      if (row < 0 || row > rows - 1) return
      across.forEach((column, j) => {
        if (column < 0 || column > columns - 1) return
        const at = ((box * height + i) * width + j) * channels
        const pixel = (r: number, c: number, channel: number): number =>
          pixels[((from * rows + r) * columns + c) * channels + channel]
        const [top, left] = [Math.floor(row), Math.floor(column)]
        const [bottom, right] = [Math.ceil(row), Math.ceil(column)]
        const [v, h] = [row - top, column - left]
        for (let channel = 0; channel < channels; channel++) {
          if (nearest) {
            result[at + channel] = pixel(Math.round(row), Math.round(column), channel)
            continue
          }
          const upper = pixel(top, left, channel) * (1 - h) + pixel(top, right, channel) * h
          const lower = pixel(bottom, left, channel) * (1 - h) + pixel(bottom, right, channel) * h
          result[at + channel] = upper * (1 - v) + lower * v
        }
      })
    })
  }
  return floats(result, [count, height, width, channels])
}

/** Where a coordinate beyond the picture reads. */
function reached(place: number, length: number, mode: string): number {
  if (mode === 'CONSTANT' || (place >= 0 && place <= length - 1)) return place
  const last = length - 1
  if (mode === 'NEAREST') return Math.min(last, Math.max(0, place))
  if (length <= 1) return 0
  if (mode === 'WRAP') {
    const within =
      place < 0 ? place + length * (Math.trunc(-place / last) + 1) : place - length * Math.trunc(place / last)
    return Math.min(last, Math.max(0, within))
  }
  const period = 2 * length
  const within = ((place % period) + period) % period
  return Math.min(last, Math.max(0, within >= length ? period - within - 1 : within))
}

/** Each output pixel read where a projective map of eight numbers sends it. */
function projected(call: Call): Value {
  const [x, maps] = [call.value(0), call.value(1)]
  const [height, width] = call.numbers(2) ?? [x.shape[1], x.shape[2]]
  const fill = call.numbers(3)?.[0] ?? 0
  const [batch, rows, columns, channels] = x.shape
  call.require(
    x.rank === 4 && maps.size % 8 === 0,
    () => `the picture ${x} or the maps ${maps} have shapes that do not match.`,
  )
  call.count(batch * height * width * channels)
  const mode = call.text('fill_mode', 'CONSTANT').toUpperCase()
  const nearest = call.text('interpolation', 'NEAREST').toUpperCase() === 'NEAREST'
  const [pixels, all] = [x.numbers(), maps.numbers()]
  const result = new Float32Array(batch * height * width * channels).fill(fill)
  for (let n = 0; n < batch; n++) {
    const m = Array.from({ length: 8 }, (_, i) => all[(maps.size === 8 ? 0 : 8 * n) + i])
    const read = (r: number, c: number, channel: number): number =>
      r < 0 || c < 0 || r >= rows || c >= columns ? fill : pixels[((n * rows + r) * columns + c) * channels + channel]
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const scale = m[6] * j + m[7] * i + 1
        if (scale === 0) continue
        const column = reached((m[0] * j + m[1] * i + m[2]) / scale, columns, mode)
        const row = reached((m[3] * j + m[4] * i + m[5]) / scale, rows, mode)
        const at = ((n * height + i) * width + j) * channels
        const [top, left] = [Math.floor(row), Math.floor(column)]
        const [v, h] = [row - top, column - left]
        for (let channel = 0; channel < channels; channel++) {
          result[at + channel] = nearest
            ? read(Math.round(row), Math.round(column), channel)
            : (1 - v) * ((1 - h) * read(top, left, channel) + h * read(top, left + 1, channel)) +
              v * ((1 - h) * read(top + 1, left, channel) + h * read(top + 1, left + 1, channel))
        }
      }
    }
  }
  return floats(result, [batch, height, width, channels])
}

/** Places of the boxes that are kept, and the scores they have then. Soft where sigma is above 0. */
function suppressed(call: Call, soft: number): { readonly places: number[]; readonly kept: number[] } {
  const [boxes, scores] = [call.value(0).numbers(), call.value(1).numbers()]
  const most = call.numbers(2)?.[0] ?? 0
  const [overlap, threshold] = [call.numbers(3)?.[0] ?? 0.5, call.numbers(4)?.[0] ?? Number.NEGATIVE_INFINITY]
  const scale = soft > 0 ? -0.5 / soft : 0
  interface Candidate {
    score: number
    readonly box: number
    begin: number
  }
  const before = (a: Candidate, b: Candidate): number => a.score - b.score || b.box - a.box
  const candidates: Candidate[] = []
  for (let box = 0; box < scores.length; box++)
    if (scores[box] > threshold) candidates.push({ score: scores[box], box, begin: 0 })
  candidates.sort(before)
  const [places, kept]: [number[], number[]] = [[], []]
  while (places.length < most && candidates.length > 0) {
    const candidate = candidates.pop() as Candidate
    const { score, box, begin } = candidate
    if (score < threshold) break
    let ignored = false
    for (let i = places.length - 1; i >= begin; i--) {
      const shared = intersectionOverUnion(boxes, box, places[i])
      if (shared >= overlap) {
        ignored = true
        break
      }
      candidate.score *= shared <= overlap ? Math.exp(scale * shared * shared) : 0
      if (candidate.score <= threshold) break
    }
    candidate.begin = places.length
    if (ignored) continue
    if (candidate.score === score) {
      places.push(box)
      kept.push(score)
    } else if (candidate.score > threshold) {
      const at = candidates.findIndex((other) => before(other, candidate) > 0)
      candidates.splice(at < 0 ? candidates.length : at, 0, candidate)
    }
  }
  return { places, kept }
}

function intersectionOverUnion(boxes: ArrayLike<number>, i: number, j: number): number {
  const sides = (box: number): number[] => {
    const [y1, x1, y2, x2] = [0, 1, 2, 3].map((k) => boxes[4 * box + k])
    return [Math.min(y1, y2), Math.min(x1, x2), Math.max(y1, y2), Math.max(x1, x2)]
  }
  const [a, b] = [sides(i), sides(j)]
  const area = (box: number[]): number => (box[2] - box[0]) * (box[3] - box[1])
  if (area(a) <= 0 || area(b) <= 0) return 0
  const height = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]))
  const width = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
  return (height * width) / (area(a) + area(b) - height * width)
}

function padded(call: Call, list: readonly number[]): number[] {
  const most = call.numbers(2)?.[0] ?? 0
  if (!call.flag('pad_to_max_output_size')) return [...list]
  call.count(most)
  return Array.from({ length: most }, (_, i) => list[i] ?? 0)
}

export const tensorflowBoxes: Readonly<Record<string, Operator>> = {
  ...{ CropAndResize: cropAndResize, ImageProjectiveTransformV3: projected },
  NonMaxSuppressionV4: (call) => {
    const { places } = suppressed(call, 0)
    return [wholes(padded(call, places)), wholes([places.length], [])]
  },
  NonMaxSuppressionV5: (call) => {
    const { places, kept } = suppressed(call, call.numbers(5)?.[0] ?? 0)
    return [wholes(padded(call, places)), floats(padded(call, kept)), wholes([places.length], [])]
  },
}
