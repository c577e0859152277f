// Arrow keys within a grid of cells: one cell is reached by Tab, the others from there.

const moves: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Enter: [1, 0],
}

/** Whether a key moves the caret within what is being typed. */
function movesCaret(key: string, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLInputElement) || (key !== 'ArrowLeft' && key !== 'ArrowRight')) return false
  const { selectionStart, selectionEnd, value } = target
  if (selectionStart === 0 && selectionEnd === value.length) return false
  return key === 'ArrowLeft' ? selectionEnd !== 0 : selectionStart !== value.length
}

/** The nearest cell that can be focused from the one in focus, in the direction of the key. */
export function onGridKey(event: KeyboardEvent): void {
  const move = moves[event.key]
  const grid = event.currentTarget as HTMLElement
  if (move === undefined || movesCaret(event.key, event.target)) return
  if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return
  const from = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')
  if (from === null) return
  let [row, column] = [Number(from.dataset['row']), Number(from.dataset['column'])]
  for (;;) {
    row += move[0]
    column += move[1]
    const cell = grid.querySelector(`[data-row="${row}"][data-column="${column}"]`)
    if (cell === null) return
    const target = cell.querySelector<HTMLElement>('input, button')
    if (target === null) continue
    event.preventDefault()
    target.focus()
    return
  }
}
