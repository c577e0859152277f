import { fromGallery } from 'convoke-workbench'
import { describe, expect, it } from 'vitest'
import { separate } from './separate.ts'

const kernel = (name: string) => fromGallery(name)![0].rows

describe('separate', () => {
  it.each(['gaussian:2', 'box:9', 'tent:7', 'pyramid:9', 'gaussian-dx:2', 'gaussian-dy:3'])(
    'finds the two halves of %s',
    (name) => {
      const rows = kernel(name)
      const { column, row } = separate(rows)!
      rows.forEach((line, i) => {
        line.forEach((value, j) => {
          expect(column[i] * row[j]).toBeCloseTo(value, 12)
        })
      })
    },
  )

  it.each(['disk:4', 'log:2', 'motion:15,30', 'unsharp:2,1', 'gabor:45,6'])('leaves %s whole', (name) => {
    expect(separate(kernel(name))).toBeUndefined()
  })

  it('leaves small kernels, and those of zeros alone, whole', () => {
    expect(separate(kernel('box:5'))).toBeUndefined()
    expect(separate(Array(9).fill(Array(9).fill(0)))).toBeUndefined()
  })
})
