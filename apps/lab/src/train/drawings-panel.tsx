// Own drawings by class: a pad, and the class that they are drawn for.

import { useSignal } from '@preact/signals'
import { Pad } from '../drawing/pad.tsx'
import { drawingOf, type Stroke } from '../drawing/strokes.ts'
import { Select } from '../ui/fields.tsx'
import { trainMessages } from './messages.ts'
import { changeOwn, countOf, mostPictures, ownOf } from './own.ts'
import { OwnPanel } from './own-panel.tsx'
import { digitSide } from './settings.ts'

export function DrawingsPanel() {
  const words = trainMessages()
  const strokes = useSignal<readonly Stroke[]>([])
  const chosen = useSignal(0)
  const problem = useSignal<string | undefined>(undefined)
  const own = ownOf('drawings')
  const at = Math.min(chosen.value, own.classes.length - 1)
  const current = own.classes[at]
  const add = (): void => {
    // As it is now: drawings may come faster than the page shows them.
    const now = ownOf('drawings')
    const drawnFor = now.classes[at]
    if (drawnFor === undefined) return
    problem.value =
      strokes.peek().length === 0
        ? words.nothingDrawn
        : countOf(now) >= mostPictures
          ? words.tooMany(mostPictures)
          : undefined
    if (problem.peek() !== undefined) return
    const picture = drawingOf(strokes.peek(), digitSide)
    changeOwn('drawings', now.classes.with(at, { ...drawnFor, pictures: [...drawnFor.pictures, picture] }))
    strokes.value = []
  }
  return (
    <>
      <p class="hint">{words.drawingsNote}</p>
      {current !== undefined && (
        <div class="drawing">
          <Pad
            label={words.pad}
            strokes={strokes.value}
            onChange={(next) => {
              strokes.value = next
            }}
            onDone={add}
          />
          <div class="drawing-tools">
            <Select
              label={words.drawFor}
              value={String(at)}
              options={own.classes.map(({ name }, i) => [String(i), name] as const)}
              onChange={(value) => {
                chosen.value = Number(value)
              }}
            />
            <div class="bar">
              <button type="button" class="primary" onClick={add}>
                {words.addDrawing(current.name)}
              </button>
              <button
                type="button"
                onClick={() => {
                  strokes.value = []
                }}
              >
                {words.clear}
              </button>
            </div>
            {problem.value !== undefined && (
              <p class="notice" role="alert">
                {problem.value}
              </p>
            )}
            <p class="hint">{words.padHint}</p>
          </div>
        </div>
      )}
      <OwnPanel source="drawings" />
    </>
  )
}
