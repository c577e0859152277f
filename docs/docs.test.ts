// Every example in the README, the guides and the doc comments runs as it is printed.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as convoke from 'convoke'
import * as graph from 'convoke/graph'
import * as mpi from 'convoke/mpi'
import * as scale from 'convoke/scale'
import * as shapes from 'convoke/shapes'
import { afterAll, describe, expect, it } from 'vitest'
import { smallModel, smallTfjs } from '../packages/cli/test/model.ts'
import { docCommentExamples, type Example, fencedBlocks, runTypeScript } from '../tools/run-examples.ts'

const doors = { convoke, 'convoke/graph': graph, 'convoke/mpi': mpi, 'convoke/scale': scale, 'convoke/shapes': shapes }

const root = fileURLToPath(new URL('..', import.meta.url))
const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(root, folder, path))

const pages = ['README.md', 'README.zh-CN.md', 'FEATURES.md', 'packages/convoke/README.md', 'packages/cli/README.md']
  .map((name) => join(root, name))
  .concat(filesBelow('docs', '.md'), filesBelow('apps/site/pages', '.md'))
  // Pages in Chinese have the code of the English ones: languages.test.ts compares them.
  .filter((path) => !/\/zh\//.test(path))
const inPages = pages.flatMap((path) => fencedBlocks(path, relative(root, path)))
const inComments = filesBelow('packages/convoke/src', '.ts').flatMap((path) =>
  docCommentExamples(path, relative(root, path)),
)

/** Arrays of numbers with 0 for −0, which examples print alike. */
const unsigned = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(unsigned) : typeof value === 'number' ? value + 0 : value

function expectValue(actual: unknown, expected: unknown, line: string): void {
  const value =
    actual instanceof convoke.Tensor
      ? actual.toArray()
      : ArrayBuffer.isView(actual)
        ? Array.from(actual as Float32Array)
        : actual
  if (typeof expected === 'number') expect(value, line).toBeCloseTo(expected, 4)
  else expect(unsigned(value), line).toEqual(unsigned(expected))
}

const named = (examples: readonly Example[]) => examples.map((example) => [example.place, example] as const)

describe('TypeScript', () => {
  const examples = [...inPages, ...inComments].filter(({ language }) => language === 'ts')
  it.each(named(examples))('%s', (_, example) => runTypeScript(example, doors, expectValue))
  it('is there to be run', () => expect(examples.length).toBeGreaterThan(10))
})

/** Runs the first program of a page, which is named in its first line. */
function runProgram(page: string, name: string, cwd: string): void {
  const [, code] = /^```js\n(.*?)^```$/ms.exec(readFileSync(page, 'utf8'))!
  writeFileSync(join(cwd, name), code)
  execFileSync(process.execPath, [name], { cwd })
}

describe('commands', () => {
  // A page is followed from its top, in a folder of its own.
  const folders = new Map<string, string>()
  const folderOf = (place: string): string => {
    const page = place.split(':')[0]
    const folder = folders.get(page) ?? mkdtempSync(join(tmpdir(), 'convoke-docs-'))
    // What a reader of this page brings along.
    const isOfModels = ['models.md', 'finetune-and-ship.md'].some((name) => page.endsWith(name))
    if (isOfModels && !folders.has(page)) writeFileSync(join(folder, 'model.onnx'), smallModel())
    if (page.endsWith('from-tensorflow-js.md') && !folders.has(page)) {
      const { json, shard } = smallTfjs()
      writeFileSync(join(folder, 'model.json'), json)
      writeFileSync(join(folder, 'group1-shard1of1.bin'), shard)
    }
    // A program that the page begins with writes its data.
    const [, program] = /^```js\n\/\/ (\S+\.mjs)/m.exec(readFileSync(join(root, page), 'utf8')) ?? []
    if (program !== undefined && !folders.has(page)) runProgram(join(root, page), program, folder)
    folders.set(page, folder)
    return folder
  }
  afterAll(() => {
    for (const folder of folders.values()) rmSync(folder, { recursive: true })
  })
  const command = join(root, 'packages/cli/bin/convoke.js')
  const lines = inPages
    .filter(({ language }) => language === 'sh')
    .flatMap(({ place, code }) => code.split('\n').map((line) => [place, line.trim()] as const))
    .filter(([, line]) => line.startsWith('npx convoke '))
  it.each(lines)('%s %s', (place, line) => {
    const options = { cwd: folderOf(place), stdio: 'pipe' } as const
    execFileSync('sh', ['-c', line.replace(/^npx convoke /, `node "${command}" `)], options)
  })
  it.each([
    ['README.md', 'runs/sentences', 'the film is not bad .', 'what a dull story !'],
    ['README.zh-CN.md', 'runs/juzi', '这部电影一点也不无聊。', '故事真是糟糕!'],
    ['docs/guides/sentiment.md', 'runs/reviews', 'the film is not bad .', 'hardly a good story .'],
  ])('%s trains a network that reads a denied blame as praise', (page, run, praise, blame) => {
    const args = [command, 'predict', run, praise, blame, '--json']
    const text = execFileSync(process.execPath, args, { cwd: folderOf(`${page}:1`), encoding: 'utf8' })
    const answers = JSON.parse(text).predictions as { readonly predictions: readonly { readonly class: string }[] }[]
    expect(answers.map(({ predictions }) => predictions[0].class)).toEqual(['positive', 'negative'])
  })
  it('write nothing into a clone that git and the linter would see', () => {
    const outputs = lines.flatMap(([, line]) => [
      ...[...line.matchAll(/ (?:--out|--output|-o|--sheet|--draw) (\S+)/g)].map(([, path]) => path),
      ...[...line.matchAll(/ convert \S+ (\S+)/g)].map(([, path]) => path),
    ])
    expect(outputs.length).toBeGreaterThan(20)
    const inside = [...new Set(outputs)].map((path) => (/\.\w+$/.test(path) ? path : `${path.replace(/\/$/, '')}/file`))
    const ignored = execFileSync('git', ['check-ignore', '--no-index', ...inside], { cwd: root, encoding: 'utf8' })
    expect(inside.filter((path) => !ignored.split('\n').includes(path))).toEqual([])
  })
  it('are there to be run', () => expect(lines.length).toBeGreaterThan(3))
})
