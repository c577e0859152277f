import { tensor } from 'convoke'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as light from './light.ts'
import { clippedAt, mappingOf } from './range.ts'
import { extremesOf, noExtremes, type Store, toFloats, toSamples } from './store.ts'

/** One number at a time. */
const alone = (store: Store) => (value: number) => store(tensor([[value]])).item()
const toSample = (...how: Parameters<typeof toSamples>) => alone(toSamples(...how))
const toFloat = (...how: Parameters<typeof toFloats>) => alone(toFloats(...how))
const fromLight = (value: number) => light.fromLight(tensor([value])).item()
const toLight = (value: number) => light.toLight(tensor([value])).item()

const kind = { signed: false, magnitude: false, floats: false }

describe('mappingOf', () => {
  it('takes auto as clip, or as a stretch for signed results and magnitudes, or as nothing for floats', () => {
    expect(mappingOf('auto', kind)).toBe('clip')
    expect(mappingOf('auto', { ...kind, signed: true })).toBe('signed')
    expect(mappingOf('auto', { ...kind, signed: true, magnitude: true })).toBe('magnitude')
    expect(mappingOf('auto', { ...kind, signed: true, floats: true })).toBe('none')
    expect(mappingOf('abs', { ...kind, signed: true })).toBe('abs')
  })
})

describe('clippedAt', () => {
  const eight = { white: 255, linear: false, largest: 255 }
  it('names the bounds that results were cut off at, and none that they only reach', () => {
    const at = (least: number, most: number) => clippedAt('clip', least, most, eight)
    expect(at(0, 255)).toEqual([])
    expect(at(-0.4, 255.4)).toEqual([])
    expect(at(-1, 255)).toEqual(['black'])
    expect(at(3, 256)).toEqual(['white'])
    expect(at(-80, 300)).toEqual(['black', 'white'])
  })
  it('asks of absolute values how large they are on either side', () => {
    expect(clippedAt('abs', -255, 10, eight)).toEqual([])
    expect(clippedAt('abs', -256, 10, eight)).toEqual(['white'])
  })
  it('knows nothing cut off where results are stretched or kept', () => {
    for (const mapping of ['none', 'signed', 'magnitude'] as const)
      expect(clippedAt(mapping, -1000, 1000, eight)).toEqual([])
  })
  it('measures in the units of the picture read: of 16 bits, of linear light, of floats', () => {
    // 65535 + 128 is 255.498 of 255; 65535 + 129 is 255.502.
    const deep = { white: 65535, linear: false, largest: 255 }
    expect(clippedAt('clip', 0, 65535 + 128, deep)).toEqual([])
    expect(clippedAt('clip', 0, 65535 + 129, deep)).toEqual(['white'])
    const light = { white: 1, linear: true, largest: 255 }
    expect(clippedAt('clip', -0.0001, 1.004, light)).toEqual([])
    expect(clippedAt('clip', -0.0002, 1.005, light)).toEqual(['black', 'white'])
    const floats = { white: 255, linear: false, largest: null }
    expect(clippedAt('clip', 0, 255, floats)).toEqual([])
    expect(clippedAt('clip', -0.1, 255.1, floats)).toEqual(['black', 'white'])
  })
})

describe('toSample', () => {
  it('clips and rounds', () => {
    expect([-5, 0.4, 0.5, 254.6, 999].map(toSample('clip', 8, false, 0))).toEqual([0, 0, 1, 255, 255])
    expect([-5, -70000, 65535.2].map(toSample('abs', 16, false, 0))).toEqual([5, 65535, 65535])
  })

  it('puts zero of signed results exactly in the middle, and their peak at black or white', () => {
    expect([-40, 0, 40].map(toSample('signed', 8, false, 40))).toEqual([1, 128, 255])
    expect([-1, 0, 1].map(toSample('signed', 16, false, 1))).toEqual([1, 32768, 65535])
    expect([0].map(toSample('signed', 8, false, 0))).toEqual([128])
  })

  it('stretches magnitudes from black to white', () => {
    expect([0, 5, 10].map(toSample('magnitude', 8, false, 10))).toEqual([0, 128, 255])
    expect([0].map(toSample('magnitude', 8, false, 0))).toEqual([0])
  })

  it('stores linear light through the sRGB transfer, which it inverts exactly', () => {
    const store = toSample('clip', 8, true, 0)
    for (let value = 0; value < 256; value++) expect(store(toLight(value / 255))).toBe(value)
    const deep = toSample('clip', 16, true, 0)
    for (let value = 0; value < 65536; value += 17) expect(deep(Math.fround(toLight(value / 65535)))).toBe(value)
    expect(store(0.5)).toBe(188)
  })

  it('always gives a sample that exists', () => {
    const mappings = ['clip', 'abs', 'signed', 'magnitude'] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...mappings),
        fc.boolean(),
        fc.float({ noNaN: true, min: -1000, max: 1000 }),
        (mapping, linear, value) => {
          const peak = Math.abs(value)
          const sample = toSample(mapping, 8, linear, peak)(mapping === 'magnitude' ? peak : value)
          expect(Number.isInteger(sample) && sample >= 0 && sample <= 255).toBe(true)
        },
      ),
    )
  })
})

describe('toFloat', () => {
  it('keeps values unless asked otherwise', () => {
    expect([-3, 300].map(toFloat('none', 8, false))).toEqual([-3, 300])
    expect([-3, 300].map(toFloat('clip', 8, false))).toEqual([0, 255])
    expect([-3, 300].map(toFloat('abs', 8, true))).toEqual([1, 1])
  })
})

describe('the sRGB transfer', () => {
  it('is its own inverse, continuous at its joint, and meets the standard', () => {
    for (const v of [0, 0.02, 0.04045, 0.5, 1]) expect(fromLight(toLight(v))).toBeCloseTo(v, 6)
    expect(toLight(0.5)).toBeCloseTo(0.21404114, 7)
  })
})

describe('extremesOf', () => {
  it('refuses results beyond float32 instead of drawing them', () => {
    expect(extremesOf(Float32Array.of(-2, 7), noExtremes)).toEqual({ least: -2, most: 7 })
    expect(() => extremesOf(Float32Array.of(1, Number.POSITIVE_INFINITY), noExtremes)).toThrow(/32-bit floats/)
    expect(() => extremesOf(Float32Array.of(Number.NaN), noExtremes)).toThrow(/32-bit floats/)
  })
})
