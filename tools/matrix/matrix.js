#!/usr/bin/env node
// npm run matrix: packs the packages, installs them where people would, computes the same there, and prints one table.

import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { expected } from './apps/compute.mjs'
import { bundles } from './cells/bundlers.js'
import { checks } from './cells/checks.js'
import { runtimes } from './cells/runtimes.js'
import { servers } from './cells/servers.js'
import { emptyFolder, here, packAll, toolsFolder } from './host.js'

const usage = `npm run matrix -- [options]

Packs the library and the command, installs them in empty folders, and computes a convolution, its gradient and a step of
training in each place. Build first: npm run build. The tools come from the npm registry, the first time a gigabyte of them.

  --only <text>     only places whose name has this text; repeat it for several
  --folder <path>   where the tools are kept (default: convoke-matrix in the system's folder for temporary files)
  --json <file>     write the table as JSON as well
  --list            print the places and end
  --help            print this

Exit code: 0 all places that could be tried are right, 1 one is not.`

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    folder: { type: 'string', default: join(tmpdir(), 'convoke-matrix') },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const say = (text) => console.error(`matrix: ${text}`)
const all = [...runtimes, ...bundles, ...servers, ...checks]
const isWanted = ({ name }) =>
  options.only.length === 0 || options.only.some((text) => name.toLowerCase().includes(text.toLowerCase()))

/** Throws where the numbers are not those worked by hand, or the backend is not the one that the place allows. */
function judge(answer, { backend, reason }) {
  for (const [name, numbers] of Object.entries(expected)) {
    const isNear = (value, i) => Math.abs(value - numbers[i]) <= 1e-6 * Math.max(1, Math.abs(numbers[i]))
    if (answer[name]?.length !== numbers.length || !answer[name].every(isNear))
      throw new Error(`${name} is ${JSON.stringify(answer[name])}, not ${JSON.stringify(numbers)}`)
  }
  const best = backend === 'native' && process.arch !== 'x64' ? 'wasm' : backend
  if (best !== undefined && answer.backend !== best)
    throw new Error(`runs on ${answer.backend}, not on ${best}: ${JSON.stringify(answer.backends)}`)
  const passed = answer.backends.filter(({ available }) => !available).map((one) => one.reason)
  if (reason !== undefined && !passed.some((one) => reason.test(one)))
    throw new Error(`no reason matches ${reason}: ${passed.join('; ')}`)
  const own = answer.backends.find(({ name }) => name === answer.backend)
  return {
    backend: answer.backend,
    note: answer.backend === 'native' ? own.reason : [...passed, own.reason].join('; '),
  }
}

async function tryOut(cell, context) {
  const began = performance.now()
  const done = (result) => ({ name: cell.name, ...result, seconds: (performance.now() - began) / 1000 })
  const why = cell.unavailable?.()
  if (why !== undefined) return done({ result: 'not run', note: why })
  try {
    const answer = await cell.run(context)
    return done({ result: 'right', ...(answer === undefined ? { note: cell.text } : judge(answer, cell)) })
  } catch (error) {
    return done({ result: 'WRONG', note: error.message })
  }
}

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function table(rows) {
  const head = { name: 'place', result: 'result', backend: 'backend', note: 'what it says' }
  const cells = [head, ...rows].map(({ name, result, backend = '', note = '', seconds }) => [
    name,
    result,
    backend,
    seconds === undefined ? 's' : seconds.toFixed(1),
    shortened(note.split('\n')[0], 110),
  ])
  const widths = cells[0].map((_, i) => cells.reduce((most, row) => Math.max(most, row[i].length), 0))
  const line = (row) => row.map((text, i) => (i === 3 ? text.padStart(widths[i]) : text.padEnd(widths[i]))).join('  ')
  return cells.map((row) => line(row).trimEnd()).join('\n')
}

async function main() {
  if (options.help) return console.log(usage)
  if (options.list) return console.log(all.map(({ name }) => name).join('\n'))
  const wanted = all.filter(isWanted)
  if (wanted.length === 0) {
    say(`no place has that name; --list prints them`)
    process.exitCode = 2
    return
  }
  mkdirSync(options.folder, { recursive: true })
  const archives = await packAll(join(options.folder, 'packed'))
  const tools = await toolsFolder(options.folder, archives, say)
  const empty = await emptyFolder(archives)
  for (const name of ['compute.mjs', 'run.mjs', 'run.cjs']) cpSync(here(`apps/${name}`), join(empty, name))
  const rows = []
  for (const cell of wanted) {
    say(cell.name)
    const row = await tryOut(cell, { archives, empty, tools })
    if (row.result === 'WRONG') say(row.note)
    rows.push(row)
  }
  rmSync(empty, { recursive: true, force: true })
  console.log(table(rows))
  const count = (result) => rows.filter((row) => row.result === result).length
  console.log(`\n${count('right')} right, ${count('WRONG')} wrong, ${count('not run')} not run`)
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`)
  process.exitCode = count('WRONG') > 0 ? 1 : 0
}

await main()
