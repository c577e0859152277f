import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

describe('convoke explain', () => {
  it('reads matrices from files and picks one step', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'x.csv'), '1,2,3\n4,5,6\n')
    await writeFile(join(cwd, 'k.json'), '[[1, 0], [0, 1]]')
    const ran = await convoke(cwd, 'explain', '--input', 'x.csv', '--kernel', 'k.json', '--step', '0,1', '--json')
    expect(ran.code).toBe(0)
    const { steps, output } = JSON.parse(ran.stdout)
    expect(output).toEqual([[6, 8]])
    expect(steps).toEqual([
      {
        output: [0, 1],
        corner: [0, 1],
        window: [
          [2, 3],
          [5, 6],
        ],
        products: [
          [2, 0],
          [0, 6],
        ],
        sum: 8,
      },
    ])
  })

  it('lists every step as JSON', async () => {
    const { stdout } = await convoke('.', 'explain', '--convolve', '--padding', 'same', '--json')
    const explained = JSON.parse(stdout)
    expect(explained.operation).toBe('convolution')
    expect(explained.steps).toHaveLength(25)
    expect(explained.rows).toMatchObject({ before: 1, after: 0, output: 5 })
  })

  it.each([
    [['--step', '4,0'], 2, /lies outside the output of 4 × 4/],
    [['--step', '1'], 2, /Give a row and a column/],
    [['--step', '1,x'], 2, /--step is "x"/],
    [['--kernel', 'sobel'], 2, /is a pair/],
    [['--kernel', 'box:7'], 2, /spans 7 rows, the padded input has 5/],
    [['--input', '1 2; x 4'], 2, /row 2 holds "x"/],
    [['--input', 'gone.csv'], 1, /gone\.csv does not exist/],
    [['--stride', '0'], 2, /--stride/],
    [['--input', Array(300).fill('1').join(' ')], 2, /256 a side at most/],
  ])('refuses %j', async (args, code, message) => {
    const ran = await convoke('.', 'explain', ...args)
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).toMatch(/^convoke: [^\n]+\n$/)
  })
})
