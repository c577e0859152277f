// The view in small: a stack, and the field of one output after the other, each deeper than the one before.

import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { PixelCanvas } from '../pictures/canvas.tsx'
import { mayMove } from '../ui/motion.ts'
import { drawExact, seenMask } from './drawing.ts'
import { engine } from './engine.ts'
import { createShapes } from './model.ts'
import { firstShapes } from './state.ts'
import './miniature.css'

/** Layers that are looked at in turn: convolutions and pools of the first stack. */
const turns = [1, 4, 6, 9, 11, 14]
const between = 1400

export function Miniature() {
  const model = useMemo(() => createShapes(engine, { ...firstShapes, layer: 9 }, 'shapes-miniature', false), [])
  const turn = useSignal(3)
  useEffect(() => model.dispose, [model])
  useEffect(() => {
    if (!mayMove()) return
    const timer = setInterval(() => {
      turn.value = (turn.value + 1) % turns.length
      model.state.value = { ...model.state.peek(), layer: turns[turn.value] }
    }, between)
    return () => clearInterval(timer)
  }, [model, turn])
  const input = model.input.value
  const parts = model.seen.value?.parts
  const pixels = useMemo(() => {
    if (input === undefined || parts === undefined) return input
    return drawExact(input, seenMask(parts, input.width, input.height), true)
  }, [input, parts])
  const rows = model.answer.value?.rows ?? []
  return (
    <div class="shapes-miniature">
      <svg class="mini-stack" viewBox="0 0 200 96" aria-hidden="true">
        {turns.map((layer, i) => {
          const row = rows[layer]
          const height = row?.positions === undefined ? 8 : 8 + 84 * (row.positions[0] / 96)
          const width = row === undefined ? 8 : 4 + 2.6 * Math.log2(1 + row.channels)
          return (
            <rect
              key={layer}
              class={i === turn.value ? 'on' : undefined}
              x={18 + 32 * i - width / 2}
              y={48 - height / 2}
              width={width}
              height={height}
              rx="2"
            />
          )
        })}
      </svg>
      <PixelCanvas pixels={pixels} />
    </div>
  )
}
