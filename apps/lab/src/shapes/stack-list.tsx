// The layers one below the other, with what each makes and costs; the chosen one opens to its options.

import { largestOf, type ReceptiveField, thousands } from 'convoke/shapes'
import { bytes, engineering } from 'convoke-workbench'
import type { ComponentChildren } from 'preact'
import { sentences } from '../words/sentences.ts'
import { LayerEditor } from './layer-editor.tsx'
import { kindOf } from './layers.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'
import { textOf } from './state.ts'
import type { LayerRow, ShapesAnswer } from './task.ts'

export const shapeText = (shape: readonly number[]): string => shape.join(' × ')

const short = (value: number): string => String(Number(value.toPrecision(4)) + 0)

/** `14 × 14`, or one number where the axes agree. */
export function fieldText(field: readonly ReceptiveField[] | null, all: string): string {
  if (field === null) return all
  const sizes = field.map(({ size }) => short(size))
  return sizes.every((size) => size === sizes[0]) ? (sizes[0] ?? '') : sizes.join(' × ')
}

/** Zero is left out, so that what costs something stands out. */
const some = (value: number, text: (value: number) => string): string => (value === 0 ? '–' : text(value))

interface StackListProps {
  readonly model: ShapesModel
}

export function StackList({ model }: StackListProps) {
  const words = shapesMessages()
  const dropped = model.dropped.value
  const { network, layer: chosen } = model.state.value
  const answer = model.answer.value
  const rows = answer?.rows ?? []
  // A layer that does not fit can be chosen; what is looked at is the last before it that does.
  const pressed = dropped === undefined ? Math.min(chosen, network.layers.length - 1) : model.looked.value?.layer
  const sides = [...(model.dropped.value?.inputShape ?? network.inputShape).slice(0, -1), 1]
  const scale: Scale = {
    side: largestOf([...sides, ...rows.flatMap(({ positions }) => positions ?? [])]),
    channels: largestOf([1, network.inputShape[2], ...rows.map((row) => row.channels)]),
    macs: largestOf([1, ...rows.map((row) => row.macs)]),
  }
  const choose = (index: number): void => {
    model.state.value = { ...model.state.peek(), layer: index, channel: 0 }
  }
  const count = dropped === undefined ? network.layers.length : rows.length
  return (
    <div class="stack">
      <div class="stack-heads" aria-hidden="true">
        <span />
        <span>{words.output}</span>
        <span>{words.parameters}</span>
        <span>{words.macs}</span>
        <span>{words.flops}</span>
        <span>{dropped === undefined ? words.memory : words.alive}</span>
        <span>{words.sees}</span>
      </div>
      <ol class="stack-rows">
        {dropped === undefined && (
          <li class="stack-row stack-input">
            <div class="row-head">
              <RowName index={0} name={words.inputRow} detail="" scale={scale} made={network.inputShape} />
              <Figure name={words.output} text={shapeText(network.inputShape)} wide />
            </div>
          </li>
        )}
        {Array.from({ length: count }, (_, index) => {
          const layer = dropped === undefined ? network.layers[index] : undefined
          const row = rows[index]
          const misfit = answer?.misfit?.index === index ? answer.misfit : undefined
          const label = row?.label ?? (layer && textOf({ inputShape: [1], layers: [layer] }).replace(/^1: /, '')) ?? ''
          const name = layer === undefined ? label : words.kinds[kindOf(layer)]
          const on = pressed === index
          return (
            <li
              key={index}
              class={`stack-row${on ? ' chosen' : ''}${row === undefined ? ' unreached' : ''}`}
              data-layer={index}
            >
              <div class="row-head">
                <button type="button" class="row-button" aria-pressed={on} onClick={() => choose(index)}>
                  <RowName
                    {...{ index: index + 1, name, row, scale }}
                    detail={layer === undefined ? (row?.path ?? '') : label}
                  />
                </button>
                {row === undefined ? (
                  <span class="row-note">{misfit === undefined && answer !== undefined ? words.notReached : ''}</span>
                ) : (
                  <Figures row={row} alive={dropped !== undefined} />
                )}
              </div>
              {row !== undefined && row.macs > 0 && (
                <span class="share" aria-hidden="true" style={{ '--share': (row.macs / scale.macs).toFixed(4) }} />
              )}
              {misfit !== undefined && <MisfitNote {...{ model, misfit }} />}
              {layer !== undefined && on && (
                <LayerEditor
                  {...{ model, index, layer, label }}
                  inputShape={rows[index - 1]?.outputShape ?? network.inputShape}
                />
              )}
            </li>
          )
        })}
      </ol>
      {answer !== undefined && count > 0 && <TotalRow answer={answer} alive={dropped !== undefined} />}
      {count === 0 && <p class="hint">{words.empty}</p>}
    </div>
  )
}

interface Scale {
  readonly side: number
  readonly channels: number
  readonly macs: number
}

interface RowNameProps {
  readonly index: number
  readonly name: string
  readonly detail: string
  readonly row?: LayerRow | undefined
  readonly scale: Scale
  /** Rows, columns and channels of what no layer makes. */
  readonly made?: readonly number[]
}

function RowName({ index, name, detail, row, scale, made }: RowNameProps) {
  return (
    <span class="row-name">
      <Glyph
        weighted={(row?.parameters ?? 0) > 0}
        rows={made?.[0] ?? row?.positions?.[0]}
        channels={made?.[2] ?? row?.channels}
        scale={scale}
      />
      <span class="row-index">{index === 0 ? '' : index}</span>{' '}
      <span class="row-words">
        <span>{name}</span> {detail !== '' && <code lang="en">{detail}</code>}
      </span>
    </span>
  )
}

interface GlyphProps {
  readonly weighted: boolean
  readonly rows: number | undefined
  readonly channels: number | undefined
  readonly scale: Scale
}

/** A slab: as tall as the output has rows, as wide as it has channels (by their logarithm). */
function Glyph({ weighted, rows, channels, scale }: GlyphProps) {
  const height = rows === undefined ? 4 : 4 + 22 * Math.sqrt(rows / scale.side)
  const width = channels === undefined ? 4 : 4 + (26 * Math.log2(1 + channels)) / Math.log2(1 + scale.channels)
  return (
    <svg class={`glyph${weighted ? ' weighted' : ''}`} viewBox="0 0 32 28" width="32" height="28" aria-hidden="true">
      <rect x={16 - width / 2} y={14 - height / 2} width={width} height={height} rx="1.5" />
    </svg>
  )
}

interface FigureProps {
  readonly name: string
  readonly text: string
  readonly wide?: boolean
}

const Figure = ({ name, text, wide = false }: FigureProps) => (
  <span class={`figure${wide ? ' figure-shape' : ''}`}>
    <span class="figure-name">{name} </span>
    <span class="figure-value">{text}</span>
  </span>
)

function Figures({ row, alive }: { readonly row: LayerRow; readonly alive: boolean }) {
  const words = shapesMessages()
  return (
    <>
      <Figure name={words.output} text={shapeText(row.outputShape)} wide />
      <Figure name={words.parameters} text={some(row.parameters, thousands)} />
      <Figure name={words.macs} text={some(row.macs, engineering)} />
      <Figure name={words.flops} text={some(row.flops, engineering)} />
      <Figure name={alive ? words.alive : words.memory} text={some(row.memory, bytes)} />
      <Figure name={words.sees} text={fieldText(row.receptiveField, words.all)} />
    </>
  )
}

function TotalRow({ answer, alive }: { readonly answer: ShapesAnswer; readonly alive: boolean }) {
  const words = shapesMessages()
  const { totals } = answer
  return (
    <>
      <div class="row-head stack-total">
        <span class="row-name">
          <span class="row-words">{words.total}</span>
        </span>
        <Figure name={words.output} text={shapeText(answer.rows.at(-1)?.outputShape ?? [])} wide />
        <Figure name={words.parameters} text={thousands(totals.parameters)} />
        <Figure name={words.macs} text={some(totals.macs, engineering)} />
        <Figure name={words.flops} text={some(totals.flops, engineering)} />
        <Figure name={alive ? words.alive : words.memory} text={bytes(totals.kept ?? totals.peak)} />
        <Figure name="" text="" />
      </div>
      <p class="hint">
        {sentences([
          words.weights(bytes(4 * totals.parameters)),
          totals.kept === undefined
            ? words.peakNote(bytes(totals.peak))
            : words.keptNote(bytes(totals.kept), bytes(totals.peak)),
          words.macNote,
        ])}
      </p>
    </>
  )
}

interface MisfitNoteProps {
  readonly model: ShapesModel
  readonly misfit: NonNullable<ShapesAnswer['misfit']>
}

/** Says why the layer does not fit, with the nearest changes that do. */
function MisfitNote({ model, misfit }: MisfitNoteProps) {
  const words = shapesMessages()
  return (
    <Notice>
      <p>{words.reason(misfit.reason)}</p>
      <div class="bar">
        {misfit.fixes.map(({ remedy, layers }, i) => (
          <button
            type="button"
            key={JSON.stringify(remedy)}
            class={i === 0 ? 'primary' : undefined}
            onClick={() => {
              const state = model.state.peek()
              const layer = Math.min(misfit.index, layers.length - 1)
              model.state.value = { ...state, network: { ...state.network, layers }, layer: Math.max(layer, 0) }
            }}
          >
            {words.remedy(remedy)}
          </button>
        ))}
      </div>
    </Notice>
  )
}

const Notice = ({ children }: { readonly children: ComponentChildren }) => (
  <div class="notice misfit" role="alert">
    {children}
  </div>
)
