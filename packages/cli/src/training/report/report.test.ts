// The report: whole, offline, and safe against names.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folder } from '../../../test/run.ts'
import type { RunConfig } from '../config.ts'
import type { Evaluation } from '../kits/kit.ts'
import { usualTraining } from '../kits/kit.ts'
import { overlay } from './colours.ts'
import { plotSvg, ticks } from './plot.ts'
import { writeReport } from './write.ts'

const nasty = `<script>alert("1")</script>&'`

const config: RunConfig = {
  ...{ format: 1, task: 'classify', model: { name: 'compact', options: { classes: 2, channels: 1, widths: [4] } } },
  ...{ classes: [nasty, 'b'], text: null, sequence: null, training: usualTraining, fineTuning: null },
  picture: { height: 4, width: 4, channels: 1, mean: [0.5], deviation: [0.5] },
  data: {
    source: nasty,
    kind: 'a test',
    options: {},
    counts: { train: 2, validation: 0, test: 2 },
    path: '/home/someone',
  },
}

const picture = { shape: [2, 2, 1], data: Float32Array.of(0, 1, 0.5, 0.25) }

const evaluation: Evaluation = {
  ...{ count: 2, headline: 'accuracy', figures: { loss: 0.5, accuracy: 0.5 } },
  classes: config.classes.map((name) => ({ name, figures: { precision: 1, recall: 0.5 } })),
  confusion: [
    [1, 1],
    [0, 0],
  ],
  sections: async () => [
    {
      kind: 'tiles',
      title: nasty,
      note: nasty,
      width: 32,
      tiles: [
        {
          picture,
          caption: nasty,
          detail: nasty,
          boxes: [{ box: { x: 1, y: 1, width: 1, height: 1 }, label: nasty, colour: 0 }],
        },
      ],
      legend: [nasty],
    },
    { kind: 'table', title: 'table', head: [nasty], rows: [[nasty]] },
    {
      kind: 'plot',
      title: 'plot',
      plots: [
        {
          title: nasty,
          lines: [
            {
              name: nasty,
              points: [
                [0, 1],
                [1, Number.NaN],
                [2, 3],
              ],
            },
          ],
        },
      ],
    },
  ],
}

const epochs = [1, 2].map((epoch) => ({
  epoch,
  step: epoch,
  loss: 1 / epoch,
  validation: { loss: 1, accuracy: 0.5 },
  seconds: 1,
}))

describe('writeReport', () => {
  it('escapes whatever people named, needs nothing from elsewhere, and names no folder of this machine', async () => {
    const path = join(await folder(), 'report.html')
    await writeReport(path, config, epochs, evaluation, 'test')
    const html = await readFile(path, 'utf8')
    expect(html).not.toContain('<script')
    expect(html).not.toMatch(/alert\("/)
    expect(html.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(10)
    expect(html).not.toMatch(/(src|href)="(?!data:image\/png;base64,)/)
    expect(html).not.toMatch(/url\(|@import|someone/)
    // One picture, two curves with their plots, a matrix.
    expect(html.match(/<img /g)).toHaveLength(1)
    expect(html).toContain('<table class="matrix">')
    expect(html).not.toContain('NaN')
  })
})

describe('plots', () => {
  it('have round numbers on their axes', () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(ticks(0.013, 0.094)).toEqual([0.02, 0.04, 0.06, 0.08])
    expect(ticks(5, 5).length).toBeGreaterThan(0)
  })

  it('survive lines of one point and of none', () => {
    const svg = plotSvg({
      title: 'x',
      lines: [
        { name: 'a', points: [[1, 2]] },
        { name: 'b', points: [] },
      ],
    })
    expect(svg).toContain('<circle')
    expect(svg).not.toMatch(/NaN|Infinity/)
  })
})

describe('overlay', () => {
  it('leaves class 0 as it is and colours the others, edges more', () => {
    const gray = { shape: [1, 4, 1], data: new Uint8Array(4).fill(100) } as data.Values
    const { data: painted } = overlay(gray, [0, 1, 1, 1], 2)
    expect([...painted.slice(0, 3)]).toEqual([100, 100, 100])
    expect(painted[3]).toBeGreaterThan(painted[0])
    expect([...painted.slice(6, 9)]).toEqual([...painted.slice(9, 12)])
  })
})
