// The arithmetic of one number, by the kind of its layer.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Tile } from '../drawing/tile.tsx'
import { operandText, operationText, sumText } from '../words/formula.ts'
import { showNumber } from '../words/numbers.ts'
import { named } from '../words/phrases.ts'
import { Block } from './block.tsx'
import { frameEnds, Mark } from './mark.tsx'
import { insideMessages } from './messages.ts'
import type { InsideModel, Looked } from './model.ts'
import type { Arithmetic, Frame, MapValues, PlaceAnswer } from './task.ts'

/** What the line below computes. */
const headed = (name: string): string => named(name, '').trimEnd()

type Of<K extends Arithmetic['kind']> = Extract<Arithmetic, { readonly kind: K }>

interface PanelProps {
  readonly model: InsideModel
  readonly looked: Looked
  readonly place: PlaceAnswer
}

export function ArithmeticPanel(props: PanelProps) {
  const words = insideMessages()
  const { model, looked, place } = props
  const layers = model.network.value?.layers ?? []
  return (
    <div class="arithmetic" data-kind={place.arithmetic.kind}>
      <h3>{words.how}</h3>
      <Kind {...props} />
      <div class="bar">
        {looked.layer.reads
          .filter((at) => at >= 0)
          .map((at) => (
            <button key={at} type="button" onClick={() => model.set({ layer: at })}>
              ← {words.goTo(layers[at].name)}
            </button>
          ))}
        {layers.map(({ name, reads }, at) =>
          reads.includes(looked.at) ? (
            <button key={at} type="button" onClick={() => model.set({ layer: at })}>
              {words.goTo(name)} →
            </button>
          ) : null,
        )}
      </div>
    </div>
  )
}

function Kind(props: PanelProps): ComponentChildren {
  const words = insideMessages()
  const { looked, place } = props
  const { arithmetic } = place
  switch (arithmetic.kind) {
    case 'convolution':
      return <Convolution key={looked.at} {...props} of={arithmetic} />
    case 'pooling':
      return <Pooling {...props} of={arithmetic} />
    case 'global':
      return (
        <div class="windows">
          <InputMap map={arithmetic.map} name={words.fromMap(looked.channel + 1)} />
          <Line>
            {arithmetic.pool === 'max'
              ? `${words.formulas.globalMax} = ${showNumber(place.value)}`
              : named(
                  words.formulas.globalAverage,
                  `${showNumber(arithmetic.sum)} ÷ ${arithmetic.count} = ${showNumber(place.value)}`,
                )}
          </Line>
        </div>
      )
    case 'activation':
      return (
        <div class="windows">
          <InputMap map={arithmetic.map} name={words.fromMap(looked.channel + 1)} {...markAt(looked)} />
          <Line>
            {looked.layer.operator === 'Relu'
              ? `max(0, ${showNumber(arithmetic.input)}) = ${showNumber(place.value)}`
              : `${words.operators[looked.layer.operator] ?? looked.layer.operator}(${showNumber(arithmetic.input)}) = ${showNumber(place.value)}`}
          </Line>
          {looked.layer.operator === 'Relu' && arithmetic.input < 0 && <p class="hint">{words.negativeGone}</p>}
        </div>
      )
    case 'normalisation':
      return <Normalisation {...props} of={arithmetic} />
    case 'elementwise':
      return (
        <div class="windows">
          <div class="operands">
            {arithmetic.operands.map(({ map }, i) =>
              map === undefined ? null : (
                <InputMap key={i} map={map} name={words.fromMap(looked.channel + 1)} {...markAt(looked)} />
              ),
            )}
          </div>
          <Line>
            {operationText(
              arithmetic.operands.map(({ value }) => value),
              arithmetic.sign,
            )}{' '}
            = {showNumber(place.value)}
          </Line>
        </div>
      )
    case 'linear':
      return <Linear {...props} of={arithmetic} />
    case 'concatenation': {
      const { from, channel, input, map } = arithmetic
      const name = from < 0 ? words.input : (props.model.network.value?.layers[from].name ?? '')
      return (
        <div class="windows">
          <p class="hint">{words.laidBeside(name, channel + 1)}</p>
          <InputMap map={map} name={words.fromMap(channel + 1)} {...markAt(looked)} />
          <Line>
            {showNumber(input)} = {showNumber(place.value)}
          </Line>
        </div>
      )
    }
    case 'softmax':
      return (
        <div class="windows">
          <p class="hint">{words.formulas.softmax}</p>
          <Line>
            e^({showNumber(arithmetic.input)} − {operandText(arithmetic.largest)}) ÷ {showNumber(arithmetic.sum)} ={' '}
            {showNumber(arithmetic.exponential)} ÷ {showNumber(arithmetic.sum)} = {showNumber(place.value)}
          </Line>
        </div>
      )
    default:
      return <p class="note">{words.other(looked.layer.operator)}</p>
  }
}

const Line = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="formula-line" data-name="line">
    {children}
  </p>
)

const markAt = ({ row, column }: Looked): { readonly frame: Frame } => ({ frame: { rows: [row], columns: [column] } })

function InputMap({ map, name, frame }: { readonly map: MapValues; readonly name: string; readonly frame?: Frame }) {
  return (
    <figure class="input-map">
      <figcaption>{name}</figcaption>
      <div class="input-map-box" style={{ aspectRatio: `${map.width} / ${map.height}` }}>
        <Tile {...{ values: map.values, width: map.width, height: map.height, as: 'sign' }} />
        {frame !== undefined && <Mark height={map.height} width={map.width} {...frameEnds(frame)} />}
      </div>
    </figure>
  )
}

/** Input maps that are shown at first. */
const first = 4

function Convolution({ model, looked, place, of }: PanelProps & { readonly of: Of<'convolution'> }) {
  const words = insideMessages()
  const all = useSignal(false)
  const { frame, windows, channels, rest, bias, transposed } = of
  const fromPicture = looked.layer.reads[0] === -1
  const colours = model.network.value?.form.channels === 3
  const name = (channel: number): string =>
    !fromPicture ? words.fromMap(channel + 1) : colours ? words.fromColour(words.colours[channel]) : words.fromPicture
  const shown = all.value ? windows : windows.slice(0, first)
  const columns = frame.columns.length
  // Those that are not shown now, listed or not.
  const more = windows.slice(shown.length)
  const sums = [...windows.map(({ sum }) => sum), ...(channels > windows.length ? [rest] : [])]
  return (
    <div class="windows">
      <p class="hint">
        {(transposed ? words.howTransposed : words.howConvolution)(channels, `${frame.rows.length} × ${columns}`)}
      </p>
      {shown.map(({ channel, values, weights, products, sum, map }) => (
        <div key={channel} class="window-row" data-channel={channel}>
          <InputMap map={map} name={name(channel)} frame={frame} />
          <Block {...{ name: words.window, id: 'window', values, columns, empty: words.padding }} />
          <Block {...{ name: words.weights, id: 'weights', values: weights, columns, sign: '×' }} />
          <Block {...{ name: words.products, id: 'products', values: products, columns, sign: '=' }} />
          <p class="window-sum" data-name="sum">
            <span>{words.sumOf}</span> <strong>{showNumber(sum)}</strong>
          </p>
        </div>
      ))}
      {more.length > 0 && (
        <button type="button" onClick={() => (all.value = true)}>
          {words.showAll(more.length)}
        </button>
      )}
      {channels > windows.length && <p class="hint">{words.restOf(channels - windows.length, showNumber(rest))}</p>}
      <p class="hint">{headed(words.formulas.convolution)}</p>
      <Line>
        {sums.length > 1 ? `(${sumText(sums)})` : showNumber(sums[0] ?? 0)} {bias < 0 ? '−' : '+'}{' '}
        {showNumber(Math.abs(bias))} <span class="quiet-word">({words.biasWord})</span> = {showNumber(place.value)}
      </Line>
    </div>
  )
}

function Pooling({ looked, place, of }: PanelProps & { readonly of: Of<'pooling'> }) {
  const words = insideMessages()
  const { frame, window, pool, sum, divisor } = of
  return (
    <div class="windows">
      <div class="window-row">
        <InputMap map={window.map} name={words.fromMap(looked.channel + 1)} frame={frame} />
        <Block
          {...{ name: words.window, id: 'window', values: window.values, columns: frame.columns.length }}
          empty={words.padding}
          strong={pool === 'max' ? window.values.indexOf(place.value) : undefined}
        />
      </div>
      <p class="hint">{headed(pool === 'max' ? words.formulas.max : words.formulas.average)}</p>
      <Line>
        {pool === 'max'
          ? `max(${window.values
              .filter((value) => value !== null)
              .map((value) => showNumber(value))
              .join(', ')}) = ${showNumber(place.value)}`
          : `${showNumber(sum)} ÷ ${divisor} = ${showNumber(place.value)}`}
      </Line>
    </div>
  )
}

function Normalisation({ looked, place, of }: PanelProps & { readonly of: Of<'normalisation'> }) {
  const words = insideMessages()
  const { input, mean, variance, epsilon, scale, shift, normalised, map } = of
  return (
    <div class="windows">
      {map !== undefined && <InputMap map={map} name={words.fromMap(looked.channel + 1)} {...markAt(looked)} />}
      <p class="hint">{headed(words.formulas.normalisation)}</p>
      <Line>
        ({showNumber(input)} − {operandText(mean)}) ÷ √({showNumber(variance)} + {showNumber(epsilon)}) ={' '}
        {showNumber(normalised)}
      </Line>
      <Line>
        {showNumber(normalised)} × {operandText(scale)} {shift < 0 ? '−' : '+'} {showNumber(Math.abs(shift))} ={' '}
        {showNumber(place.value)}
      </Line>
    </div>
  )
}

function Linear({ place, of }: PanelProps & { readonly of: Of<'linear'> }) {
  const words = insideMessages()
  const { terms, inputs, rest, bias, computed } = of
  const listed = terms.reduce((sum, { product }) => sum + product, 0)
  return (
    <div class="windows">
      <p class="hint">{(computed ? words.matricesNote : words.linearNote)(inputs, terms.length)}</p>
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">{words.comesFrom}</th>
            <th scope="col">{words.numberIn}</th>
            <th scope="col">{computed ? words.otherNumber : words.weight}</th>
            <th scope="col">{words.product}</th>
          </tr>
        </thead>
        <tbody>
          {terms.map(({ channel, row, column, single, value, weight, product }, i) => (
            <tr key={i}>
              <th scope="row">
                {single ? words.termUnit(channel + 1) : words.termFrom(channel + 1, row + 1, column + 1)}
              </th>
              <td>{showNumber(value)}</td>
              <td>{showNumber(weight)}</td>
              <td>{showNumber(product)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {inputs > terms.length && <p class="hint">{words.restOf(inputs - terms.length, showNumber(rest))}</p>}
      <Line>
        {inputs > terms.length ? `(${sumText([listed, rest])})` : showNumber(listed)}{' '}
        {!computed && (
          <>
            {bias < 0 ? '−' : '+'} {showNumber(Math.abs(bias))} <span class="quiet-word">({words.biasWord})</span>{' '}
          </>
        )}
        = {showNumber(place.value)}
      </Line>
    </div>
  )
}
