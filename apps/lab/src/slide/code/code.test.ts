// The programs that the view hands out give what it shows: run by Node, and by PyTorch where there is one.

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { slide } from '../compute.ts'
import { firstState, reshape, type SlideState } from '../state.ts'
import { someStates } from '../testing/states.ts'
import { pytorchOf } from './pytorch.ts'
import { tensorflowOf } from './tensorflow.ts'
import { typescriptOf } from './typescript.ts'

const states: readonly SlideState[] = [firstState, ...someStates(80)]

const shown = async (state: SlideState) => {
  const y = slide(state)
  return { shape: y.shape, values: [...(await y.data())] }
}

/** Built by `npm run build`, as for the tests of the command. */
const inNode = (code: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    ...{ cwd: import.meta.dirname, encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 60_000 },
  })

describe('TypeScript', () => {
  it('prints the output of the worked example, as it stands', () => {
    expect(JSON.parse(inNode(typescriptOf(firstState)))).toEqual([
      [8, 10, 12, 14],
      [18, 20, 22, 24],
      [28, 30, 32, 34],
      [38, 40, 42, 44],
    ])
  })

  it('prints the output of any convolution', async () => {
    // One process for all of them, each in a block of its own.
    const blocks = states.map(
      (state) =>
        `{ ${typescriptOf(state).replace(/import (\{[^}]*\}) from 'convoke'/, "const $1 = await import('convoke')")} }`,
    )
    const printed = inNode(blocks.join('\n')).trim().split('\n')
    expect(printed).toHaveLength(states.length)
    for (const [i, state] of states.entries()) {
      const values = (JSON.parse(printed[i]) as unknown[]).flat(9)
      expect(values, typescriptOf(state)).toEqual((await shown(state)).values)
    }
  })
})

/** What each program calls y, without its batch, channels last. */
const runner = `
import contextlib, io, json, sys
given = json.load(sys.stdin)
answers = []
for program in given["programs"]:
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(program, names)
    y = names["y"][0].numpy()
    if given["first"]:
        y = y.transpose(*range(1, y.ndim), 0)
    answers.append({"shape": list(y.shape), "values": y.reshape(-1).tolist()})
print(json.dumps(answers))
`

describe('The programs', () => {
  for (const { name, ranBy, run } of frameworks())
    it(`for ${name} give the output of any convolution (run by ${ranBy})`, async () => {
      const write = name === 'PyTorch' ? pytorchOf : tensorflowOf
      const input = JSON.stringify({ programs: states.map(write), first: name === 'PyTorch' })
      const answers = JSON.parse(run(runner, { input })) as { shape: number[]; values: number[] }[]
      for (const [i, state] of states.entries()) expect(answers[i], write(state)).toEqual(await shown(state))
    })
})

describe('TensorFlow', () => {
  it('names the paddings that it has, and picks elements for those that it lacks', () => {
    const padded = (boundary: SlideState['boundary'], width: number) =>
      tensorflowOf({
        ...reshape(firstState, { size: [3, 3] }),
        boundary,
        padding: [
          [width, width],
          [width, width],
        ],
      })
    expect(padded('zero', 2)).toContain('tf.pad(x, [[0, 0], [2, 2], [2, 2], [0, 0]], mode="CONSTANT")')
    expect(padded('mirror', 2)).toContain('mode="REFLECT"')
    expect(padded('mirror', 3)).toContain('tf.gather(x, [1, 2, 1, 0, 1, 2, 1, 0, 1], axis=1)')
    expect(padded('reflect', 3)).toContain('mode="SYMMETRIC"')
    expect(padded('edge', 1)).toContain('tf.gather(x, [0, 0, 1, 2, 2], axis=2)')
    expect(padded('wrap', 1)).toContain('tf.gather(x, [2, 0, 1, 2, 0], axis=2)')
  })

  it('computes groups one by one, and writes a dilated kernel out where its adjoint lacks dilation', () => {
    const grouped = tensorflowOf({ ...reshape(firstState, { inputChannels: 4, outputChannels: 2 }), groups: 2 })
    expect(grouped).toContain('tf.split(x, 2, axis=-1), tf.split(w, 2, axis=-1)')
    const adjoint = tensorflowOf({ ...firstState, transposed: true, dilation: [2, 2] })
    expect(adjoint).toContain('[[[1]], [[0]], [[0]]], [[[0]], [[0]], [[0]]], [[[0]], [[0]], [[1]]]')
    expect(adjoint).toContain('[1, 7, 7, 1], strides=[1, 1], padding="VALID"')
  })
})
