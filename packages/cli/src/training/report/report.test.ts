// The report: whole, offline, and safe against names.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type data, optim } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folder } from '../../../test/run.ts'
import type { RunConfig } from '../config.ts'
import type { Evaluation } from '../kits/kit.ts'
import { usualTraining } from '../kits/kit.ts'
import { classesHtml } from './classes.ts'
import { overlay } from './colours.ts'
import { historyHtml } from './history.ts'
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

describe('classes', () => {
  const classesOf = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `class-${i}.`, figures: { f1: i / count, examples: 3 } }))

  it('have shares as bars of their length', () => {
    const html = classesHtml({ classes: classesOf(4) }, 'test')
    expect([...html.matchAll(/width:([\d.]+)%;background:var\(--accent\)/g)].map((match) => match[1])).toEqual([
      ...['0', '25', '50', '75'],
    ])
  })

  it('of thousands only the worst have a row', () => {
    const html = classesHtml({ classes: classesOf(5000) }, 'test')
    expect(html.match(/<tr>/g)).toHaveLength(1 + 30)
    expect(html).toContain('class-29.')
    expect(html).not.toContain('class-30.')
    expect(html).toContain('The 30 of 5,000 with the lowest f1')
  })

  it('that are too many for a matrix have their most frequent confusions', async () => {
    const path = join(await folder(), 'report.html')
    const classes = classesOf(80)
    const confusion = classes.map((_, i) => classes.map((_, j) => (i === 7 && j === 9 ? 5 : Number(i === j))))
    await writeReport(path, config, [], { ...evaluation, classes, confusion }, 'test')
    const html = await readFile(path, 'utf8')
    expect(html).not.toContain('<table class="matrix">')
    expect(html).toContain('<td>class-7.</td><td>class-9.</td><td>5 of 6</td>')
  })
})

describe('curves over the epochs', () => {
  it('are those of the losses, the measure, the learning rate and the time, in the units that they have', () => {
    const records = epochs.map((record) => ({ ...record, factor: 0.5 / record.epoch, waiting: 0.25 }))
    const html = historyHtml({ training: { ...usualTraining, learningRate: 0.4 } }, records, 'accuracy')
    expect([...html.matchAll(/<h3>(.*?)<\/h3>/g)].map((match) => match[1])).toEqual([
      ...['Loss', 'accuracy', 'Learning rate', 'Seconds per epoch', 'Waiting for data'],
    ])
    const parts = html.split('<h3>')
    expect(parts[2]).toMatch(/text-anchor="end">\d+%</)
    expect(parts[3]).toMatch(/text-anchor="end">0\.2</)
    expect(parts[5]).toMatch(/text-anchor="end">20%</)
    // Ten steps an epoch, by the schedule: every step has its point, from 0.1 epochs on.
    const schedule = optim.oneCycle({ steps: 20 })
    const kept = [10, 20].map((step, i) => ({ ...records[i], step, factor: schedule(step - 1) }))
    const dense = historyHtml({ training: { ...usualTraining, epochs: 2 } }, kept, 'loss')
    expect(dense).toContain('as it went')
    expect(
      dense
        .split('Learning rate</h3>')[1]
        .split('</svg>')[0]
        .match(/<circle/g),
    ).toHaveLength(20)
    expect(historyHtml({ training: { ...usualTraining, epochs: 3 } }, kept, 'loss')).toContain(
      'at the end of the epoch',
    )
    // A run that ended by its time has a last epoch that is shorter than the others.
    const cut = [kept[0], { ...kept[1], step: 17 }]
    for (const training of [
      { ...usualTraining, epochs: 2 },
      { ...usualTraining, time: 6 },
    ])
      expect(historyHtml({ training }, cut, 'loss')).toContain('at the end of the epoch')
    const rateSearch = { rates: [1e-5, 1e-4, 1e-3, 1e-2], losses: [2, 1.5, 1, 3] }
    const searched = historyHtml({ training: { ...usualTraining, learningRate: 1e-4, rateSearch } }, records, 'loss')
    expect(searched).toMatch(/Learning rates tried.*chosen: 0\.0001/s)
    const [, trial] = searched.split('Learning rates tried</h3>')
    expect([...trial.matchAll(/>(1e-\d)</g)].map((match) => match[1])).toEqual(['1e-5', '1e-4', '1e-3', '1e-2'])
    // Runs of before tell neither.
    expect(historyHtml({ training: usualTraining }, epochs, 'accuracy').match(/<svg/g)).toHaveLength(3)
  })
})

describe('plots', () => {
  it('have a colour of its own for every line', () => {
    const lines = Array.from({ length: 30 }, (_, i) => ({ name: String(i), points: [[0, i] as const] }))
    const svg = plotSvg({ title: 'x', lines })
    expect(new Set([...svg.matchAll(/fill="(rgb[^"]+)"/g)].map((match) => match[1])).size).toBe(30)
  })

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
