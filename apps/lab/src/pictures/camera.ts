// The camera as a view uses it: started, stopped, refused.

import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Pixels } from '../ui/pixels.ts'
import { type Camera, startCamera } from './open.ts'

export interface CameraControl {
  readonly filming: Signal<boolean>
  /** Whether there is none, or it was not allowed to be used. */
  readonly refused: Signal<boolean>
  readonly start: () => Promise<void>
  readonly stop: () => void
}

/** Hands over every picture until it is stopped, which `onStop` is told of. It is, at the latest, when the view goes. */
export function useCamera(onFrame: (pixels: Pixels) => void, onStop?: () => void): CameraControl {
  const filming = useSignal(false)
  const refused = useSignal(false)
  const camera = useRef<Camera | undefined>(undefined)
  const stop = (): void => {
    camera.current?.stop()
    camera.current = undefined
    if (!filming.peek()) return
    filming.value = false
    onStop?.()
  }
  useEffect(() => stop, [])
  const start = async (): Promise<void> => {
    refused.value = false
    filming.value = true
    try {
      const started = await startCamera((pixels) => {
        if (filming.peek()) onFrame(pixels)
      }, stop)
      if (filming.peek()) camera.current = started
      else started.stop()
    } catch {
      filming.value = false
      refused.value = true
    }
  }
  return { filming, refused, start, stop }
}
