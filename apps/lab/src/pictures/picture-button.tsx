// A picture of one's own: a file that is chosen or dropped, and why it is none.

import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Pixels } from '../ui/pixels.ts'
import { pictureMessages } from './messages.ts'
import { isProblem, openPicture, type PictureProblem } from './open.ts'

/** Opens the first of the files; what was shown stays where that is not a picture. */
export async function bringPicture(
  files: Iterable<File> | null | undefined,
  problem: Signal<PictureProblem | undefined>,
  onPicture: (pixels: Pixels) => void,
): Promise<void> {
  const [file] = files ?? []
  if (file === undefined) return
  const opened = await openPicture(file)
  problem.value = isProblem(opened) ? opened : undefined
  if (!isProblem(opened)) onPicture(opened)
}

interface PictureButtonProps {
  readonly problem: Signal<PictureProblem | undefined>
  readonly onPicture: (pixels: Pixels) => void
}

export function PictureButton({ problem, onPicture }: PictureButtonProps) {
  const words = pictureMessages()
  const id = useId()
  return (
    <>
      <label class="button" for={id}>
        {words.open}
      </label>
      <input
        id={id}
        type="file"
        accept="image/*"
        class="unseen"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])]
          event.currentTarget.value = ''
          void bringPicture(files, problem, onPicture)
        }}
      />
    </>
  )
}

/** Why the last file was none. */
export function PictureNotice({ problem }: Pick<PictureButtonProps, 'problem'>) {
  const words = pictureMessages()
  const said = problem.value
  if (said === undefined) return null
  return (
    <p class="notice" role="alert">
      {said.kind === 'too-large' ? words.tooLarge(said.megapixels) : words.noPicture}
    </p>
  )
}

interface PictureDropProps extends PictureButtonProps {
  readonly class: string
  readonly over: Signal<boolean>
  readonly children: ComponentChildren
}

/** Where a picture may be dropped: one way of two, the button is the other. */
export function PictureDrop({ class: name, over, problem, onPicture, children }: PictureDropProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file is chosen by the button as well
    <div
      class={over.value ? `${name} over` : name}
      onDragOver={(event) => {
        event.preventDefault()
        over.value = true
      }}
      onDragLeave={() => {
        over.value = false
      }}
      onDrop={(event) => {
        event.preventDefault()
        over.value = false
        void bringPicture(event.dataTransfer?.files, problem, onPicture)
      }}
    >
      {children}
    </div>
  )
}
