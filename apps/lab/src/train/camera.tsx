// The camera's picture, from which single ones are taken.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useCamera } from '../pictures/camera.ts'
import { PixelCanvas } from '../pictures/canvas.tsx'
import { pictureMessages } from '../pictures/messages.ts'
import type { Pixels } from '../ui/pixels.ts'

interface CameraViewProps {
  /** What is done with a picture: buttons. */
  readonly children: (snap: () => Pixels | undefined) => ComponentChildren
}

export function CameraView({ children }: CameraViewProps) {
  const words = pictureMessages()
  const frame = useSignal<Pixels | undefined>(undefined)
  const { filming, refused, start, stop } = useCamera(
    (pixels) => {
      frame.value = pixels
    },
    () => {
      frame.value = undefined
    },
  )
  return (
    <div class="camera">
      <button type="button" onClick={() => (filming.value ? stop() : void start())}>
        {filming.value ? words.stopCamera : words.camera}
      </button>
      {frame.value !== undefined && (
        <>
          <div class="camera-picture">
            <PixelCanvas pixels={frame.value} label={words.camera} />
          </div>
          <div class="bar">{children(() => frame.peek())}</div>
        </>
      )}
      {refused.value && (
        <p class="notice" role="alert">
          {words.noCamera}
        </p>
      )}
    </div>
  )
}
