// Where the picture comes from: drawn, a file, the camera.

import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Group, Select } from '../ui/fields.tsx'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'
import { type Camera, isProblem, openPicture, type PictureProblem, startCamera } from './own-picture.ts'
import { samples } from './state.ts'

type Problem = PictureProblem | { readonly kind: 'no-camera' }

export function PicturePanel({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const id = useId()
  const problem = useSignal<Problem | undefined>(undefined)
  const filming = useSignal(false)
  const camera = useRef<Camera | undefined>(undefined)
  const brought = model.brought.value
  const stop = (): void => {
    camera.current?.stop()
    camera.current = undefined
    filming.value = false
  }
  useEffect(() => stop, [])
  const open = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    const opened = await openPicture(file)
    problem.value = isProblem(opened) ? opened : undefined
    if (isProblem(opened)) return
    stop()
    model.brought.value = opened
  }
  const film = async (): Promise<void> => {
    problem.value = undefined
    filming.value = true
    try {
      const started = await startCamera((pixels) => {
        if (filming.peek()) model.brought.value = pixels
      }, stop)
      if (filming.peek()) camera.current = started
      else started.stop()
    } catch {
      filming.value = false
      problem.value = { kind: 'no-camera' }
    }
  }
  const said = problem.value
  return (
    <Group title={words.picture}>
      <Select
        label={words.sample}
        value={model.state.value.sample}
        options={samples.map((name) => [name, words.samples[name]])}
        onChange={(sample) => {
          stop()
          problem.value = undefined
          model.brought.value = undefined
          model.state.value = { ...model.state.peek(), sample }
        }}
      />
      <div class="bar">
        <label class="button" for={id}>
          {words.openFile}
        </label>
        <input
          id={id}
          type="file"
          accept="image/*"
          class="unseen"
          onChange={(event) => {
            void open(event.currentTarget.files?.[0])
            event.currentTarget.value = ''
          }}
        />
        <button type="button" onClick={() => (filming.value ? stop() : void film())}>
          {filming.value ? words.stopCamera : words.camera}
        </button>
      </div>
      {brought !== undefined && !filming.value && <p class="hint">{words.ownPicture(brought.width, brought.height)}</p>}
      {said !== undefined && (
        <p class="notice" role="alert">
          {said.kind === 'too-large'
            ? words.tooLarge(said.megapixels)
            : said.kind === 'no-camera'
              ? words.noCamera
              : words.noPicture}
        </p>
      )}
    </Group>
  )
}
