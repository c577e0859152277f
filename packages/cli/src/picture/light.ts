// The sRGB transfer function (IEC 61966-2-1) between stored values and linear light, both 0 … 1.

import { add, divide, lessEqual, multiply, power, subtract, where } from 'convoke/ops'
import type { Tensor } from 'convoke/tensor'

export const toLight = (stored: Tensor): Tensor =>
  where(lessEqual(stored, 0.04045), divide(stored, 12.92), power(divide(add(stored, 0.055), 1.055), 2.4))

/** The light may lie beyond 0 … 1 only where nobody looks at the result. */
export const fromLight = (light: Tensor): Tensor =>
  where(lessEqual(light, 0.0031308), multiply(light, 12.92), subtract(multiply(power(light, 1 / 2.4), 1.055), 0.055))
