// Input, kernel, products and output side by side, with the window that is watched.

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { mayMove } from '../ui/motion.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { showNumber } from '../words/numbers.ts'
import { within } from '../words/phrases.ts'
import { highlightsOf, isOutside, lookedAt, shortNumber } from './cells.ts'
import type { Flight } from './flight.ts'
import {
  cellOf,
  channelsSeenBy,
  elementIn,
  type Geometry,
  placeNear,
  placeOf,
  tapsOf,
  termsOf,
  widthOf,
  writtenTap,
} from './geometry.ts'
import { type CellView, Grid } from './grid.tsx'
import { slideMessages } from './messages.ts'
import { change, goTo, type SlideModel } from './model.ts'
import { NumberCell, refusedEntry } from './number-cell.tsx'
import { OutputGrid } from './output-grid.tsx'
import { filterShape, offsetOf, type SlideState, withValue } from './state.ts'
import type { SlideAnswer } from './task.ts'
import { Value } from './value.tsx'

interface StageProps {
  readonly model: SlideModel
  readonly geometry: Geometry
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** `text` in as large a size as its cell allows. */
export function Stage({ model, geometry }: StageProps) {
  const words = slideMessages()
  const layer = useRef<HTMLDivElement>(null)
  /** What of the step that moves has not arrived yet. */
  const pending = useSignal<'none' | 'products' | 'sum'>('none')
  useSteps(model, layer, pending)
  const state = model.state.value
  const answer = model.answer.value
  const [first, seen] = channelsSeenBy(state, lookedAt(state, model.pointed.value).channel)
  const refused = refusedEntry.value
  return (
    <div class="stage" ref={layer} data-pending={pending.value}>
      <p class={refused === undefined ? 'unseen' : 'hint not-taken'} role="status">
        {refused !== undefined && words.notTaken(refused.typed, refused.kept)}
      </p>
      <figure class="part part-input">
        <figcaption>{words.input}</figcaption>
        <div class="layers" data-count={state.inputChannels}>
          {range(state.inputChannels).map((channel) => (
            <InputGrid
              key={channel}
              {...{ model, geometry, channel }}
              watched={channel >= first && channel < first + seen}
            />
          ))}
        </div>
      </figure>
      <div class="signed-part">
        <span class="sign" aria-hidden="true">
          ∗
        </span>
        <figure class="part part-kernel">
          <figcaption>{words.kernel}</figcaption>
          {range(seen).map((own) => (
            <KernelGrid key={own} {...{ model, own }} input={first + own} />
          ))}
          {geometry.turned && <p class="hint">{words.turned}</p>}
        </figure>
      </div>
      <div class="signed-part">
        <span class="sign" aria-hidden="true">
          →
        </span>
        <figure class="part part-products">
          <figcaption>{words.products}</figcaption>
          {range(seen).map((own) => (
            <ProductGrid key={own} {...{ model, geometry, own, answer }} />
          ))}
        </figure>
      </div>
      <div class="signed-part">
        <span class="sign" aria-hidden="true">
          Σ
        </span>
        <figure class="part part-output">
          <figcaption>{words.output}</figcaption>
          <div class="layers" data-count={state.outputChannels}>
            {range(state.outputChannels).map((channel) => (
              <OutputGrid key={channel} {...{ model, geometry, channel, answer }} />
            ))}
          </div>
        </figure>
      </div>
    </div>
  )
}

/** Shows each counted move as a flight of its products and of their sum. */
function useSteps(
  model: SlideModel,
  layer: { readonly current: HTMLDivElement | null },
  pending: { value: 'none' | 'products' | 'sum' },
): void {
  const moves = model.moves.value
  useEffect(() => {
    const root = layer.current
    const [state, answer, geometry] = [model.state.peek(), model.answer.peek(), model.found.peek()]
    if (moves === 0 || root === null || answer === undefined || 'kind' in geometry || !mayMove()) return
    const controller = new AbortController()
    const terms = termsOf(state, geometry, state.place, state.channel)
    const anchor = (name: string): Element | null => root.querySelector(`[data-anchor="${name}"]`)
    const output = anchor('output')
    const values = productsAt(answer, geometry, terms.length, state)
    const flight = (from: Element | null, to: Element | null, value: number): Flight[] =>
      from === null || to === null ? [] : [{ from, to, text: shortNumber(value), negative: value < 0 }]
    const products = terms.flatMap((_, i) => flight(anchor(`in-${i}`), anchor(`product-${i}`), values[i]))
    const sum = terms.flatMap((_, i) => flight(anchor(`product-${i}`), output, values[i]))
    pending.value = 'products'
    const shown = (): void => {
      pending.value = 'sum'
    }
    // Where the flight cannot be loaded, the numbers are in place at once.
    void import('./fly.ts')
      .then(({ flyStep }) => flyStep(root, products, sum, model.speed.peek(), controller.signal, shown))
      .catch(() => {})
      .finally(() => {
        if (!controller.signal.aborted) pending.value = 'none'
      })
    return () => {
      controller.abort()
      pending.value = 'none'
    }
  }, [moves, model, layer, pending])
}

interface InputGridProps extends StageProps {
  readonly channel: number
  /** Whether the output that is looked at sees this channel. */
  readonly watched: boolean
}

function InputGrid({ model, geometry, channel, watched }: InputGridProps) {
  const words = slideMessages()
  const state = model.state.value
  const pointed = model.pointed.value
  const [rows, columns] = geometry.axes
  const looked = lookedAt(state, pointed)
  const [first, seen] = channelsSeenBy(state, looked.channel)
  const { taps } = highlightsOf(state, geometry, pointed)
  const largest = largestIn(state.input)
  const place = placeOf(geometry, looked.place)
  const kernelTaps = tapsOf(geometry)
  const cells = range(rows.source.length).flatMap((row) =>
    range(columns.source.length).map((column): CellView => {
      const element = elementIn(geometry, [row, column], widthOf(state))
      const outside = isOutside(state, row, column, element)
      const value = element === undefined ? 0 : state.input[element * state.inputChannels + channel]
      const tap = watched ? taps.get(`${row},${column}`) : undefined
      const width = widthOf(state)
      const label =
        element === undefined
          ? ''
          : within(words.inputChannel(channel), words.cell(Math.floor(element / width), element % width))
      const weight =
        tap === undefined ? undefined : weightAt(state, geometry, kernelTaps[tap], channel - first, looked.channel)
      return {
        ...{ row, column },
        classes: [
          outside ? 'outside' : 'own',
          ...(tap === undefined ? [] : ['tap']),
          ...(element === undefined ? ['zero'] : []),
        ],
        strength: strengthOf(value, largest),
        anchor: tap === undefined ? undefined : `in-${(channel - first) * kernelTaps.length + tap}`,
        onEnter: () => {
          model.pointed.value = element === undefined || model.playing.peek() ? undefined : { input: element, channel }
        },
        content: (
          <>
            {outside ? (
              <Value text={showNumber(value, 4)} />
            ) : (
              <NumberCell
                label={label}
                value={value}
                reached={element === 0}
                onChange={(next) =>
                  change(model, withValue(state, 'input', element! * state.inputChannels + channel, next))
                }
              />
            )}
            {weight !== undefined && <span class="weight">×{shortNumber(weight)}</span>}
          </>
        ),
      }
    }),
  )
  const corner = cellOf(geometry, place, [0, 0])
  const frame = { row: corner[0], column: corner[1], rows: rows.extent, columns: columns.extent }
  return (
    <div class="channel" data-channel={channel}>
      {state.inputChannels > 1 && <span class="channel-name">{words.channel(channel)}</span>}
      <Grid
        class={`input-grid${watched ? '' : ' idle'}`}
        label={words.inputChannel(channel)}
        rows={rows.source.length}
        columns={columns.source.length}
        cells={cells}
        frame={watched && channel < first + seen ? frame : undefined}
        onLeave={() => {
          model.pointed.value = undefined
        }}
        onDrag={(row, column) => {
          model.playing.value = false
          goTo(model, placeNear(geometry, [row, column]))
        }}
      />
    </div>
  )
}

/** The weight that a tap of the window meets, from the own-th of the channels that the output channel sees. */
function weightAt(
  state: SlideState,
  geometry: Geometry,
  tap: readonly [number, number],
  own: number,
  channel: number,
): number {
  const [row, column] = writtenTap(geometry, tap)
  const [count, outputs] = filterShape(state).slice(state.rank)
  return state.filter[((row * geometry.axes[1].taps + column) * count + own) * outputs + channel]
}

interface KernelGridProps {
  readonly model: SlideModel
  /** Of the channels that the output sees that is looked at, and of all. */
  readonly own: number
  readonly input: number
}

function KernelGrid({ model, own, input }: KernelGridProps) {
  const words = slideMessages()
  const state = model.state.value
  const [rows, columns] = state.rank === 1 ? [1, state.kernel[0]] : state.kernel
  const shape = filterShape(state)
  const { channel } = lookedAt(state, model.pointed.value)
  const largest = largestIn(state.filter)
  const many = state.inputChannels > 1 || state.outputChannels > 1
  const cells = range(rows).flatMap((row) =>
    range(columns).map((column): CellView => {
      const tap = state.rank === 1 ? [column] : [row, column]
      const at = offsetOf([...tap, own, channel], shape)
      return {
        ...{ row, column },
        classes: ['own'],
        strength: strengthOf(state.filter[at], largest),
        content: (
          <NumberCell
            label={within(
              `${words.kernel}${many ? ` ${words.kernelFor(input, channel)}` : ''}`,
              words.cell(row, column),
            )}
            value={state.filter[at]}
            reached={row === 0 && column === 0}
            onChange={(next) => change(model, withValue(model.state.peek(), 'filter', at, next))}
          />
        ),
      }
    }),
  )
  return (
    <div class="channel">
      {many && <span class="channel-name">{words.kernelFor(input, channel)}</span>}
      <Grid class="kernel-grid" label={words.kernel} rows={rows} columns={columns} cells={cells} />
    </div>
  )
}

/** The products whose sum is one output. */
const productsAt = (
  { products }: SlideAnswer,
  { places }: Geometry,
  terms: number,
  { place, channel }: { readonly place: number; readonly channel: number },
): Float32Array => products.subarray((channel * places + place) * terms, (channel * places + place + 1) * terms)

interface ProductGridProps extends StageProps {
  readonly own: number
  readonly answer: SlideAnswer | undefined
}

function ProductGrid({ model, geometry, own, answer }: ProductGridProps) {
  const words = slideMessages()
  const state = model.state.value
  const [rows, columns] = geometry.axes
  const perChannel = rows.taps * columns.taps
  const terms = (perChannel * state.inputChannels) / state.groups
  const looked = lookedAt(state, model.pointed.value)
  const values = answer === undefined ? new Float32Array(terms) : productsAt(answer, geometry, terms, looked)
  const largest = largestIn(values)
  const cells = range(perChannel).map((tap): CellView => {
    const value = values[own * perChannel + tap]
    return {
      row: Math.floor(tap / columns.taps),
      column: tap % columns.taps,
      classes: ['product'],
      strength: strengthOf(value, largest),
      anchor: `product-${own * perChannel + tap}`,
      content: <Value text={answer === undefined ? '' : shortNumber(value)} />,
    }
  })
  return (
    <div class="channel">
      {state.inputChannels > 1 && <span class="channel-name"> </span>}
      <Grid class="product-grid" label={words.products} rows={rows.taps} columns={columns.taps} cells={cells} />
    </div>
  )
}
