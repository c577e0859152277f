// `convoke train` with nothing said but the data and the time: what it reaches, beside what is asked of it.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedDataset } from 'convoke/node'
import { ConvokeError, check } from 'convoke/shapes'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { eachClass, fewName, gained, gainOf, seeds, writeFew } from './few.ts'
import { writeJpegs } from './jpegs.ts'
import { type Asked, holds, type Reached, type Row, rows, runFolder } from './rows.ts'

const command = fileURLToPath(new URL('../../packages/cli/bin/convoke.js', import.meta.url))
const besideRepository = new URL('../../../shared/data/', import.meta.url)

const [jpegs, quickJpegs] = [60_000, 2_000]

/** What `--data` is to be; null, with the reason said, where the data is not here. */
async function sourceOf({ name, data }: Row, folder: string, quick: boolean): Promise<string | null> {
  if ('drawn' in data) return data.drawn
  if ('made' in data) {
    const made = join(folder, 'jpegs')
    const count = quick ? quickJpegs : jpegs
    say(`writing ${count.toLocaleString('en')} JPEG files`)
    await writeJpegs(made, count)
    return made
  }
  const beside = fileURLToPath(new URL(`${data.set}/`, besideRepository))
  const found = existsSync(beside) ? beside : await cachedDataset(data.set).catch(() => null)
  if (found === null)
    say(`${name} is left out: the data set ${data.set} is not here (docs/figures.md says how to get it)`)
  return found
}

type Measured = Summary & { readonly whole: number }

interface Summary extends Reached {
  readonly seconds: number
  readonly epochs: number
  readonly model: { readonly name: string; readonly options: Readonly<Record<string, unknown>> }
}

function train(row: Row, source: string, out: string, quick: boolean): Promise<Measured> {
  const time = quick ? row.quickTime : row.time
  return run(['train', row.task, '--data', source, '--time', time, '--out', out, '--json', ...(row.more ?? [])])
}

function run(args: readonly string[]): Promise<Measured> {
  const started = performance.now()
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const whole = (performance.now() - started) / 1000
      if (code === 0) resolve({ ...(JSON.parse(text) as Summary), whole })
      else reject(new ConvokeError(`bench: convoke ${args.join(' ')} ended with code ${code}.`))
    })
  })
}

/** Rows of the table: trainings on few pictures, from nothing and from what is shipped. */
async function few(folder: string, quick: boolean): Promise<string[][]> {
  const data = { set: 'fashion-mnist' }
  const source = await sourceOf({ name: fewName, data } as Row, folder, quick)
  if (source === null) return []
  const all = { nothing: [] as Measured[], shipped: [] as Measured[] }
  for (const seed of quick ? seeds.slice(0, 1) : seeds) {
    const own = join(folder, `few-${seed}`)
    writeFew(source, own, eachClass, seed)
    for (const from of ['nothing', 'shipped'] as const) {
      say(`${fewName}, choice ${seed + 1}, from ${from}`)
      const more = quick ? ['--epochs', '3'] : []
      const out = join(folder, `few-${seed}-${from}`)
      all[from].push(await run(['train', 'classify', '--data', own, '--from', from, '--out', out, '--json', ...more]))
    }
  }
  const accuracies = (runs: readonly Measured[]): number[] => runs.map(({ figures }) => figures['accuracy'])
  const reached = gainOf(accuracies(all.nothing), accuracies(all.shipped))
  const first = all.shipped[0]
  const seconds = [...all.nothing, ...all.shipped].reduce((sum, { whole }) => sum + whole, 0)
  const verdict = quick ? 'quick' : holds(gained, { ...first, figures: reached }) ? 'yes' : 'no'
  const percent = (value: number): string => `${(100 * value).toFixed(2)}%`
  return [
    [
      fewName,
      first.model.name,
      String(first.epochs),
      seconds.toFixed(0),
      'accuracy from nothing',
      percent(reached.nothing),
      '',
      '',
    ],
    ['', '', '', '', 'accuracy from shipped weights', percent(reached.shipped), '', ''],
    ['', '', '', '', gained.what, reached.gain.toFixed(3), bound(gained), verdict],
  ]
}

function shown({ of, show }: Asked, reached: Reached): string {
  const value = of(reached)
  if (value === null) return 'not measured'
  return show === 'percent' ? `${(100 * value).toFixed(2)}%` : value.toFixed(3)
}

const bound = ({ least, most, show }: Asked): string => {
  const value = least ?? most!
  return `${least === undefined ? 'at most' : 'at least'} ${show === 'percent' ? `${Number((100 * value).toFixed(2))}%` : value}`
}

export async function defaults(filter: string | undefined, quick: boolean): Promise<void> {
  const pattern = new RegExp(filter ?? '', 'iu')
  const chosen = rows.filter(({ name }) => pattern.test(name))
  const names = [...rows.map(({ name }) => name), fewName].join(', ')
  check(
    chosen.length > 0 || pattern.test(fewName),
    () => `bench: no row matches --filter ${JSON.stringify(filter)}. There are: ${names}.`,
  )
  const folder = mkdtempSync(join(tmpdir(), 'convoke-defaults-'))
  const table = [['data', 'network', 'epochs', 'seconds in all', 'figure', 'reached', 'asked', '']]
  try {
    for (const row of chosen) {
      const source = await sourceOf(row, folder, quick)
      if (source === null) continue
      say(row.name)
      const reached = await train(row, source, runFolder(folder, row), quick)
      row.asked.forEach((asked, at) => {
        const verdict = quick ? 'quick' : { true: 'yes', false: 'no', null: '' }[String(holds(asked, reached))]!
        const first = [row.name, reached.model.name, String(reached.epochs), reached.whole.toFixed(0)]
        table.push([...(at === 0 ? first : ['', '', '', '']), asked.what, shown(asked, reached), bound(asked), verdict])
      })
      rmSync(join(folder, 'jpegs'), { recursive: true, force: true })
    }
    const fewRows = pattern.test(fewName) ? await few(folder, quick) : []
    for (const line of fewRows) table.push(line)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`${columns(table).join('\n')}\n`)
}
