// The view in small: the worked example, its window going round.

import { useEffect, useMemo } from 'preact/hooks'
import { mayMove } from '../ui/motion.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { shortNumber } from './cells.ts'
import { cellOf, elementIn, isMisfit, placeOf, tapsOf, widthOf } from './geometry.ts'
import { createSlide, goTo } from './model.ts'
import { firstState } from './state.ts'
import './miniature.css'
import { engine } from './engine.ts'

const side = 24
const stepMilliseconds = 900

export function Miniature() {
  const model = useMemo(() => createSlide(engine, { ...firstState, place: 5 }, 'slide-miniature'), [])
  useEffect(() => {
    const timer = setInterval(() => {
      const geometry = model.found.peek()
      if (!mayMove() || document.hidden || isMisfit(geometry)) return
      goTo(model, (model.state.peek().place + 1) % geometry.places)
    }, stepMilliseconds)
    return () => {
      clearInterval(timer)
      model.dispose()
    }
  }, [model])
  const geometry = model.found.value
  const [state, answer] = [model.state.value, model.answer.value]
  if (isMisfit(geometry)) return null
  const [rows, columns] = geometry.axes
  const place = placeOf(geometry, state.place)
  const seen = new Set(tapsOf(geometry).map((tap) => cellOf(geometry, place, tap).join()))
  const largest = largestIn(state.input)
  const outputLargest = answer === undefined ? 0 : largestIn(answer.output)
  const left = columns.source.length * side + 40
  const corner = cellOf(geometry, place, [0, 0])
  const height = rows.source.length * side
  return (
    <svg class="slide-miniature" viewBox={`-2 -2 ${left + columns.output * side + 4} ${height + 4}`} aria-hidden="true">
      {rows.source.flatMap((_, row) =>
        columns.source.map((__, column) => {
          const element = elementIn(geometry, [row, column], widthOf(state)) ?? 0
          return (
            <MiniCell
              key={`${row},${column}`}
              x={column * side}
              y={row * side}
              value={state.input[element]}
              strength={strengthOf(state.input[element], largest)}
              here={seen.has(`${row},${column}`)}
            />
          )
        }),
      )}
      <rect
        class="mini-frame"
        width={columns.extent * side}
        height={rows.extent * side}
        rx="3"
        style={{ transform: `translate(${corner[1] * side}px, ${corner[0] * side}px)` }}
      />
      <text class="mini-sign" x={left - 20} y={height / 2}>
        →
      </text>
      {Array.from({ length: geometry.places }, (_, index) => {
        const [row, column] = placeOf(geometry, index)
        const value = answer?.output[index]
        return (
          <MiniCell
            output
            key={`${row},${column}`}
            x={left + column * side}
            y={row * side + side / 2}
            value={index <= state.place ? value : undefined}
            strength={index <= state.place ? strengthOf(value ?? 0, outputLargest) : 0}
            here={index === state.place}
          />
        )
      })}
    </svg>
  )
}

interface MiniCellProps {
  readonly x: number
  readonly y: number
  readonly value: number | undefined
  readonly strength: number
  readonly here: boolean
  readonly output?: boolean
}

const MiniCell = ({ x, y, value, strength, here, output = false }: MiniCellProps) => (
  <g class={`mini-cell ${strength < 0 ? 'negative' : 'positive'}${here ? ' here' : ''}${output ? ' mini-output' : ''}`}>
    <rect
      x={x + 1}
      y={y + 1}
      width={side - 2}
      height={side - 2}
      rx="3"
      style={{ '--strength': Math.abs(strength).toFixed(3) }}
    />
    <text x={x + side / 2} y={y + side / 2}>
      {value === undefined ? '' : shortNumber(value)}
    </text>
  </g>
)
