// The programs that the view hands out give what it shows.

import { execFileSync } from 'node:child_process'
import { correlate, tensor } from 'convoke'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { frameworks } from '../code/testing/python.ts'
import { pytorchOf, tensorflowOf, typescriptOf } from './code.ts'
import { centred } from './placement.ts'
import { type FiltersState, firstFilters, kernelsOf } from './state.ts'

const shape = [6, 5, 3]
const values = Float32Array.from({ length: 90 }, (_, i) => (i * 37) % 256)

const states: readonly FiltersState[] = (['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const).flatMap((boundary) => [
  { ...firstFilters, boundary },
  { ...firstFilters, boundary, chain: ['gaussian:2', 'roberts-y', 'own'] },
  { ...firstFilters, boundary, grey: true },
  { ...firstFilters, boundary, channel: 'green' },
])

/** What the view computes, without its worker. */
const shown = (state: FiltersState): number[] => {
  const [height, width, channels] = shape
  const pixels = Array.from({ length: height * width }, (_, i) => [
    ...values.subarray(channels * i, channels * (i + 1)),
  ])
  const kept = pixels.map(([red, green, blue]) =>
    state.grey
      ? [0.2126 * red + 0.7152 * green + 0.0722 * blue]
      : state.channel === 'green'
        ? [green]
        : [red, green, blue],
  )
  const y = kernelsOf(state).reduce(
    (x, { rows }) =>
      correlate(x, rows as number[][], { padding: centred([rows.length, rows[0].length]), boundary: state.boundary }),
    tensor(Float32Array.from(kept.flat()), { shape: [height, width, kept[0].length] }),
  )
  return [...y.dataSync()]
}

const close = (actual: readonly number[], wanted: readonly number[], what: string): void => {
  expect(actual.length).toBe(wanted.length)
  // Filters one after the other round what comes between, which is as large as the picture: the result may be much smaller.
  const scale = Math.max(255, ...wanted.map(Math.abs))
  for (const [i, value] of wanted.entries()) expect(Math.abs(actual[i] - value) / scale, what).toBeLessThan(1e-5)
}

it('TypeScript gives what is shown', async () => {
  for (const state of states.slice(0, 6)) {
    const { code } = await transform(typescriptOf(state), { loader: 'ts' })
    const call = `\nconsole.log(JSON.stringify([...filter(tensor(${JSON.stringify([...values])}, { shape: [${shape}] })).dataSync()]))`
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', code + call], {
      ...{ cwd: import.meta.dirname, encoding: 'utf8' },
    })
    close(JSON.parse(printed), shown(state), state.boundary)
  }
})

const runner = `
import json, sys
import numpy as np
given = json.load(sys.stdin)
image = np.array(given["values"], dtype=np.float32).reshape(given["shape"])
answers = []
for program in given["programs"]:
    names = {}
    exec(program, names)
    answers.append(names["filter"](image).reshape(-1).tolist())
print(json.dumps(answers))
`

describe('The programs', () => {
  for (const { name, ranBy, run } of frameworks())
    it(`for ${name} give what is shown, whatever lies beyond the edges (run by ${ranBy})`, () => {
      const programs = states.map(name === 'PyTorch' ? pytorchOf : tensorflowOf)
      const answers = JSON.parse(run(runner, { input: JSON.stringify({ values: [...values], shape, programs }) }))
      for (const [i, answer] of (answers as number[][]).entries())
        close(answer, shown(states[i]), `${states[i].boundary} ${states[i].chain}`)
    })
})
