// `npm start`: a first look at what Convoke does, on a picture that it draws itself.

import { correlate } from 'convoke'
import { ConvokeError, largestOf } from 'convoke/shapes'
import { outputFormat, writePicture } from '../picture/encode.ts'
import { scene } from '../picture/scene.ts'
import { thumbnail } from '../picture/thumbnail.ts'
import { writeChunks, writeWhole } from '../picture/write-whole.ts'
import { gallerySheet } from '../sheet/gallery-sheet.ts'
import { bold, print, printJson } from '../terminal/output.ts'
import { beside, table } from '../terminal/table.ts'
import { allowed, checkGradients, type GradientCheck } from './gradient-check.ts'
import { learnDigits } from './learn.ts'

const files = { scene: 'out/scene.png', gallery: 'out/gallery.png', gradients: 'out/gradients.json' }
const example = {
  input: Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_, j) => 5 * i + j + 1)),
  kernel: [
    [1, 0],
    [0, 1],
  ],
}

export async function runStart({ json }: { readonly json: boolean }): Promise<void> {
  const say = json ? () => {} : print
  say(bold('1. A picture and what kernels make of it'))
  await writePicture(files.scene, outputFormat(files.scene), scene())
  const { picture } = await thumbnail('scene', 192)
  const { png, count } = await gallerySheet(picture, 'Convoke kernel gallery', 8)
  await writeWhole(files.gallery, (temporary) => writeChunks(temporary, [png]))
  say(`   ${files.scene}    drawn by Convoke, ${scene().width} × ${scene().height}`)
  say(`   ${files.gallery}  ${count} results of it, labelled`)

  say(`\n${bold('2. Gradients, analytic against central differences')}`)
  const checks = checkGradients()
  const worst = largestOf(checks.map((check) => check.worst))
  const record = JSON.stringify({ allowed, worst, checks }, null, 2)
  await writeWhole(files.gradients, (temporary) => writeChunks(temporary, [`${record}\n`]))
  say(describe(checks).join('\n'))
  if (!(worst <= allowed))
    throw new ConvokeError(`a gradient is off by ${worst.toExponential(1)}, more than ${allowed}. Please report this.`)
  say(
    `   Worst relative error ${worst.toExponential(1)}; ${allowed.toExponential(0)} is allowed (float32). Kept in ${files.gradients}.`,
  )

  say(`\n${bold('3. The worked example')}`)
  const output = correlate(example.input, example.kernel).toArray() as number[][]
  say(worked(output).join('\n'))

  say(`\n${bold('4. A network learns to read digits that Convoke draws')}`)
  const learned = await learnDigits(say, json)
  say(`\n${bold('What to try next')}\n${next}`)
  if (json)
    printJson({
      files: Object.values(files),
      kernels: count,
      gradients: checks,
      example: { ...example, output },
      learned,
    })
}

const describe = (checks: readonly GradientCheck[]): string[] =>
  table(
    [
      ['  operation', 'input', 'filter', 'derivatives', 'worst relative error'],
      ...checks.map(({ operation, input, filter, compared, worst }) => [
        `  ${operation}`,
        input.join('×'),
        filter.join('×'),
        String(compared),
        worst.toExponential(1),
      ]),
    ],
    ['left', 'left', 'left'],
  ).map((line) => ` ${line}`)

function worked(output: readonly (readonly number[])[]): string[] {
  const text = (rows: readonly (readonly number[])[]) => table(rows.map((row) => row.map(String)))
  return [
    ...beside([text(example.input), ['slid over by'], text(example.kernel), ['gives'], text(output)]).map(
      (line) => `   ${line}`,
    ),
    '   floor((5 + 0 + 0 − 1·(2 − 1) − 1) / 1) + 1 = 4: with a stride of 1, 2 × 2 on 5 × 5 gives 4 × 4, never 3 × 3.',
  ]
}

const next = table(
  [
    ['npx convoke explain', 'every window of that example, with its numbers'],
    ['npx convoke kernels', 'the gallery'],
    ['npx convoke apply scene --kernel gaussian:2 -o out/soft.png', 'name a picture of yours instead of scene'],
    ['npx convoke shape "224x224x3: conv 64 7x7 s2 p3, maxpool 3x3 s2 p1"', 'what layers cost and see'],
    ['npx convoke predict out/digits out/digits/unseen', 'the network on pictures: name some of yours'],
    ['npx convoke train text --data sentences --examples 2000 --epochs 5', 'or a folder, a table, a file of yours'],
    ['npx convoke doctor', 'what this machine offers'],
  ],
  ['left', 'left'],
)
  .map((line) => `   ${line}`)
  .join('\n')
