// Bars and bold text on a terminal of its own, as util-linux's `script` makes one.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { bin, folder } from '../../test/run.ts'

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).error === undefined

/** What a command draws on a terminal of so many columns, ␛ for the escape character. `during` sees all of it so far. */
async function onTerminal(
  columns: number,
  args: readonly string[],
  during: (drawn: string, child: ChildProcess) => void = () => {},
  env: Readonly<Record<string, string>> = {},
) {
  const line = `stty cols ${columns}; exec ${[process.execPath, bin, ...args].join(' ')}`
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: await folder(),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let drawn = ''
  child.stdout.on('data', (data) => {
    drawn += String(data).replaceAll('\u001B', '␛')
    during(drawn, child)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { drawn, code }
}

/** Lines and frames without the codes that move the cursor. */
const frames = (drawn: string): string[] =>
  drawn.split(/\r|\n|␛\[1G/).map((text) => text.replaceAll(/␛(\[[\d;?]*[A-Za-z]|[78])/g, ''))

const count = (drawn: string, code: string): number => drawn.split(code).length - 1
const [hide, show] = ['␛[?25l', '␛[?25h']

it.skipIf(!hasScript).each([40, 80])(
  'at %i columns, a bar fits its line, and Ctrl-C takes it away and gives the cursor back',
  async (columns) => {
    let asked = false
    const args = ['data', 'generate', 'digits', '--out', 'digits', '--count', '200000']
    const { drawn, code } = await onTerminal(columns, args, (drawn, child) => {
      if (asked || count(drawn, '%') < 3) return
      asked = true
      child.stdin?.write('\u0003')
    })
    expect(code).toBe(130)
    const bars = frames(drawn).filter((text) => text.includes('%'))
    expect(bars.length).toBeGreaterThan(2)
    // The terminal writes ^C behind the bar, on the same line.
    for (const text of bars) expect([...text].length, text).toBeLessThan(columns)
    expect([count(drawn, hide), count(drawn, show)]).toEqual([1, 1])
    // To the first column, and the line is empty.
    expect(drawn).toMatch(/␛\[1G␛\[2K$/)
  },
)

it.skipIf(!hasScript)('what an interrupted training says stands above the bar, and what follows below it', async () => {
  let asked = false
  const args = ['train', 'classify', '--data', 'digits', '--examples', '6000', '--epochs', '9', '--out', 'run']
  const { drawn, code } = await onTerminal(60, args, (drawn, child) => {
    if (asked || !drawn.includes('loss')) return
    asked = true
    child.stdin?.write('\u0003')
  })
  expect(code).toBe(0)
  expect(count(drawn, hide)).toBe(count(drawn, show))
  // Each is written where a line was emptied.
  for (const text of ['convoke: finishing the step and saving', 'stopped in epoch 1 and saved'])
    expect(drawn).toContain(`␛[1G␛[2K${text}`)
  expect(drawn.trimEnd()).toMatch(/--resume --out run$/)
})

it.skipIf(!hasScript)('--quiet draws none', async () => {
  const args = ['data', 'generate', 'digits', '--out', 'digits', '--count', '1500', '--quiet']
  const { drawn, code } = await onTerminal(80, args, () => {})
  expect(code).toBe(0)
  expect(drawn).not.toMatch(/%|␛/)
})

// no-color.org: the variable counts where it is not empty.
it.skipIf(!hasScript).each([
  { args: [], env: {}, bold: true },
  { args: [], env: { NO_COLOR: '' }, bold: true },
  { args: [], env: { NO_COLOR: '1' }, bold: false },
  { args: ['--no-color'], env: {}, bold: false },
])('bold text with $args and $env: $bold', async ({ args, env, bold }) => {
  const { drawn } = await onTerminal(80, [...args, 'doctor'], undefined, { NO_COLOR: '', ...env })
  expect(drawn).toContain('native')
  expect(drawn.includes('␛[1m')).toBe(bold)
})

it.skipIf(!hasScript)('at 40 columns, what train says while it works fits its lines', async () => {
  const args = ['train', 'classify', '--data', 'digits', '--examples', '60', '--epochs', '2', '--out', 'run']
  const { drawn, code } = await onTerminal(40, args)
  expect(code).toBe(0)
  const told = drawn.slice(0, drawn.indexOf('steps in'))
  for (const text of frames(told)) expect([...text].length, text).toBeLessThanOrEqual(40)
  expect(told).toContain('2/2  loss')
})

it.skipIf(!hasScript)('at 40 columns, the usage of a command is broken between its words', async () => {
  const { drawn } = await onTerminal(40, ['predict', '--help'])
  expect(drawn).toMatch(/^Usage: convoke predict \[options\] <run>\r\n {7}\[inputs\.\.\.\]\r\n/)
})

it.skipIf(!hasScript)('after Ctrl-C without a bar, the prompt begins on a line of its own', async () => {
  let asked = false
  const { drawn, code } = await onTerminal(80, ['lab', '--no-open'], (drawn, child) => {
    if (asked || !drawn.includes('Ctrl-C')) return
    asked = true
    child.stdin?.write('\u0003')
  })
  expect(code).toBe(130)
  expect(drawn).toMatch(/\^C\r\n$/)
})
