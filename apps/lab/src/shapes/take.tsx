// The view's picture and programs, to keep.

import { largestOf, thousands } from 'convoke/shapes'
import { bytes, engineering } from 'convoke-workbench'
import { dataUrlOf } from '../ui/pixels.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { pytorchOf } from './code/pytorch.ts'
import type { Shown } from './code/resolve.ts'
import { tensorflowOf } from './code/tensorflow.ts'
import { typescriptOf } from './code/typescript.ts'
import { drawEffective, drawExact, drawMap, frameOf, seenMask } from './drawing.ts'
import { effectiveWords, exactWords } from './field-words.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'
import { fieldText, shapeText } from './stack-list.tsx'
import { drawStack, linesFor, type PictureFigure, type PictureRow } from './stack-picture.ts'
import { TakeModel } from './take-model.tsx'

/** The three pictures of the chosen output, as far as they are there. */
function figuresOf(model: ShapesModel): PictureFigure[] {
  const words = shapesMessages()
  const input = model.input.peek()
  const seen = model.seen.peek()
  const effective = model.effective.peek()
  const looked = model.looked.peek()
  const position = model.position.peek()
  if (input === undefined || seen === undefined || looked === undefined || position === undefined) return []
  const { width, height } = input
  const mask = seenMask(seen.parts, width, height)
  const whole = frameOf(seen.parts, width, height)
  // What lies in the padding is outside the drawing.
  const clip = ([first, last]: readonly [number, number], size: number): readonly [number, number] => [
    Math.max(first, 0),
    Math.min(last, size - 1),
  ]
  const [rows, columns] = whole === undefined ? [] : [clip(whole.rows, height), clip(whole.columns, width)]
  const frame =
    rows === undefined || columns === undefined || rows[1] < rows[0] || columns[1] < columns[0]
      ? undefined
      : { x: columns[0], y: rows[0], width: columns[1] - columns[0] + 1, height: rows[1] - rows[0] + 1 }
  const coloured = (model.dropped.peek()?.inputShape ?? model.state.peek().network.inputShape)[2] === 3
  const exact: PictureFigure = {
    ...{ name: words.exact, width, height, frame, href: dataUrlOf(drawExact(input, mask, coloured)) },
    lines: linesFor(exactWords(words, seen, mask, input)),
  }
  if (effective?.kind !== 'done') return [exact]
  const [down, along] = looked.row.positions!
  const map = dataUrlOf(drawMap(effective.map, down, along))
  const mark = { x: position[1], y: position[0], width: 1, height: 1 }
  const hot = drawEffective(input, effective.magnitudes, effective.largest)
  return [
    { name: words.map, width: along, height: down, frame: mark, href: map, lines: linesFor([`${down} × ${along}`]) },
    exact,
    {
      ...{ name: words.effective, width, height, frame, href: dataUrlOf(hot) },
      lines: linesFor(effectiveWords(words, effective).slice(0, 1)),
    },
  ]
}

function pictureOf(model: ShapesModel): string {
  const words = shapesMessages()
  const answer = model.answer.peek()!
  const looked = model.looked.peek()
  const position = model.position.peek()
  const dropped = model.dropped.peek()
  const some = (value: number, show: (value: number) => string): string => (value === 0 ? '–' : show(value))
  const side = largestOf([1, ...answer.rows.map(({ positions }) => positions?.[0] ?? 1)])
  const most = largestOf([1, ...answer.rows.map(({ channels }) => channels)])
  const rows: PictureRow[] = answer.rows.map((row, i) => ({
    cells: [
      ...[`${i + 1}  ${row.label}`, shapeText(row.outputShape), some(row.parameters, thousands)],
      ...[some(row.macs, engineering), some(row.flops, engineering), some(row.memory, bytes)],
      fieldText(row.receptiveField, words.all),
    ],
    slab: {
      height: Math.min(1, Math.sqrt((row.positions?.[0] ?? 1) / side)),
      width: Math.min(1, Math.log2(1 + row.channels) / Math.log2(1 + most)),
      weighted: row.parameters > 0,
    },
    marked: looked?.layer === i,
  }))
  const { totals } = answer
  const total: PictureRow = {
    cells: [
      ...[words.total, '', thousands(totals.parameters), engineering(totals.macs), engineering(totals.flops)],
      ...[bytes(totals.kept ?? totals.peak), ''],
    ],
    ...{ slab: undefined, marked: false },
  }
  const name = looked === undefined ? '' : words.layer(looked.layer, looked.row.label)
  return drawStack({
    title: dropped?.name ?? words.pictureTitle,
    note: position === undefined || looked === undefined ? '' : words.fieldNote(name, position[0], position[1]),
    figures: figuresOf(model),
    heads: [
      ...[words.layers, words.output, words.parameters, words.macs, words.flops],
      ...[dropped === undefined ? words.memory : words.alive, words.sees],
    ],
    rows: [...rows, total],
  })
}

export function Take({ model }: { readonly model: ShapesModel }) {
  const words = shapesMessages()
  const state = model.state.value
  const answer = model.answer.value
  const looked = model.looked.value
  const position = model.position.value
  const dropped = model.dropped.value
  if (answer === undefined || looked === undefined || position === undefined) return null
  if (dropped !== undefined) {
    if (dropped.inputShape === undefined) return null
    const { name, inputShape, key } = dropped
    const channel = Math.min(state.channel, looked.row.channels)
    const shown = { name, inputShape, row: looked.row, position, channel }
    return <TakeModel {...{ model, shown, of: key, svg: () => pictureOf(model) }} />
  }
  const shown: Shown = {
    ...{ inputShape: state.network.inputShape, layers: state.network.layers, rows: answer.rows },
    ...{ layer: looked.layer, position, seed: state.seed },
    channel: Math.min(state.channel, looked.row.channels),
  }
  return (
    <TakeHome
      title={words.takeTitle}
      note={words.takeNote}
      fileName="stack"
      svg={() => pictureOf(model)}
      programs={[
        { id: 'typescript', name: 'TypeScript', text: typescriptOf(shown) },
        { id: 'pytorch', name: 'PyTorch', text: pytorchOf(shown) },
        { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(shown) },
      ]}
    />
  )
}
