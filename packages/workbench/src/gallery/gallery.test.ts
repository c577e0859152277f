import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromGallery, gallery, pairs, usageOf } from './gallery.ts'
import type { GalleryKernel, Matrix } from './gallery-kernel.ts'

const kernel = (text: string): Matrix => fromGallery(text)![0].rows
const sum = (rows: Matrix): number => rows.flat().reduce((a, b) => a + b, 0)
const gain = (rows: Matrix): number => rows.flat().reduce((a, b) => a + Math.abs(b), 0)

/** The answer of the kernel's middle on the picture `value(x, y)`, y downwards. */
const answer = (rows: Matrix, value: (x: number, y: number) => number): number =>
  sum(rows.map((row, i) => row.map((k, j) => k * value(j - (row.length - 1) / 2, i - (rows.length - 1) / 2))))

/** Any valid parameters of `entry`, kept small where size grows with them. */
const parametersOf = (entry: GalleryKernel) =>
  fc.tuple(
    ...entry.parameters.map(({ min, max, step }) => {
      const top = Math.min(max, 12)
      if (step === 'odd') return fc.integer({ min: (min - 1) / 2, max: 5 }).map((half) => 2 * half + 1)
      if (step !== undefined) return fc.integer({ min: min / step, max: max / step }).map((n) => n * step)
      return fc.double({ min, max: top, noNaN: true })
    }),
  )

describe('the gallery', () => {
  it('holds at least 30 kernels, each under one name', () => {
    const names = gallery.map(({ name }) => name)
    expect(names.length).toBeGreaterThanOrEqual(30)
    expect(new Set([...names, ...Object.keys(pairs)]).size).toBe(names.length + Object.keys(pairs).length)
    for (const name of Object.values(pairs).flat()) expect(names).toContain(name)
  })

  it.each(gallery.map((entry) => [entry.name, entry] as const))(
    '%s keeps its normalisation for all parameters',
    (_, entry) => {
      fc.assert(
        fc.property(parametersOf(entry), (values) => {
          const rows = entry.build(...values)
          expect(rows.flat().every(Number.isFinite)).toBe(true)
          expect(rows.every((row) => row.length === rows[0].length)).toBe(true)
          expect(Math.max(rows.length, rows[0].length)).toBeLessThanOrEqual(255)
          const claimed = /^sums to ([01])/.exec(entry.normalisation)
          expect(claimed).not.toBeNull()
          expect(Math.abs(sum(rows) - Number(claimed![1]))).toBeLessThan(1e-9 * Math.max(1, gain(rows)))
          expect(entry.signed).toBe(claimed![1] === '0')
          if (entry.normalisation.includes('absolute values sum to 1')) expect(gain(rows)).toBeCloseTo(1, 9)
        }),
        { numRuns: 40 },
      )
    },
  )

  it('takes parameters at their limits without exceeding the largest side', () => {
    for (const entry of gallery) {
      const rows = entry.build(
        ...entry.parameters.map(({ max, step }) => (step === 'odd' ? max - ((max + 1) % 2) : max)),
      )
      expect(Math.max(rows.length, rows[0].length)).toBeLessThanOrEqual(255)
    }
  })
})

describe('first derivatives', () => {
  const right = (x: number) => x
  const down = (_: number, y: number) => y

  it.each([
    ['sobel', 8],
    ['scharr', 32],
    ['prewitt', 6],
    ['difference', 1],
    ['gaussian-d', 1],
  ])('%s answers a ramp with its gain: x to the right, y downwards', (name, expected) => {
    const [x, y] = fromGallery(name)!
    expect(answer(x.rows, right)).toBeCloseTo(expected, 9)
    expect(answer(x.rows, down)).toBeCloseTo(0, 9)
    expect(answer(y.rows, down)).toBeCloseTo(expected, 9)
    expect(answer(y.rows, right)).toBeCloseTo(0, 9)
  })

  it('compass kernels answer most to a ramp in their own direction', () => {
    for (const name of ['kirsch', 'robinson']) {
      for (let angle = 0; angle < 360; angle += 45) {
        const towards = (degrees: number) => {
          const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
          return answer(kernel(`${name}:${angle > 315 ? angle - 360 : angle}`), (x, y) => x * cos - y * sin)
        }
        const answers = Array.from({ length: 8 }, (_, i) => towards(45 * i))
        expect(answers.indexOf(Math.max(...answers)) * 45).toBe(angle)
      }
    }
  })
})

describe('detectors', () => {
  it('answer with the right sign and direction', () => {
    const dot = (x: number, y: number) => (x === 0 && y === 0 ? 1 : 0)
    expect(answer(kernel('laplacian'), dot)).toBeLessThan(0)
    expect(answer(kernel('log:1.4'), dot)).toBeLessThan(0)
    expect(answer(kernel('outline'), dot)).toBeGreaterThan(0)
    const rising = (x: number, y: number) => (x === -y ? 1 : 0)
    const [along, across] = [answer(kernel('ridge:1.5,45'), rising), answer(kernel('ridge:1.5,135'), rising)]
    expect(along).toBeGreaterThan(0)
    expect(along).toBeGreaterThan(across)
    expect(answer(kernel('line-45'), rising)).toBe(6)
  })

  it('gabor:0 answers a wave that travels along x, and not one along y', () => {
    const rows = kernel('gabor:0,8')
    expect(answer(rows, (x) => Math.cos((2 * Math.PI * x) / 8))).toBeGreaterThan(0.3)
    expect(Math.abs(answer(rows, (_, y) => Math.cos((2 * Math.PI * y) / 8)))).toBeLessThan(0.02)
  })

  it('motion blurs along its angle', () => {
    expect(kernel('motion:5,0')[2]).toEqual(
      Array(5)
        .fill(0.2)
        .map((v) => expect.closeTo(v, 9)),
    )
    expect(
      kernel('motion:5,90')
        .map((row) => row[2])
        .every((value) => value > 0.1),
    ).toBe(true)
    const slanted = kernel('motion:9,30')
    expect(slanted[2][8]).toBeGreaterThan(0)
    expect(slanted[6][8]).toBe(0)
  })
})

describe('gallery names', () => {
  it('take parameters after a colon, the rest being defaults', () => {
    expect(kernel('box')).toHaveLength(3)
    expect(kernel('box:5')).toHaveLength(5)
    expect(kernel('Gaussian:2')).toEqual(kernel('gaussian:2'))
    expect(kernel('unsharp:1.5')).toEqual(kernel('unsharp:1.5,1'))
    expect(fromGallery('gaussian-d:2')!.map(({ name }) => name)).toEqual(['gaussian-dx:2', 'gaussian-dy:2'])
    expect(fromGallery('bax')).toBeUndefined()
    expect(usageOf(gallery.find(({ name }) => name === 'motion')!)).toBe('motion[:length[,angle]]')
  })

  it.each([
    ['box:4', /size is "4".*odd whole number from 1 to 255/],
    ['box:', /size is ""/],
    ['gaussian:0', /sigma is "0".*from 0.1 to 42/],
    ['gaussian:NaN', /sigma is "NaN"/],
    ['gaussian:1e9', /from 0.1 to 42/],
    ['kirsch:30', /multiple of 45/],
    ['sobel-x:3', /takes no parameters/],
    ['motion:1,2,3', /takes length, angle; "1,2,3" gives 3/],
  ])('%s is refused with the rule', (text, message) => {
    expect(() => fromGallery(text)).toThrow(message)
  })
})
