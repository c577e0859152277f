import { walkChain } from 'convoke/shapes'
import { describe, expect, it } from 'vitest'
import { parseNetwork } from './parse.ts'
import { writeNetwork } from './write.ts'

const walk = (text: string) => {
  const { inputShape, layers } = parseNetwork(text)
  return walkChain(inputShape, layers)
}

describe('parseNetwork', () => {
  it('reads every layer and modifier', () => {
    const text =
      '32x32x4: conv 8 3x5 s2x1 psame d1 g2 nobias, bn, relu, dwconv 3 p1 m2, sepconv 12 3x3 pcausal, maxpool 3 s2 p1 ceil, convtranspose 6 4 s2 p1 op1, upsample 2 bilinear, adaptivepool 3x2, flatten, dropout 0.5, linear 10 nobias, softmax'
    const chain = walk(text)
    expect(chain.failure).toBeUndefined()
    expect(chain.steps.map(({ outputShape }) => outputShape.join('×'))).toEqual([
      ...['16×32×8', '16×32×8', '16×32×8', '16×32×16', '16×32×12', '9×17×12', '19×35×6', '38×70×6', '3×2×6'],
      ...['36', '36', '10', '10'],
    ])
    expect(chain.steps[0].parameters).toBe(3 * 5 * 2 * 8)
  })

  it('counts LeNet-5 and a text classifier as published', () => {
    expect(
      walk('32x32x1: conv 6 5x5, maxpool 2, conv 16 5x5, maxpool 2, flatten, linear 120, linear 84, linear 10').total
        .parameters,
    ).toBe(61_706)
    expect(walk('64x300: conv 100 4, relu, globalmaxpool, linear 2').outputShape).toEqual([2])
    expect(walk('784: dense 10').total.parameters).toBe(7850)
    expect(walk('8x8x8x2: conv3d 4 3 p1x0x1').outputShape).toEqual([8, 6, 8, 4])
  })

  it.each([
    ['224x224x3 conv 64 7x7', /has no colon/],
    ['axb: conv 1 1', /the input "axb" is not a shape/],
    ['8x0x3: relu', /is not a shape/],
    ['2x2x2x2x2: relu', /is not a shape/],
    ['8x8x3: konv 64 3x3', /layer 1 \("konv 64 3x3"\): no layer is called "konv"/],
    ['8x8x3: relu, conv 64', /layer 2 .*it has 1 sizes and needs 2/],
    ['8x8x3: conv 64 3x3 q2', /"q2" is not understood here/],
    ['8x8x3: conv 64 3x3 s2 s3', /"s" is given twice/],
    ['8x8x3: conv 3x3 64', /number of channels is 3x3/],
    ['8x8x3: maxpool 2 g2', /"g2" is not understood here/],
    ['8x8x3: conv 4 3x', /"3x" is not a size/],
  ])('refuses %j and quotes the part', (text, message) => {
    expect(() => parseNetwork(text)).toThrow(message)
  })
})

describe('writeNetwork', () => {
  it.each([
    '32x32x4: conv 8 3x5 s2x1 psame d1x2 nobias g2, bn, gn 4, relu, dwconv 3 p1 m2, sepconv 12 3x3 pcausal, maxpool 3 s2 p1 ceil',
    '8x8x2: convtranspose 6 4 s2 p1 g2 op1, upsample 2 bilinear, upsample 2x3, avgpool 3 s1, adaptivepool 3x2, flatten, linear 10 nobias, softmax',
    '16x28x28x64: conv 64 3x3x3 s1x2x2 p1x0x1, adaptivemaxpool 2, globalmaxpool',
    '64x300: conv 100 4, globalpool, linear 2',
  ])('gives back what was read: %s', (text) => {
    expect(writeNetwork(parseNetwork(text))).toBe(text)
  })

  it('leaves out what is usual, and refuses padding without a word', () => {
    expect(writeNetwork(parseNetwork('8x8x3: Conv2d 4 3 s1 p0 d1 g1, dense 3'))).toBe('8x8x3: conv 4 3, linear 3')
    const uneven = { kind: 'pool', pool: 'max', kernel: 2, padding: [[0, 1]] } as const
    expect(() => writeNetwork({ inputShape: [8, 1], layers: [uneven] })).toThrow(RangeError)
  })
})
