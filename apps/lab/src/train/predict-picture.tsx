// A picture to be read: a file, or the camera's.

import { useSignal } from '@preact/signals'
import { bringFiles, type LeftOut, leftOutWords, squareOf } from './bring.ts'
import { CameraView } from './camera.tsx'
import { trainMessages } from './messages.ts'
import { FileButton } from './pictures-panel.tsx'

export function PredictPicture({ onPicture }: { readonly onPicture: (picture: Uint8Array) => void }) {
  const words = trainMessages()
  const unreadable = useSignal<readonly LeftOut[]>([])
  const open = async (files: readonly File[]): Promise<void> => {
    const found = await bringFiles(files.slice(0, 1))
    unreadable.value = found.unreadable
    if (found.pictures.length > 0) onPicture(found.pictures[0])
  }
  return (
    <>
      <FileButton text={words.chooseFile} one onFiles={(files) => void open(files)} />
      <CameraView>
        {(snap) => (
          <button
            type="button"
            onClick={() => {
              const pixels = snap()
              if (pixels !== undefined) onPicture(squareOf(pixels))
            }}
          >
            {words.predict}
          </button>
        )}
      </CameraView>
      {unreadable.value.length > 0 && (
        <p class="notice" role="alert">
          {leftOutWords(words, unreadable.value)}
        </p>
      )}
    </>
  )
}
