// The programs in Python for a model that was dropped give the fields that the view shows: run where there is PyTorch.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { models, type nn } from 'convoke'
import { encodeOnnx, exportOnnx } from 'convoke/graph'
import { describe, expect, it } from 'vitest'
import { frameworks } from '../../code/testing/python.ts'
import { floatsOf } from '../compute.ts'
import { effectiveOfDropped, openDropped, seenOfDropped } from '../dropped.ts'
import { programOfDropped, weightsOfDropped } from '../dropped-program.ts'
import { droppedPytorchOf, droppedTensorflowOf, type ToldModel, weightsFile } from './dropped-python.ts'

interface Case {
  readonly what: string
  readonly model: nn.Module
  readonly shape: readonly [height: number, width: number, channels: number]
  /** The last row whose output has these sizes. */
  readonly output: string
  readonly position: readonly [number, number]
  readonly channel: number
}

const cases: readonly Case[] = [
  { what: 'LeNet-5', model: models.LeNet5(), shape: [28, 28, 1], output: '10,10,16', position: [0, 9], channel: 0 },
  {
    what: 'a class of LeNet-5',
    model: models.LeNet5(),
    shape: [28, 28, 1],
    output: '10',
    position: [0, 0],
    channel: 4,
  },
  {
    ...{ what: 'residuals and normalisation', model: models.CompactResNet({ classes: 3, widths: [4, 8, 8] }) },
    ...{ shape: [24, 20, 3], output: '6,5,8', position: [2, 1], channel: 0 },
  },
]

const runner = `
import json
import sys
import numpy as np
names = {}
program, image, shape, position = json.load(sys.stdin)
exec(program, names)
image = np.array(image, dtype=np.float32).reshape(shape)
made = names["layer"](names["torch"].tensor(image) if "torch" in names else names["tf"].constant(image))
print(json.dumps({"field": names["effective_field"](image).reshape(-1).tolist(), "sizes": list(made.shape), "seen": names.get("seen")}))
`

describe('the programs of a model', () => {
  for (const { name, ranBy, run } of frameworks())
    it.each(cases)(
      `in ${name} give its fields: $what (run by ${ranBy})`,
      async ({ what, ...one }) => {
        const { model, shape, output, position, channel } = one
        const bytes = encodeOnnx(exportOnnx(model.initialize(3), [1, ...shape]))
        const opened = openDropped({ key: what, files: [{ name: 'net.onnx', bytes: Uint8Array.from(bytes) }] })
        if (opened.kind !== 'opened') throw new Error(opened.detail)
        const { rows } = opened.answer
        const layer = rows.findLastIndex(({ outputShape }) => outputShape.join() === output)
        const [height, width, channels] = shape
        const picture = {
          ...{ width, height },
          data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 31) % 256)),
        }
        const question = { network: undefined, key: what, layer, position, channel, seed: 0, picture }
        const { answer } = await effectiveOfDropped(question)
        if (answer.kind !== 'done') throw new Error(JSON.stringify(answer))
        const told: ToldModel = {
          ...{ inputShape: shape, row: rows[layer], position, channel, layer },
          ...{ program: programOfDropped(what)!, seen: seenOfDropped(what, layer, position) },
        }
        const folder = mkdtempSync(join(tmpdir(), 'convoke-shapes-'))
        try {
          writeFileSync(join(folder, weightsFile), (await weightsOfDropped(what)).answer)
          const program = (name === 'PyTorch' ? droppedPytorchOf : droppedTensorflowOf)(told)
          const input = JSON.stringify([program, [...floatsOf(picture, channels)], shape, position])
          const printed = JSON.parse(run(runner, { input, folder }))
          expect(printed.sizes).toEqual([...rows[layer].positions!, rows[layer].channels])
          const { parts } = told.seen!
          expect(printed.seen ?? null).toEqual(
            parts?.map(([down, along]) => [down.positions, along.positions].map((list) => [...list])) ?? null,
          )
          expect(printed.field).toHaveLength(height * width)
          expect(answer.largest).toBeGreaterThan(0)
          for (const [i, value] of answer.magnitudes.entries())
            expect(Math.abs(printed.field[i] - value), String(i)).toBeLessThan(2e-4 * answer.largest)
        } finally {
          rmSync(folder, { recursive: true })
        }
      },
      240_000,
    )
})

it('a model of which a row is no node of the file, or an operator has no line, is told apart', () => {
  const bytes = encodeOnnx(exportOnnx(models.LeNet5().initialize(3), [1, 28, 28, 1]))
  openDropped({ key: 'known', files: [{ name: 'net.onnx', bytes: Uint8Array.from(bytes) }] })
  const program = programOfDropped('known')!
  expect(program.values.every((value) => typeof value === 'string' && value !== '')).toBe(true)
  expect(() => programOfDropped('another')).toThrow('no longer open')
  const told = { program: { ...program, pytorch: { missing: 'Loop' }, tensorflow: { missing: 'Loop' } } } as ToldModel
  expect([droppedPytorchOf(told), droppedTensorflowOf(told)]).toEqual([undefined, undefined])
})
