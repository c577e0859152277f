// Products fly from the window to where they are listed, and from there to the sum that they join.

import { duration, type Flight } from './flight.ts'

interface Point {
  readonly x: number
  readonly y: number
}

function middleOf(element: Element, layer: Element): Point {
  const [box, own] = [element.getBoundingClientRect(), layer.getBoundingClientRect()]
  return { x: box.left + box.width / 2 - own.left, y: box.top + box.height / 2 - own.top }
}

const at = ({ x, y }: Point, scale: number): string => `translate(${x}px, ${y}px) translate(-50%, -50%) scale(${scale})`

/** Lets texts fly over `layer`; ends when all have arrived or `signal` ends it. */
async function fly(layer: HTMLElement, flights: readonly Flight[], milliseconds: number, signal: AbortSignal) {
  const animations = flights.map(({ from, to, text, negative }) => {
    const chip = document.createElement('span')
    chip.className = `chip ${negative ? 'negative' : 'positive'}`
    chip.textContent = text
    layer.append(chip)
    const animation = chip.animate(
      [
        { transform: at(middleOf(from, layer), 0.7), opacity: 0.4 },
        { transform: at(middleOf(to, layer), 1), opacity: 1 },
      ],
      { duration: milliseconds, easing: 'cubic-bezier(.4, 0, .2, 1)', fill: 'both' },
    )
    const end = (): void => animation.cancel()
    signal.addEventListener('abort', end, { once: true })
    return animation.finished
      .catch(() => {})
      .finally(() => {
        chip.remove()
        signal.removeEventListener('abort', end)
      })
  })
  await Promise.all(animations)
}

/** Both flights of one step. `onProducts` is called between them, `onSum` at the end; neither once `signal` has ended it. */
export async function flyStep(
  layer: HTMLElement,
  products: readonly Flight[],
  sum: readonly Flight[],
  speed: number,
  signal: AbortSignal,
  onProducts: () => void,
): Promise<void> {
  if (signal.aborted) return
  await fly(layer, products, duration.products / speed, signal)
  if (signal.aborted) return
  onProducts()
  await fly(layer, sum, duration.sum / speed, signal)
}
