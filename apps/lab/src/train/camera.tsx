// The camera's picture, from which single ones are taken.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { PixelCanvas } from '../filters/canvas.tsx'
import { type Camera, startCamera } from '../filters/own-picture.ts'
import type { Pixels } from '../filters/task.ts'
import { trainMessages } from './messages.ts'

interface CameraViewProps {
  /** What is done with a picture: buttons. */
  readonly children: (snap: () => Pixels | undefined) => ComponentChildren
}

export function CameraView({ children }: CameraViewProps) {
  const words = trainMessages()
  const filming = useSignal(false)
  const refused = useSignal(false)
  const frame = useSignal<Pixels | undefined>(undefined)
  const camera = useRef<Camera | undefined>(undefined)
  const stop = (): void => {
    camera.current?.stop()
    camera.current = undefined
    filming.value = false
    frame.value = undefined
  }
  useEffect(() => stop, [])
  const start = async (): Promise<void> => {
    refused.value = false
    filming.value = true
    try {
      const started = await startCamera((pixels) => {
        if (filming.peek()) frame.value = pixels
      }, stop)
      if (filming.peek()) camera.current = started
      else started.stop()
    } catch {
      filming.value = false
      refused.value = true
    }
  }
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
