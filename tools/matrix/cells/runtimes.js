// Node, Bun and Deno in an empty folder, and the command there.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { must, run } from '../host.js'

const answerOf = ({ stdout }) => JSON.parse(stdout)

const onNode = (version, args, options) => run('npx', ['-y', '-p', `node@${version}`, 'node', ...args], options)

const nodes = ['20', '22', '24', '26'].flatMap((version) =>
  [
    ['import', 'run.mjs'],
    ['require', 'run.cjs'],
  ].map(([how, program]) => ({
    name: `Node ${version}, ${how}`,
    backend: 'native',
    run: async ({ empty }) => {
      const ran = await onNode(version, [program], { cwd: empty })
      if (ran.code !== 0) throw new Error(ran.stderr)
      return answerOf(ran)
    },
  })),
)

const tooOld = {
  name: 'Node 18, library and command',
  text: 'told in words that it is too old',
  run: async ({ empty }) => {
    const command = join(empty, 'node_modules/convoke-cli/bin/convoke.js')
    for (const args of [['run.mjs'], ['run.cjs'], [command, 'explain']]) {
      const { code, stderr } = await onNode('18', args, { cwd: empty })
      if (code !== 1 || !/needs Node 20\.19 or later, and this is Node 18\./.test(stderr))
        throw new Error(`${args[0]}: code ${code}, ${stderr}`)
    }
  },
}

/** Flags of Deno, the backend they leave, and what the reason for it says. */
const permissions = [
  ['without permissions', ['--no-prompt'], 'wasm', /--allow-(read|env|ffi)/],
  ['--allow-read --allow-env', ['--no-prompt', '--allow-read', '--allow-env'], 'wasm', /--allow-ffi/],
  ['--allow-all', ['--allow-all'], 'native'],
]

const denos = permissions.map(([name, flags, backend, reason]) => ({
  name: `Deno, ${name}`,
  ...{ backend, reason },
  run: async ({ empty, tools }) =>
    answerOf(await must(join(tools, 'node_modules/deno/deno'), ['run', ...flags, 'run.mjs'], { cwd: empty })),
}))

const bun = {
  name: 'Bun',
  backend: 'native',
  run: async ({ empty, tools }) =>
    answerOf(await must(join(tools, 'node_modules/bun/bin/bun.exe'), ['run.mjs'], { cwd: empty })),
}

const command = {
  name: 'npx convoke, packed',
  text: 'explain, apply, convert --standalone',
  run: async ({ empty }) => {
    const convoke = (...args) => must('npx', ['--no', 'convoke', ...args], { cwd: empty })
    const { stdout } = await convoke('explain')
    if (!/44/.test(stdout)) throw new Error(`explain: ${stdout}`)
    await convoke('apply', 'scene', '--kernel', 'sobel', '--magnitude', '--gray', '-o', 'out/outline.png')
    await convoke('train', 'classify', '--data', 'digits', '--examples', '60', '--epochs', '1', '--out', 'out/run')
    await convoke('convert', 'out/run', 'out/app', '--standalone')
    const made = [...readdirSync(join(empty, 'out')), ...readdirSync(join(empty, 'out/app'))]
    for (const name of ['outline.png', 'model.js', 'weights.bin'])
      if (!made.includes(name)) throw new Error(`there is no ${name} among ${made.join(', ')}`)
  },
}

export const runtimes = [...nodes, tooOld, bun, ...denos, command]
