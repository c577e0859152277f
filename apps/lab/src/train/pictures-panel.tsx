// Own pictures by class: files, a folder of classes, the camera.

import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { bringFiles, bringFolder, type LeftOut, leftOutWords, squareOf, withMore } from './bring.ts'
import { CameraView } from './camera.tsx'
import { trainMessages } from './messages.ts'
import { changeOwn, mostPictures, type OwnClass, ownOf } from './own.ts'
import { OwnPanel } from './own-panel.tsx'

type Problem =
  | { readonly kind: 'unreadable'; readonly files: readonly LeftOut[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too-many' }

export function PicturesPanel() {
  const words = trainMessages()
  const problems = useSignal<readonly Problem[]>([])
  const add = (more: readonly OwnClass[], unreadable: readonly LeftOut[]): void => {
    const { classes, left } = withMore(ownOf('pictures').classes, more)
    problems.value = [
      ...(unreadable.length > 0 ? [{ kind: 'unreadable', files: unreadable } as const] : []),
      ...(left > 0 ? [{ kind: 'too-many' } as const] : []),
    ]
    if (more.length > 0) changeOwn('pictures', classes)
  }
  const addTo = async (name: string, files: readonly File[]): Promise<void> => {
    const { pictures, unreadable } = await bringFiles(files)
    add(pictures.length > 0 ? [{ name, pictures }] : [], unreadable)
  }
  const addFolder = async (files: readonly File[]): Promise<void> => {
    const { classes, unreadable } = await bringFolder(files)
    add(classes, unreadable)
    if (classes.length === 0) problems.value = [...problems.peek(), { kind: 'empty' }]
  }
  const { classes } = ownOf('pictures')
  return (
    <>
      <p class="hint">{words.picturesNote}</p>
      <OwnPanel
        source="pictures"
        tools={({ name }) => (
          <FileButton
            text={words.addFiles}
            label={words.addFilesTo(name)}
            onFiles={(files) => void addTo(name, files)}
          />
        )}
      />
      <div class="bar">
        <FileButton text={words.addFolder} folder onFiles={(files) => void addFolder(files)} />
      </div>
      {classes.length > 0 && (
        <CameraView>
          {(snap) =>
            classes.map(({ name }) => (
              <button
                key={name}
                type="button"
                onClick={() => {
                  const pixels = snap()
                  if (pixels !== undefined) add([{ name, pictures: [squareOf(pixels)] }], [])
                }}
              >
                {words.snap(name)}
              </button>
            ))
          }
        </CameraView>
      )}
      {problems.value.map((problem) => (
        <p key={problem.kind} class="notice" role="alert">
          {problem.kind === 'unreadable'
            ? leftOutWords(words, problem.files)
            : problem.kind === 'empty'
              ? words.folderEmpty
              : words.tooMany(mostPictures)}
        </p>
      ))}
    </>
  )
}

interface FileButtonProps {
  readonly text: string
  /** What it is called where its text alone does not say it. */
  readonly label?: string
  readonly folder?: boolean
  readonly one?: boolean
  readonly onFiles: (files: readonly File[]) => void
}

export function FileButton({ text, label = text, folder = false, one = false, onFiles }: FileButtonProps) {
  const id = useId()
  return (
    <span class="file-button">
      <label class="button" for={id}>
        {text}
      </label>
      <input
        id={id}
        type="file"
        class="unseen"
        aria-label={label}
        multiple={!one}
        {...(folder ? { webkitdirectory: true } : { accept: 'image/*' })}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])]
          event.currentTarget.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    </span>
  )
}
