import { describe, expect, it } from 'vitest'
import { labelMap } from './relabel.ts'

describe('labels as a network knows them', () => {
  it('go by the names of the classes, whole numbers however they were written', () => {
    expect(labelMap('d', ['a', 'b'], ['b', 'c', 'a'])).toEqual([2, 0])
    expect(labelMap('d', ['1', '2'], ['2.0000000e+00', '1.0000000e+00'])).toEqual([1, 0])
    expect(labelMap('d', ['1'], ['1.0', '1'])).toEqual([1])
    expect(() => labelMap('d', ['a', '3'], ['a', '2.0'])).toThrow(/the class 3, which the network does not know/)
  })
})
