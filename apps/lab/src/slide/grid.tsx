// A grid of numbers with a window on it.

import type { ComponentChildren, TargetedPointerEvent } from 'preact'
import { onGridKey } from './grid-keys.ts'

export interface CellView {
  readonly row: number
  readonly column: number
  readonly classes: readonly string[]
  /** Of the tint: −1 … 1. */
  readonly strength: number
  readonly content: ComponentChildren
  /** What flies from here, or to here. */
  readonly anchor?: string | undefined
  readonly onEnter?: (() => void) | undefined
}

/** The frame of a window, in cells. */
export interface Frame {
  readonly row: number
  readonly column: number
  readonly rows: number
  readonly columns: number
}

interface GridProps {
  readonly label: string
  readonly rows: number
  readonly columns: number
  readonly cells: readonly CellView[]
  readonly frame?: Frame | undefined
  readonly class?: string
  readonly onLeave?: () => void
  /** Called with the cell under the pointer while it drags. */
  readonly onDrag?: (row: number, column: number) => void
}

/** The cell under a point of the screen. */
function cellAt(grid: Element, rows: number, columns: number, x: number, y: number): readonly [number, number] {
  const box = grid.getBoundingClientRect()
  const clamp = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1)
  return [
    clamp(((y - box.top) / box.height) * rows - 0.5, rows),
    clamp(((x - box.left) / box.width) * columns - 0.5, columns),
  ]
}

/** Pixels that a pointer may move before it drags. */
const dragFrom = 5

export function Grid({ label, rows, columns, cells, frame, onLeave, onDrag, class: kind = '' }: GridProps) {
  const startDrag = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    if (onDrag === undefined || event.button !== 0) return
    const onHandle = (event.target as Element).closest('.handle') !== null
    // A finger on the numbers scrolls the page; on the handle it drags.
    if (event.pointerType !== 'mouse' && !onHandle) return
    const grid = event.currentTarget
    const [x, y] = [event.clientX, event.clientY]
    let dragging = onHandle
    const move = (next: PointerEvent): void => {
      dragging ||= Math.hypot(next.clientX - x, next.clientY - y) > dragFrom
      if (!dragging) return
      next.preventDefault()
      grid.classList.add('dragging')
      const [row, column] = cellAt(grid, rows, columns, next.clientX, next.clientY)
      onDrag(row, column)
    }
    const end = (): void => {
      grid.classList.remove('dragging')
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', end)
      removeEventListener('pointercancel', end)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', end)
    addEventListener('pointercancel', end)
  }
  const byRow = Array.from({ length: rows }, (_, row) => cells.filter((cell) => cell.row === row))
  return (
    <div class={`grid-box ${kind}`} style={{ '--columns': columns, '--rows': rows }} onPointerDown={startDrag}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table has no frame that slides over it */}
      <div
        class="grid"
        role="grid"
        tabIndex={-1}
        aria-label={label}
        aria-rowcount={rows}
        aria-colcount={columns}
        onKeyDown={onGridKey}
        onPointerLeave={onLeave}
      >
        {byRow.map((line, row) => (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above; cells take the focus
          <div role="row" class="grid-row" key={row}>
            {line.map((cell) => (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above
              <div
                role="gridcell"
                key={cell.column}
                class={['cell', ...cell.classes, cell.strength < 0 ? 'negative' : 'positive'].join(' ')}
                style={{ '--strength': Math.abs(cell.strength).toFixed(3) }}
                data-row={cell.row}
                data-column={cell.column}
                data-anchor={cell.anchor}
                onPointerEnter={cell.onEnter}
              >
                {cell.content}
              </div>
            ))}
          </div>
        ))}
      </div>
      {frame !== undefined && (
        <div
          class="frame"
          aria-hidden="true"
          style={{
            left: `${(100 * frame.column) / columns}%`,
            top: `${(100 * frame.row) / rows}%`,
            width: `${(100 * frame.columns) / columns}%`,
            height: `${(100 * frame.rows) / rows}%`,
          }}
        >
          {onDrag !== undefined && <span class="handle" />}
        </div>
      )}
    </div>
  )
}
