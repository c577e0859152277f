// The programs that the view hands out give what it shows: run by Node, and by PyTorch where there is one.

import { execFileSync } from 'node:child_process'
import { chainSees } from 'convoke/shapes'
import { parseNetwork } from 'convoke-workbench'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { samplePicture } from '../../pictures/samples.ts'
import { computeEffective, computeShapes, floatsOf } from '../compute.ts'
import { positionIn } from '../model.ts'
import { fitted } from '../picture.ts'
import { presets } from '../presets.ts'
import { pytorchOf } from './pytorch.ts'
import type { Shown } from './resolve.ts'
import { tensorflowOf } from './tensorflow.ts'
import { typescriptOf } from './typescript.ts'

/** Every kind of layer, with every option that the languages treat in different ways. */
const texts: readonly (readonly [text: string, layer: number, channel?: number, place?: readonly [number, number]])[] =
  [
    [presets.lenet, 6],
    [presets.lenet, 12, 3],
    [presets.small.replace('96x96', '24x24'), 12, 0, [0, 0.99]],
    [presets.dilated.replace('96x96', '20x31'), 8, 2, [0.2, 0.7]],
    [presets.decoder.replace('96x96', '16x16'), 13],
    [presets.mobile.replace('128x128', '33x33'), 31, 5],
    [
      '11x13x4: conv 8 3x5 s2x1 psame d1 g2 nobias, bn, leakyrelu, dwconv 3 p1 m2, elu, sepconv 12 3x3 s2 psame-lower, silu',
      7,
    ],
    [
      '12x12x3: conv 6 3 pcausal d2, gelu, maxpool 3 s2 p1 ceil, gn 3, avgpool 3 s2 p1 ceil, hardswish, convtranspose 4 3 s2 p1 op1 g2, ln',
      8,
      2,
    ],
    [
      '9x10x2: convtranspose 4 3x4 s2x3 psame d2x1, mish, upsample 2 bilinear, conv 3 3, upsample 2x3, adaptivepool 4x3, in, softplus',
      8,
    ],
    [
      '10x10x3: avgpool 2 s1 psame, maxpool 2 d2 s1, conv 4 3 s2, tanh, adaptivemaxpool 2, flatten, linear 6, relu6, hardsigmoid, softmax',
      10,
      2,
    ],
    ['10x10x1: conv 4 3, relu, flatten, sigmoid', 4, 3, [0.4, 0.6]],
    ['8x8x3: conv 5 3, globalmaxpool, bn, gn, dropout, linear 3 nobias', 6],
  ]

const all: readonly (readonly [string, Shown])[] = texts.map(([text, count, channel = 0, place = [0.5, 0.5]], i) => {
  const { inputShape, layers } = parseNetwork(text)
  const { rows, misfit } = computeShapes({ network: { inputShape, layers } }).answer
  if (misfit !== undefined) throw new Error(`${text}: layer ${misfit.index + 1} does not fit`)
  const layer = count - 1
  const position = positionIn(place, rows[layer].positions!)
  return [text, { inputShape, layers, rows, layer, position, channel, seed: i }]
})

/** The drawn shapes, in no plain colour: where all pixels are the same, rounding alone decides which of them is the largest. */
function pictureFor({ inputShape }: Shown) {
  const { width, height, data } = fitted(samplePicture('shapes'), inputShape[0], inputShape[1])
  return { width, height, data: data.map((byte, i) => (i % 4 === 3 ? byte : (byte + ((i * i * 7) % 41)) % 256)) }
}

const shownBy = async (shown: Shown): Promise<number[]> => {
  const { answer } = await computeEffective(shown, { ...shown, picture: pictureFor(shown) })
  if (answer.kind !== 'done') throw new Error(answer.kind)
  return [...answer.magnitudes]
}

const positionsOf = ({ inputShape, layers, layer, position }: Shown): (readonly number[])[] =>
  chainSees(inputShape, layers.slice(0, layer + 1), position).map((along) => along.positions)

const close = (actual: readonly number[], wanted: readonly number[], what: string): void => {
  expect(actual.length, what).toBe(wanted.length)
  const scale = Math.max(1e-30, ...wanted)
  for (const [i, value] of wanted.entries())
    expect(Math.abs(actual[i] - value) / scale, `${what}, ${i}`).toBeLessThan(1e-4)
}

it('TypeScript gives the sizes, the exact field and the effective one', async () => {
  for (const [text, shown] of all) {
    const { code } = await transform(typescriptOf(shown), { loader: 'ts' })
    const image = floatsOf(pictureFor(shown), shown.inputShape[2])
    const call = `
import { writeFileSync } from 'node:fs'
const field = effectiveField(tensor(${JSON.stringify([...image])}, { shape: inputShape }))
writeFileSync(1, JSON.stringify({ total: chain.total.parameters, macs: chain.total.macs, shapes: chain.steps.map((step) => step.outputShape),
  seen: [rows.positions, columns.positions], shape: field.shape, field: [...field.dataSync()] }))`
    const printed = execFileSync(process.execPath, ['--input-type=module'], {
      ...{ cwd: import.meta.dirname, encoding: 'utf8', input: code + call, maxBuffer: 2 ** 26 },
    })
    const got = JSON.parse(printed)
    expect(got.shapes, text).toEqual(shown.rows.map(({ outputShape }) => outputShape))
    expect(got.seen, text).toEqual(positionsOf(shown))
    expect(got.shape).toEqual(shown.inputShape.slice(0, 2))
    close(got.field, await shownBy(shown), text)
  }
})

const runner = `
import json, sys
import numpy as np
answers = []
for program, image, shape in json.load(sys.stdin):
    names = {}
    exec(program, names)
    image = np.array(image, dtype=np.float32).reshape(shape)
    field = names["effective_field"](image)
    if "sizes" in names:
        sizes = names["sizes"]()
    else:
        sizes = [list(y.shape[1:]) for y in names["outputs"](names["tf"].constant(image[None]))]
    answers.append({"sizes": sizes, "seen": [names["rows"], names["columns"]], "field": field.reshape(-1).tolist()})
print(json.dumps(answers))
`

describe('The programs', () => {
  for (const { name, ranBy, run } of frameworks())
    it(`for ${name} give the sizes, the exact field and the effective one (run by ${ranBy})`, {
      timeout: 240_000,
    }, async () => {
      const torch = name === 'PyTorch'
      const input = JSON.stringify(
        all.map(([, shown]) => [
          (torch ? pytorchOf : tensorflowOf)(shown),
          [...floatsOf(pictureFor(shown), shown.inputShape[2])],
          shown.inputShape,
        ]),
      )
      const answers = JSON.parse(run(runner, { input }))
      for (const [i, [text, shown]] of all.entries()) {
        const { sizes, seen, field } = answers[i]
        const shapes = shown.rows.map(({ outputShape }) => outputShape)
        const wanted = torch
          ? shown.rows.map(({ parameters }, at) => {
              const shape = shapes[at]
              return [shape.length === 1 ? shape : [shape[2], shape[0], shape[1]], parameters]
            })
          : shapes.slice(0, shown.layer + 1)
        expect(sizes, text).toEqual(wanted)
        expect(seen, text).toEqual(positionsOf(shown))
        close(field, await shownBy(shown), text)
      }
    })
})
