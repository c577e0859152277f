// Without a page: its objects are stood in for here; test/browser.test.ts has those of Chromium.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { refusal } from '../testing/refusal.ts'
import { fromPixels, ones, tensor, toPixels } from './index.ts'

/** Red, half transparent blue-grey; two rows of one pixel. */
const pixels = { width: 1, height: 2, data: new Uint8ClampedArray([255, 0, 0, 255, 10, 20, 30, 128]) }

afterEach(() => vi.unstubAllGlobals())

const refused = (x: unknown, options?: object): Promise<string> =>
  toPixels(x as never, options).then(
    () => '',
    (error) => error.message,
  )

describe('fromPixels', () => {
  it('gives bytes of colours, opacity if asked for, and greys by BT.601', () => {
    expect(fromPixels(pixels)).toEqual(tensor(new Uint8Array([255, 0, 0, 10, 20, 30]), { shape: [2, 1, 3] }))
    expect(fromPixels(pixels, { channels: 4 }).toArray()).toEqual([[[255, 0, 0, 255]], [[10, 20, 30, 128]]])
    // 0.299 · 255 = 76.2; 2.99 + 11.74 + 3.42 = 18.15
    expect(fromPixels(pixels, { channels: 1 }).toArray()).toEqual([[[76]], [[18]]])
  })
  it('gives floats from 0 to 1', () => {
    const x = fromPixels(pixels, { dtype: 'float32' })
    expect([x.dtype, x.shape]).toEqual(['float32', [2, 1, 3]])
    expect(x.dataSync()[0]).toBe(1)
    expect(x.dataSync()[4]).toBeCloseTo(20 / 255, 7)
  })
  it('draws what is no ImageData on a canvas, at its own size', () => {
    const drawnOn = vi.fn()
    class Canvas {
      getContext() {
        return { drawImage: drawnOn, getImageData: () => pixels }
      }
    }
    vi.stubGlobal('OffscreenCanvas', Canvas)
    const image = { width: 100, height: 100, naturalWidth: 1, naturalHeight: 2 }
    expect(fromPixels(image).toArray()).toEqual([[[255, 0, 0]], [[10, 20, 30]]])
    expect(drawnOn).toHaveBeenCalledWith(image, 0, 0)
  })
  it('refuses what is not loaded, what is not a picture, and a place without a canvas', () => {
    expect(refusal(() => fromPixels({ width: 4, height: 4 }))).toContain('there is no canvas here')
    expect(refusal(() => fromPixels({ width: 0, height: 0 }))).toContain('has size 0×0. Wait until it is loaded')
    expect(refusal(() => fromPixels('photo.png' as never))).toContain('the picture is "photo.png"; give ImageData')
    expect(refusal(() => fromPixels({ ...pixels, width: 2 }))).toContain('8 bytes are not 2×2 pixels')
    expect(refusal(() => fromPixels(pixels, { channels: 2 as never }))).toContain('channels is 2. Use 1, 3 or 4.')
    expect(refusal(() => fromPixels(pixels, { dtype: 'int32' as never }))).toContain('dtype is "int32"')
  })
})

describe('toPixels', () => {
  it('is the way back', async () => {
    for (const dtype of ['uint8', 'float32'] as const) {
      const { width, height, data } = await toPixels(fromPixels(pixels, { channels: 4, dtype }))
      expect([width, height, [...data]]).toEqual([1, 2, [...pixels.data]])
    }
  })
  it('rounds, stops at the ends, shows greys, and takes a batch of one', async () => {
    const { data } = await toPixels(tensor([[0, 0.2, 1.5, -1, Number.NaN]]))
    expect([...data].filter((_, i) => i % 4 === 0)).toEqual([0, 51, 255, 0, 0])
    expect([...data].filter((_, i) => i % 4 === 3)).toEqual([255, 255, 255, 255, 255])
    expect((await toPixels(ones([1, 2, 3, 3]))).data).toHaveLength(24)
    const scaled = await toPixels(tensor([[-1, 0, 3]]), { range: [-1, 3] })
    expect([...scaled.data].filter((_, i) => i % 4 === 1)).toEqual([0, 64, 255])
    expect([...(await toPixels(tensor([[true, false]]))).data].slice(0, 5)).toEqual([255, 255, 255, 255, 0])
  })
  it('shows the picture on a canvas', async () => {
    const put = vi.fn()
    const canvas = { width: 0, height: 0, getContext: () => ({ putImageData: put }) }
    const shown = await toPixels(ones([2, 3]), { canvas })
    expect([canvas.width, canvas.height]).toEqual([3, 2])
    expect(put).toHaveBeenCalledWith(shown, 0, 0)
    expect(await refused(ones([2, 2]), { canvas: { ...canvas, getContext: () => null } })).toContain('WebGL')
  })
  it('refuses floats of 0 to 255, other shapes, and ranges that are none', async () => {
    expect(await refused(tensor([[0, 255]]))).toContain('there is a 255. Divide by 255, or give { range: [0, 255] }.')
    expect(await refused(ones([3, 8, 8]))).toContain('toChannelsLast(…) where they come first')
    expect(await refused(ones([2, 8, 8, 3]))).toContain('is not a picture')
    expect(await refused(ones([2, 2]), { range: [1, 1] })).toContain('the range is [1, 1]')
    expect(await refused([[1]])).toContain('x is [[1]]; it must be a tensor')
  })
})
