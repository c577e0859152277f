// Where the picture comes from: drawn, one's own, the camera.

import { useSignal } from '@preact/signals'
import { StoreNotice } from '../keeping/store-notice.tsx'
import { useCamera } from '../pictures/camera.ts'
import { pictureMessages } from '../pictures/messages.ts'
import type { PictureProblem } from '../pictures/open.ts'
import { PictureButton, PictureDrop, PictureNotice } from '../pictures/picture-button.tsx'
import { samples } from '../pictures/samples.ts'
import { Group, Select } from '../ui/fields.tsx'
import type { Pixels } from '../ui/pixels.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'
import { type OwnPicture, store } from './own.ts'
import { ownPictureName, type PictureName } from './state.ts'

interface PicturePanelProps {
  readonly model: FiltersModel
  readonly own: OwnPicture
}

export function PicturePanel({ model, own }: PicturePanelProps) {
  const words = filtersMessages()
  const told = pictureMessages()
  const problem = useSignal<PictureProblem | undefined>(undefined)
  const over = useSignal(false)
  const brought = own.pixels.value
  const { sample } = model.state.value
  const choose = (name: PictureName): void => {
    model.state.value = { ...model.state.peek(), sample: name }
  }
  const camera = useCamera((pixels) => {
    own.pixels.value = pixels
    if (model.state.peek().sample !== ownPictureName) choose(ownPictureName)
  }, own.keep)
  const filming = camera.filming.value
  const bring = (pixels: Pixels): void => {
    camera.stop()
    own.bring(pixels)
    choose(ownPictureName)
  }
  const names: readonly PictureName[] = brought === undefined ? samples : [...samples, ownPictureName]
  return (
    <PictureDrop class="drop-zone" {...{ over, problem }} onPicture={bring}>
      <Group title={words.picture}>
        <Select
          label={words.sample}
          value={sample === ownPictureName && brought === undefined ? samples[0] : sample}
          options={names.map((name) => [name, words.samples[name]])}
          onChange={(name) => {
            camera.stop()
            problem.value = undefined
            choose(name)
          }}
        />
        <div class="bar">
          <PictureButton problem={problem} onPicture={bring} />
          <button type="button" onClick={() => (filming ? camera.stop() : void camera.start())}>
            {filming ? told.stopCamera : told.camera}
          </button>
        </div>
        <p class="hint">{words.dropHint}</p>
        {brought !== undefined && sample === ownPictureName && !filming && (
          <p class="hint own-picture">
            {told.own(brought.width, brought.height)} {words.ownKept}{' '}
            <button
              type="button"
              class="quiet"
              onClick={() => {
                own.remove()
                choose(samples[0])
              }}
            >
              {words.removePicture}
            </button>
          </p>
        )}
        {sample === ownPictureName && brought === undefined && own.read.value && !filming && (
          <p class="notice" role="status">
            {words.ownGone}
          </p>
        )}
        <PictureNotice problem={problem} />
        {camera.refused.value && (
          <p class="notice" role="alert">
            {told.noCamera}
          </p>
        )}
        <StoreNotice problem={store.problem} onAgain={own.keep} />
      </Group>
    </PictureDrop>
  )
}
