// The view in small: the drawn picture, its edges wiped in and out.

import { useEffect, useMemo } from 'preact/hooks'
import { PixelCanvas } from '../pictures/canvas.tsx'
import { createFilters } from './model.ts'
import { firstFilters } from './state.ts'
import './miniature.css'
import { engine } from './engine.ts'

export function Miniature() {
  const model = useMemo(() => createFilters(engine, firstFilters, 'filters-miniature'), [])
  useEffect(() => model.dispose, [model])
  return (
    <div class="filters-miniature">
      <PixelCanvas pixels={model.picture.value} />
      <PixelCanvas pixels={model.answer.value?.result} class="mini-after" />
    </div>
  )
}
