// Direct sliding in float64 sums, rounded to float32.

import type { Slide } from './filter.ts'
export const slide: Slide = (values, [rows, columns, channels], kernel, [sr, sc], [dr, dc]) => {
  const [kr, kc] = [kernel.length, kernel[0].length]
  const or = Math.floor((rows - (kr - 1) * dr - 1) / sr) + 1
  const oc = Math.floor((columns - (kc - 1) * dc - 1) / sc) + 1
  const out = new Float32Array(or * oc * channels)
  for (let i = 0; i < or; i++)
    for (let j = 0; j < oc; j++)
      for (let c = 0; c < channels; c++) {
        let s = 0
        for (let m = 0; m < kr; m++)
          for (let n = 0; n < kc; n++)
            s += kernel[m][n] * values[((i * sr + m * dr) * columns + j * sc + n * dc) * channels + c]
        out[(i * oc + j) * channels + c] = s
      }
  return out
}
