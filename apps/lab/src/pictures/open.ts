// Pictures that a person brings: a file, or the camera.

import type { Pixels } from '../ui/pixels.ts'

/** The longer side that is filtered; larger pictures are made smaller. */
const longest = 1024
/** Pixels up to which a browser can be trusted to open a picture. */
const mostMegapixels = 64

export type PictureProblem =
  | { readonly kind: 'no-picture' }
  | { readonly kind: 'too-large'; readonly megapixels: number }

export type Opened = Pixels | PictureProblem

export const isProblem = (opened: Opened): opened is PictureProblem => 'kind' in opened

export async function openPicture(file: Blob): Promise<Opened> {
  const url = URL.createObjectURL(file)
  try {
    const image = new Image()
    image.src = url
    // The size is known before the pixels are.
    await new Promise((resolve, reject) => {
      image.onload = resolve
      image.onerror = reject
    })
    const megapixels = (image.naturalWidth * image.naturalHeight) / 1e6
    if (megapixels > mostMegapixels) return { kind: 'too-large', megapixels: Math.round(megapixels) }
    await image.decode()
    return pixelsOf(image, image.naturalWidth, image.naturalHeight, longest) ?? { kind: 'no-picture' }
  } catch {
    return { kind: 'no-picture' }
  } finally {
    URL.revokeObjectURL(url)
  }
}

let canvas: HTMLCanvasElement | undefined

/** What is drawn, on white, its longer side at most `most`. */
export function pixelsOf(source: CanvasImageSource, width: number, height: number, most: number): Pixels | undefined {
  const scale = Math.min(1, most / Math.max(width, height))
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
  if (width === 0 || height === 0) return undefined
  canvas ??= document.createElement('canvas')
  canvas.width = w
  canvas.height = h
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) return undefined
  context.fillStyle = '#fff'
  context.fillRect(0, 0, w, h)
  context.drawImage(source, 0, 0, w, h)
  return { width: w, height: h, data: context.getImageData(0, 0, w, h).data as Uint8ClampedArray<ArrayBuffer> }
}

export interface Camera {
  readonly stop: () => void
}

const cameraSide = 512

/** Calls `onFrame` with every picture of the camera. Rejects where there is none or it is refused. */
export async function startCamera(onFrame: (pixels: Pixels) => void, onEnd: () => void): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } }, audio: false })
  const video = document.createElement('video')
  video.muted = true
  video.playsInline = true
  video.srcObject = stream
  let stopped = false
  const stop = (): void => {
    stopped = true
    for (const track of stream.getTracks()) track.stop()
  }
  for (const track of stream.getTracks()) track.addEventListener('ended', onEnd)
  try {
    await video.play()
  } catch (error) {
    stop()
    throw error
  }
  const frame = (): void => {
    if (stopped) return
    const pixels = pixelsOf(video, video.videoWidth, video.videoHeight, cameraSide)
    if (pixels !== undefined) onFrame(pixels)
    requestAnimationFrame(frame)
  }
  frame()
  return { stop }
}
