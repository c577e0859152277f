import { describe, expect, it } from 'vitest'
import { convoke } from '../../test/run.ts'

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
