// Small pictures of numbers: weights and maps by sign, drawings as ink, photographs as they are.

import { useEffect, useRef } from 'preact/hooks'
import { theme } from '../ui/theme.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import './drawing.css'

export interface TileProps {
  readonly values: ArrayLike<number>
  readonly width: number
  readonly height: number
  readonly channels?: number
  /** 'sign': orange above zero and blue below; 'ink': bytes of a drawing, or of a picture with three channels. */
  readonly as: 'sign' | 'ink'
  /** Of 'sign': what is drawn at full strength; the largest magnitude when not given. */
  readonly largest?: number | undefined
  readonly label?: string | undefined
  readonly class?: string
}

type Colour = readonly [red: number, green: number, blue: number]

/** The page's colours as numbers. */
function colours(): { readonly orange: Colour; readonly blue: Colour; readonly ink: Colour } {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string): Colour => {
    const text = style.getPropertyValue(name).trim()
    return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as unknown as Colour
  }
  return { orange: read('--orange'), blue: read('--blue'), ink: read('--ink') }
}

let known: { readonly theme: string; readonly colours: ReturnType<typeof colours> } | undefined

function coloursNow(): ReturnType<typeof colours> {
  if (known?.theme !== theme.peek()) known = { theme: theme.peek(), colours: colours() }
  return known.colours
}

export function paintTile(context: CanvasRenderingContext2D, tile: TileProps): void {
  const { values, width, height, channels = 1, as } = tile
  const { orange, blue, ink } = coloursNow()
  const image = context.createImageData(width, height)
  const { data } = image
  const largest = as === 'sign' ? (tile.largest ?? largestIn(values)) : 255
  for (let i = 0; i < width * height; i++) {
    const at = 4 * i
    if (as === 'ink' && channels === 3) {
      for (let c = 0; c < 3; c++) data[at + c] = values[3 * i + c]
      data[at + 3] = 255
      continue
    }
    const strength = as === 'sign' ? strengthOf(values[i], largest) : values[i] / 255
    const colour = as === 'ink' ? ink : strength < 0 ? blue : orange
    for (let c = 0; c < 3; c++) data[at + c] = colour[c]
    data[at + 3] = 255 * Math.abs(strength)
  }
  context.putImageData(image, 0, 0)
}

export function Tile(props: TileProps) {
  const { values, width, height, label, largest: tileLargest, class: kind = '' } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const colour = theme.value
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context !== null && context !== undefined) paintTile(context, props)
  }, [values, width, height, tileLargest, colour])
  const name = `tile ${kind}`
  return label === undefined ? (
    <canvas ref={canvas} class={name} width={width} height={height} />
  ) : (
    <canvas ref={canvas} class={name} width={width} height={height} role="img" aria-label={label} />
  )
}
