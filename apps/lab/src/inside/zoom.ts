// A square of the overview grows into the large map, so that the eye keeps it.

import { mayMove } from '../ui/motion.ts'

const milliseconds = 320
let from: DOMRect | undefined

/** What was clicked: the next large map that is drawn grows out of it. */
export function zoomFrom(element: Element): void {
  from = element.getBoundingClientRect()
}

/** Lets the large map grow out of the square that was clicked, if one was. */
export function zoomTo(element: HTMLElement | null): void {
  const start = from
  from = undefined
  if (start === undefined || element === null || !mayMove()) return
  const end = element.getBoundingClientRect()
  const scale = start.width / end.width
  const [x, y] = [start.left - end.left, start.top - end.top]
  element.animate([{ transform: `translate(${x}px, ${y}px) scale(${scale})` }, { transform: 'none' }], {
    duration: milliseconds,
    easing: 'cubic-bezier(.4, 0, .2, 1)',
  })
}
