// A picture with a mask over it, or with what is wrong with the mask.

import { maskOver } from 'convoke-workbench'
import { useEffect, useRef } from 'preact/hooks'
import type { ShownPicture } from './task.ts'

export interface MaskPicture {
  readonly side: number
  /** `[side, side, 3]` */
  readonly pixels: Uint8Array
  /** Laid over the picture; the picture alone when not given. */
  readonly mask?: Uint8Array | undefined
  /** Pixels of `mask` that differ from it are marked, and nothing else. */
  readonly truth?: Uint8Array | undefined
}

/** Neither a class's colour nor one of the pictures'. */
export const wrongColour = [255, 0, 144] as const

/** Red, green, blue, opacity of each pixel. */
export function paintMask({ side, pixels, mask, truth }: MaskPicture): Uint8ClampedArray<ArrayBuffer> {
  const area = { height: side, width: side, classes: 256, ignored: -1 }
  const shown = mask === undefined || truth !== undefined ? pixels : maskOver(greyOf(pixels), mask, area)
  const image = new Uint8ClampedArray(side * side * 4)
  for (let p = 0; p < side * side; p++) {
    const isWrong = mask !== undefined && truth !== undefined && mask[p] !== truth[p]
    for (let c = 0; c < 3; c++)
      // What is right is pale and grey, so that what is wrong stands out.
      image[4 * p + c] = isWrong ? wrongColour[c] : truth === undefined ? shown[3 * p + c] : paleOf(pixels, p)
    image[4 * p + 3] = 255
  }
  return image
}

/** The picture without its colours, so that those of the classes are read alone. */
function greyOf(pixels: Uint8Array): Uint8Array {
  const grey = new Uint8Array(pixels.length)
  for (let at = 0; at < pixels.length; at += 3)
    grey.fill(0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2], at, at + 3)
  return grey
}

const paleOf = (pixels: Uint8Array, p: number): number =>
  150 + (0.3 * (pixels[3 * p] + pixels[3 * p + 1] + pixels[3 * p + 2])) / 3

export const wrongIn = (mask: Uint8Array, { truth }: ShownPicture): number =>
  mask.reduce((sum, label, p) => sum + Number(label !== truth[p]), 0)

interface MaskCanvasProps extends MaskPicture {
  readonly label: string
}

export function MaskCanvas({ side, pixels, mask, truth, label }: MaskCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const image = new ImageData(paintMask({ side, pixels, mask, truth }), side, side)
    canvas.current?.getContext('2d')?.putImageData(image, 0, 0)
  }, [side, pixels, mask, truth])
  return <canvas ref={canvas} class="mask-canvas" width={side} height={side} role="img" aria-label={label} />
}
