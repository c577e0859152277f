// Sums and products with their rounding errors: pairs hi + lo that together hold some 48 bits.
// Dekker 1971, "A floating-point technique for extending the available precision"; Knuth, TAOCP 4.2.2.

import type { Builder, Vector } from '../../program/index.ts'

export interface Pair {
  readonly hi: Vector
  readonly lo: Vector
}

/** a + b exactly, for any a and b. */
export function twoSum(b: Builder, x: Vector, y: Vector): Pair {
  const hi = b.add(x, y)
  const partner = b.sub(hi, x)
  return { hi, lo: b.add(b.sub(x, b.sub(hi, partner)), b.sub(y, partner)) }
}

/** x + y exactly, when |x| ≥ |y|. */
export function fastTwoSum(b: Builder, x: Vector, y: Vector): Pair {
  const hi = b.add(x, y)
  return { hi, lo: b.sub(y, b.sub(hi, x)) }
}

/** Relaxed multiply-adds may round twice on some machines, so an error term cannot be read off them. */
export const fusesSurely = ({ target }: Builder): boolean => target.fma && target.name !== 'wasm-relaxed'

/** The upper 12 bits of the fraction and the rest, which together are x: products of such halves are exact. */
export function halves(b: Builder, x: Vector): Pair {
  const hi = b.and(x, b.constantInt(-0x1000))
  return { hi, lo: b.sub(x, hi) }
}

/** x·y exactly, unless parts of it underflow. */
export function twoProduct(b: Builder, x: Vector, y: Vector): Pair {
  const hi = b.mul(x, y)
  if (fusesSurely(b)) return { hi, lo: b.fma(b.neg(hi), x, y) }
  const [p, q] = [halves(b, x), halves(b, y)]
  const lo = b.sub(b.mul(p.hi, q.hi), hi)
  b.add(lo, b.mul(p.hi, q.lo), lo)
  b.add(lo, b.mul(p.lo, q.hi), lo)
  return { hi, lo: b.add(lo, b.mul(p.lo, q.lo)) }
}
