// Runs side by side: what is read of them, what differs, what the page holds, what is refused.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'
import type { RunConfig } from '../training/config.ts'
import { usualTraining } from '../training/kits/kit.ts'
import { keepScores } from '../training/scores.ts'
import { comparisonPage } from './page.ts'
import { findRuns, grouped } from './runs.ts'
import { differing, hasOtherData } from './settings.ts'

const nasty = `<script>alert("1")</script>&'`

const config: RunConfig = {
  ...{ format: 1, task: 'classify', model: { name: 'compact', options: { classes: 2, channels: 1, widths: [4] } } },
  ...{ classes: [nasty, 'b'], text: null, sequence: null, training: usualTraining, fineTuning: null },
  picture: { height: 4, width: 4, channels: 1, mean: [0.5], deviation: [0.5] },
  data: { source: 'digits', kind: 'a test', options: {}, counts: { train: 8, validation: 2, test: 2 } },
}

const linesOf = (accuracies: readonly number[]): string =>
  accuracies
    .map((accuracy, i) => {
      const record = { epoch: i + 1, step: i + 1, loss: 1 / (i + 1), validation: { loss: 1, accuracy }, seconds: 2 }
      return `${JSON.stringify(record)}\n`
    })
    .join('')

/** A run as `convoke train` leaves it, but for its weights. */
async function writeRun(
  path: string,
  accuracies: readonly number[],
  { test, ...changed }: Partial<RunConfig> & { readonly test?: readonly [number, number] } = {},
): Promise<void> {
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'config.json'), JSON.stringify({ ...config, ...changed }))
  await writeFile(join(path, 'metrics.jsonl'), linesOf(accuracies))
  if (test === undefined) return
  const classes = config.classes.map((name, i) => ({ name, figures: { f1: test[i] } }))
  const figures = { accuracy: (test[0] + test[1]) / 2 }
  const rest = { classes, confusion: null, sections: async () => [] }
  await keepScores(path, { count: 2, headline: 'accuracy', figures, ...rest }, 'test')
}

describe('findRuns', () => {
  it('reads the best epoch, the time and the scores, and puts the best run first', async () => {
    const place = await folder()
    await writeRun(join(place, 'a'), [0.5, 0.75, 0.5], { test: [0.5, 1] })
    await writeRun(join(place, 'b'), [0.9])
    await writeRun(join(place, 'c'), [])
    const { runs, problems } = await findRuns([place])
    expect(problems).toEqual([])
    expect(runs.map(({ best, seconds, scores }) => ({ best, seconds, test: scores?.figures['accuracy'] }))).toEqual([
      { best: { epoch: 2, value: 0.75 }, seconds: 6, test: 0.75 },
      { best: { epoch: 1, value: 0.9 }, seconds: 2, test: undefined },
      { best: null, seconds: 0, test: undefined },
    ])
    const [group] = grouped(runs)
    expect(group.runs.map(({ path }) => path.at(-1))).toEqual(['b', 'a', 'c'])
  })

  it('takes the epoch of lower loss where scores are the same', async () => {
    const place = await folder()
    await writeRun(join(place, 'a'), [])
    const log = [0.3, 0.1, 0.2].map((loss, i) =>
      JSON.stringify({ epoch: i + 1, step: 1, loss: 1, validation: { loss, accuracy: 1 }, seconds: 1 }),
    )
    await writeFile(join(place, 'a', 'metrics.jsonl'), log.join('\n'))
    expect((await findRuns([join(place, 'a')])).runs[0].best).toEqual({ epoch: 2, value: 1 })
  })

  it('takes the least loss where a loss decides', async () => {
    const place = await folder()
    const sequence = { length: 4, features: 1, outputs: 1, target: 'values', mean: [0], deviation: [1] } as const
    const model = { name: 'lstm', options: { in: 1, out: 1 } } as const
    await mkdir(join(place, 'a'))
    const own = { ...config, task: 'sequence', classes: [], picture: null, sequence, model }
    await writeFile(join(place, 'a', 'config.json'), JSON.stringify(own))
    const log = [0.5, 0.2, 0.4].map((loss, i) =>
      JSON.stringify({ epoch: i + 1, step: 1, loss: 1, validation: { loss }, seconds: 1 }),
    )
    await writeFile(join(place, 'a', 'metrics.jsonl'), log.join('\n'))
    const { runs } = await findRuns([join(place, 'a')])
    expect(runs[0].best).toEqual({ epoch: 2, value: 0.2 })
  })

  it('names what is no run, and goes on with the others', async () => {
    const place = await folder()
    await writeRun(join(place, 'a'), [0.5])
    await mkdir(join(place, 'empty'))
    await mkdir(join(place, 'torn'))
    await writeFile(join(place, 'torn', 'config.json'), '{')
    const { runs, problems } = await findRuns([join(place, '*')])
    expect(runs).toHaveLength(1)
    expect(problems).toEqual([expect.stringContaining('no config.json'), expect.stringContaining('not JSON')])
  })
})

describe('what differs', () => {
  it('is named with the values of each run, and nothing else is', async () => {
    const place = await folder()
    await writeRun(join(place, 'a'), [0.5])
    await writeRun(join(place, 'b'), [0.5], {
      training: { ...usualTraining, learningRate: 0.1, augment: 'flips' },
      model: { name: 'compact', options: { classes: 2, channels: 1, widths: [4, 8] } },
    })
    const { runs } = await findRuns([place])
    expect(differing(runs)).toEqual({
      names: ['widths', 'learning rate', 'augment'],
      values: [
        ['4', '0.003', 'none'],
        ['4,8', '0.1', 'flips'],
      ],
    })
    expect(hasOtherData(runs)).toBe(false)
    await writeRun(join(place, 'c'), [0.5], { data: { ...config.data, source: 'others' } })
    expect(hasOtherData((await findRuns([place])).runs)).toBe(true)
  })
})

describe('the page', () => {
  it('has a line and a colour of its own for every run, needs nothing from elsewhere, and escapes names', async () => {
    const place = await folder()
    const names = Array.from({ length: 14 }, (_, i) => `run-${i}`)
    for (const [i, name] of names.entries())
      await writeRun(join(place, name), [0.5, 0.5 + i / 50], { test: [i / 20, 0.5] })
    const html = comparisonPage(grouped((await findRuns([place])).runs), [nasty])
    const [, legend] = /<div class="legend">(.*?)<\/div>/.exec(html)!
    const colours = [...legend.matchAll(/background:([^"]+)"/g)].map((match) => match[1])
    expect(new Set(colours).size).toBe(14)
    // Accuracy over epochs and over time, two losses: each with a line of every run.
    for (const colour of colours) expect(html.split(`stroke="${colour}"`)).toHaveLength(5)
    expect(html).toMatch(/text-anchor="end">60%</)
    expect(html).not.toMatch(/<script|src=|href=|url\(|NaN/)
    expect(html).toContain('&lt;script&gt;')
  })
})

describe('convoke compare', () => {
  it('groups tasks, writes the page whole, and says what is left out', async () => {
    const place = await folder()
    await writeRun(join(place, 'runs/a'), [0.5, 0.8], { test: [0.5, 1] })
    await writeRun(join(place, 'runs/b'), [0.9], { training: { ...usualTraining, batchSize: 8 } })
    const detector = { task: 'detect', model: { name: 'detector', options: { classes: 2, channels: 1 } } } as const
    await writeRun(join(place, 'runs/boxes'), [], detector)
    await mkdir(join(place, 'runs/empty'))
    const { code, stdout, stderr } = await convoke(place, 'compare', 'runs/*', '-o', 'out/all.html')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'convoke: note: runs/empty is not a run: it has no config.json; it is left out.\n',
    })
    expect(stdout).toMatch(/^classify: 2 runs\n.*\nruns\/b .*90\.00%.*batch size 8\nruns\/a .*80\.00%.*75\.00%/)
    expect(stdout).toMatch(/\ndetect: 1 run\n/)
    expect(await readdir(join(place, 'out'))).toEqual(['all.html'])
    expect(await readFile(join(place, 'out/all.html'), 'utf8')).toContain('3 runs compared')
    const { groups } = JSON.parse((await convoke(place, 'compare', 'runs', '--json')).stdout)
    expect(groups[0]).toMatchObject({ task: 'classify', measure: 'accuracy', differs: ['batch size'] })
    expect(groups[0].runs[0]).toMatchObject({ run: 'runs/b', best: { epoch: 1, value: 0.9 }, epochs: 1 })
  })

  it('refuses what holds no run, and a page that is none', async () => {
    const place = await folder()
    await mkdir(join(place, 'nothing'))
    expect(await convoke(place, 'compare', 'nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^convoke: nothing: there is no run to compare: .*no config\.json\. Name .*\n$/),
    })
    expect((await convoke(place, 'compare', 'absent')).stderr).toMatch(/absent does not exist/)
    expect(await convoke(place, 'compare', 'nothing', '-o', 'page.pdf')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('must end in .html'),
    })
  })
})
