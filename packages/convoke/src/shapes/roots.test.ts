import { expect, test } from 'vitest'
import { rootOfUnity, rootProducts, rootsOfUnity } from './roots.ts'

test.each([1, 2, 3, 4, 5, 8, 12, 20, 24, 27, 64, 100, 1000, 4096])(
  'all roots of order %i at once are those that are asked for one by one',
  (n) => {
    const { re, im } = rootsOfUnity(n)
    for (let k = 0; k < n; k++) expect([re[k], im[k]], `${k}`).toEqual(rootOfUnity(k, n))
  },
)

test('roots are as near to the sine and cosine as float64 is', () => {
  for (const n of [7, 360, 2 ** 20]) {
    for (let k = 0; k < n; k += Math.ceil(n / 97)) {
      const [re, im] = rootOfUnity(k, n)
      expect(Math.abs(re - Math.cos((2 * Math.PI * k) / n))).toBeLessThan(1e-15)
      expect(Math.abs(im + Math.sin((2 * Math.PI * k) / n))).toBeLessThan(1e-15)
    }
  }
})

test('quarter turns are exact, without negative zeros, and backward turns are forward ones', () => {
  expect([0, 1, 2, 3].map((k) => rootOfUnity(5 * k, 20))).toEqual([
    [1, 0],
    [0, -1],
    [-1, 0],
    [0, 1],
  ])
  expect(rootOfUnity(-3, 11)).toEqual(rootOfUnity(8, 11))
  expect(rootOfUnity(3, 8)).toEqual([-Math.SQRT1_2, -Math.SQRT1_2])
})

test('products of two roots are as near as two units in the last place, for any exponent', () => {
  const found = [0, 0]
  for (const n of [1, 2, 3, 7, 64, 1000, 1_999_966, 2 ** 21]) {
    const putRoot = rootProducts(n)
    for (let i = 0; i < 997; i++) {
      const k = (i * 104_729) % (3 * n)
      putRoot(k, found, 0, found, 1)
      const [re, im] = rootOfUnity(k, n)
      expect(Math.abs(found[0] - re), `${k} of ${n}`).toBeLessThan(4.5e-16)
      expect(Math.abs(found[1] - im), `${k} of ${n}`).toBeLessThan(4.5e-16)
    }
  }
})
