import { walkChain } from 'convoke/shapes'
import { describe, expect, it } from 'vitest'
import { convoke } from '../../test/run.ts'
import { parseNetwork } from './parse.ts'

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
    ['axb: conv 1 1', /the input "axb" is no shape/],
    ['8x0x3: relu', /is no shape/],
    ['2x2x2x2x2: relu', /is no shape/],
    ['8x8x3: konv 64 3x3', /layer 1 \("konv 64 3x3"\): no layer is called "konv"/],
    ['8x8x3: relu, conv 64', /layer 2 .*it has 1 sizes and needs 2/],
    ['8x8x3: conv 64 3x3 q2', /"q2" is not understood here/],
    ['8x8x3: conv 64 3x3 s2 s3', /"s" is given twice/],
    ['8x8x3: conv 3x3 64', /number of channels is 3x3/],
    ['8x8x3: maxpool 2 g2', /"g2" is not understood here/],
    ['8x8x3: conv 4 3x', /"3x" is no size/],
  ])('refuses %j and quotes the part', (text, message) => {
    expect(() => parseNetwork(text)).toThrow(message)
  })
})

describe('convoke shape', () => {
  it('prints a table with totals', async () => {
    const { code, stdout } = await convoke(
      '.',
      'shape',
      '224x224x3: conv 64 7x7 s2 p3, maxpool 3x3 s2 p1, conv 64 3x3 p1 d2',
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/conv 64 7x7 s2 p3 +112×112×64 +9,472 +118 M +237 M +3\.1 MiB +7 +2 +-3/)
    expect(stdout).toMatch(/maxpool 3x3 s2 p1 +56×56×64 +0 +0 +1\.61 M .* 11 +4 +-5/)
    expect(stdout).toMatch(/total +46,400/)
  })

  it('says which layer does not fit and why, after the layers that do', async () => {
    const { code, stdout, stderr } = await convoke('.', 'shape', '8x8x1: conv 2 3x3, maxpool 3, conv 4 5x5, relu')
    expect(code).toBe(1)
    expect(stdout).toMatch(/maxpool 3 +2×2×2/)
    expect(stdout).toMatch(/conv 4 5x5 +does not fit/)
    expect(stderr).toBe(
      'convoke: layer 3 (conv 4 5x5): the window spans 5 along axis 0, the padded input has 2 (size 2, padding 0 + 0). What fits there: a kernel of 2 or less, or padding of 2 or more on each side.\n',
    )
  })

  it.each(['s0', 's1.5', 'd0', 'g0', 'g2'])('refuses %s in the layer that has it', async (modifier) => {
    const { code, stderr } = await convoke('.', 'shape', `8x8x3: relu, conv 64 3x3 ${modifier}`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^convoke: layer 2 \(conv 64 3x3 [a-z][\d.]+\): [^\n]+\n$/)
  })
})
