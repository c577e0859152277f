// The scripts that `convoke completion` prints, in the shells themselves; a shell that is not there is not asked.

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'
import { values } from './values.ts'

const missing = (shell: string): string | undefined =>
  spawnSync(shell, ['--version']).error === undefined ? undefined : `there is no ${shell}`

/** The script in a file of its own. */
async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await convoke('.', 'completion', shell)
  expect(code).toBe(0)
  const path = join(await folder(), `convoke.${shell}`)
  await writeFile(path, stdout)
  return path
}

/** What is typed, the last word as far as it goes, and what it may become. */
const typed: readonly (readonly [words: readonly string[], becomes: readonly string[]])[] = [
  [['ap'], ['apply']],
  [['data', 'in'], ['inspect']],
  [['train', 'cl'], ['classify']],
  // One task is enough.
  [['train', 'classify', 'segm'], []],
  [
    ['train', '--mod'],
    ['--model', '--model-option'],
  ],
  [['data', 'inspect', '--stri'], ['--strict']],
  [['--qui'], ['--quiet']],
  [['doctor', '--qui'], ['--quiet']],
  [['completion', 'f'], ['fish']],
  [
    ['train', 'classify', '--optimizer', 'ad'],
    ['adadelta', 'adagrad', 'adam', 'adamw'],
  ],
  [['apply', '--kernel', 'sobel-x'], ['sobel-x']],
  [['predict', '--range', 'clip'], []],
  [['apply', '--range', 'cl'], ['clip']],
  [['data', 'download', 'kmn'], ['kmnist']],
]

it('in bash, completes commands, choices and options', async ({ skip }) => {
  const why = missing('bash')
  if (why !== undefined) return skip(why)
  const path = await scriptOf('bash')
  const ask = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _convoke; declare -p COMPREPLY'
  for (const [words, becomes] of typed) {
    const { stdout, stderr } = spawnSync('bash', ['-c', ask, 'bash', path, 'convoke', ...words], { encoding: 'utf8' })
    // declare -a COMPREPLY=([0]="--model" [1]="--model-option")
    const offered = [...stdout.matchAll(/\]="([^"]*)"/g)].map(([, word]) => word)
    expect([offered.sort(), stderr], words.join(' ')).toEqual([becomes, ''])
  }
})

it('in fish, completes commands, choices and options', async ({ skip }) => {
  const why = missing('fish')
  if (why !== undefined) return skip(why)
  const path = await scriptOf('fish')
  for (const [words, becomes] of typed) {
    const ask = `source ${path}; complete -C 'convoke ${words.join(' ')}'`
    const { stdout } = spawnSync('fish', ['--no-config', '-c', ask], { encoding: 'utf8' })
    const offered = stdout.split('\n').filter((line) => line !== '')
    expect(offered.map((line) => line.split('\t')[0]).sort(), words.join(' ')).toEqual(becomes)
  }
})

/** What zsh's own functions are given; they would offer what begins as the last word does. */
const zshStubs = `
compdef() { :; }
compset() { :; }
_files() { :; }
compadd() { shift; print -rl -- "$@"; }
_describe() { [[ $1 == -o ]] && shift; print -rl -- "\${(@P)2}"; }`

it('in zsh, completes commands, choices and options', async ({ skip }) => {
  const why = missing('zsh')
  if (why !== undefined) return skip(why)
  const path = await scriptOf('zsh')
  for (const [typedWords, becomes] of typed) {
    const ask = `${zshStubs}\nsource "$1"; shift; words=("$@"); CURRENT=$#; _convoke`
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', ask, 'zsh', path, 'convoke', ...typedWords], {
      encoding: 'utf8',
    })
    const offered = stdout.split('\n').map((line) => line.split(':')[0])
    const fitting = offered.filter((word) => word !== '' && word.startsWith(typedWords.at(-1)!))
    expect([fitting.sort(), stderr], typedWords.join(' ')).toEqual([becomes, ''])
  }
})

it('in bash, completes a value behind =, and names of files with spaces', async ({ skip }) => {
  const why = missing('bash')
  if (why !== undefined) return skip(why)
  const path = await scriptOf('bash')
  const cwd = await folder()
  await writeFile(join(cwd, 'my run'), '')
  const ask = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _convoke; printf "%s\\n" "$COMPREPLY"'
  const offered = (...words: readonly string[]): string =>
    spawnSync('bash', ['-c', ask, 'bash', path, 'convoke', ...words], { encoding: 'utf8', cwd }).stdout
  expect(offered('train', '--schedule', '=', 'cos')).toBe('cosine\n')
  expect(offered('train', '--out', 'my')).toBe('my run\n')
})

it('knows the values of no option that there is not', async () => {
  const { stdout } = await convoke('.', 'completion', 'bash')
  for (const name of Object.keys(values)) expect(stdout, name).toContain(`${name}'`)
})

it('for another shell, is refused with those that there are', async () => {
  const { code, stderr } = await convoke('.', 'completion', 'fis')
  expect(code).toBe(2)
  expect(stderr).toBe('convoke: the shell is "fis". Use one of bash, zsh, fish. Did you mean fish?\n')
})
