// Pixels on a canvas.

import { useEffect, useRef } from 'preact/hooks'
import type { Pixels } from '../ui/pixels.ts'

interface PixelCanvasProps {
  readonly pixels: Pixels | undefined
  readonly class?: string
  readonly label?: string
}

export function PixelCanvas({ pixels, class: kind, label }: PixelCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (pixels === undefined || context === null || context === undefined) return
    const { width, height, data } = pixels
    if (context.canvas.width !== width || context.canvas.height !== height) {
      context.canvas.width = width
      context.canvas.height = height
    }
    context.putImageData(new ImageData(data, width, height), 0, 0)
  }, [pixels])
  // Without a label it stands in something that has one.
  return label === undefined ? (
    <canvas ref={canvas} class={kind} />
  ) : (
    <canvas ref={canvas} class={kind} role="img" aria-label={label} />
  )
}
