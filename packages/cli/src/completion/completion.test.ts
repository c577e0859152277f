// The scripts that `convoke completion` prints, in the shells themselves; a shell that is not there is not asked.

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { convoke, folder } from '../../test/run.ts'

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
  [
    ['train', '--mod'],
    ['--model', '--model-option'],
  ],
  [['data', 'inspect', '--stri'], ['--strict']],
  [['--qui'], ['--quiet']],
  [['doctor', '--qui'], ['--quiet']],
  [['completion', 'f'], ['fish']],
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
    expect([offered, stderr], words.join(' ')).toEqual([becomes, ''])
  }
})

it('in fish, completes commands, choices and options', async ({ skip }) => {
  const why = missing('fish')
  if (why !== undefined) return skip(why)
  const path = await scriptOf('fish')
  for (const [words, becomes] of typed) {
    const ask = `source ${path}; complete -C 'convoke ${words.join(' ')}'`
    const { stdout } = spawnSync('fish', ['--no-config', '-c', ask], { encoding: 'utf8' })
    const offered = stdout.trim().split('\n')
    expect(
      offered.map((line) => line.split('\t')[0]),
      words.join(' '),
    ).toEqual(becomes)
  }
})

it('in zsh, is a script that zsh reads', async ({ skip }) => {
  const why = missing('zsh')
  if (why !== undefined) return skip(why)
  const path = await scriptOf('zsh')
  const { status, stderr } = spawnSync('zsh', ['-n', path], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

it('for another shell, is refused with those that there are', async () => {
  const { code, stderr } = await convoke('.', 'completion', 'fis')
  expect(code).toBe(2)
  expect(stderr).toBe('convoke: the shell is "fis". Use one of bash, zsh, fish. Did you mean fish?\n')
})
