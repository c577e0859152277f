import { describe, expect, it } from 'vitest'
import {
  channelsFirstShape,
  filterFirstShape,
  filterToChannelsFirst,
  filterToChannelsLast,
  toChannelsFirst,
  toChannelsLast,
} from './layout.ts'
import { noise } from './random.ts'

describe('layouts', () => {
  it('moves the channels of a picture to the front and back', () => {
    // Two pixels of three channels.
    const pixels = Float32Array.of(1, 2, 3, 10, 20, 30)
    expect([...toChannelsFirst(pixels, [1, 1, 2, 3])]).toEqual([1, 10, 2, 20, 3, 30])
    const volume = noise(2 * 3 * 4 * 5, 1)
    expect(toChannelsLast(toChannelsFirst(volume, [2, 3, 4, 5]), [2, 3, 4, 5])).toEqual(volume)
    expect(channelsFirstShape([2, 3, 4, 5])).toEqual([2, 5, 3, 4])
  })

  it('turns a filter round to [out, in, ...kernel] and back', () => {
    // Two taps, two in, three out: element t·100 + in·10 + out.
    const filter = Float32Array.from(
      { length: 12 },
      (_, i) => Math.floor(i / 6) * 100 + (Math.floor(i / 3) % 2) * 10 + (i % 3),
    )
    expect([...filterToChannelsFirst(filter, [2, 2, 3])]).toEqual([0, 100, 10, 110, 1, 101, 11, 111, 2, 102, 12, 112])
    expect(filterFirstShape([2, 2, 3])).toEqual([3, 2, 2])
    expect(filterToChannelsLast(filterToChannelsFirst(filter, [2, 2, 3]), [2, 2, 3])).toEqual(filter)
  })
})
