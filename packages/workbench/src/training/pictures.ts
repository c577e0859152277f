// How pictures come to a network: floats from 0 to 1, each channel moved and divided by what training saw.

import { data, divide, flip, randomSource, subtract, type Tensor, tensor } from 'convoke'

/** What each channel is moved and divided by. */
export interface Normalization {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  /** Of the channels as the network takes them; 'rgb' when not given. */
  readonly order?: 'rgb' | 'bgr' | undefined
}

interface Form {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Pictures looked at for mean and deviation. */
const looked = 400

/** Mean and deviation of each channel over some of the pictures, the deviation at least 0.01. */
export async function pictureStatistics(
  set: data.Dataset<{ readonly image: data.Values }>,
  { height, width, channels }: Form,
): Promise<Pick<Normalization, 'mean' | 'deviation'>> {
  const random = randomSource(1)
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)]
  const count = Math.min(looked, set.length)
  for (let n = 0; n < count; n++) {
    const index = count === set.length ? n : random.integer(set.length)
    const { data: values } = data.toUnit((await set.get(index)).image)
    for (let i = 0; i < values.length; i++) {
      sums[i % channels] += values[i]
      squares[i % channels] += values[i] * values[i]
    }
  }
  const pixels = count * height * width
  const mean = Array.from(sums, (sum) => sum / pixels)
  const deviation = mean.map((m, c) => Math.max(0.01, Math.sqrt(Math.max(0, squares[c] / pixels - m * m))))
  const short = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(5)))
  return { mean: short(mean), deviation: short(deviation) }
}

/** (x − mean) / deviation for a batch of pictures. */
export function normalized(image: Tensor, { mean, deviation, order }: Normalization): Tensor {
  const ordered = order === 'bgr' ? flip(image, -1) : image
  return divide(subtract(ordered, tensor([...mean])), tensor([...deviation]))
}

/** Pictures as floats from 0 to 1. */
export const unitPictures = <E extends { readonly image: data.Values }>(set: data.Dataset<E>): data.Dataset<E> =>
  data.mapDataset(set, (example) => ({ ...example, image: data.toUnit(example.image) }))
