// Where a model of one's own comes in: files that are dropped or chosen, and why they make none.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Group } from '../ui/fields.tsx'
import { type BroughtFile, chosenFiles, droppedFiles } from './files.ts'
import { modelMessages } from './messages.ts'
import type { UnreadableFiles } from './task.ts'
import './models.css'

interface DropZoneProps {
  readonly title: string
  readonly opening: boolean
  readonly unreadable: UnreadableFiles | undefined
  readonly onFiles: (files: readonly BroughtFile[]) => void
  /** What is known of the model that is open. */
  readonly children?: ComponentChildren
}

export function DropZone({ title, opening, unreadable, onFiles, children }: DropZoneProps) {
  const words = modelMessages()
  const id = useId()
  const over = useSignal(false)
  const open = (files: readonly BroughtFile[]): void => {
    if (files.length > 0) onFiles(files)
  }
  const choose = (event: { readonly currentTarget: HTMLInputElement }): void => {
    open(chosenFiles(event.currentTarget.files))
    event.currentTarget.value = ''
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way of three, the buttons inside are the others
    <div
      class={`drop-zone${over.value ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        over.value = true
      }}
      onDragLeave={() => {
        over.value = false
      }}
      onDrop={async (event) => {
        event.preventDefault()
        over.value = false
        if (event.dataTransfer !== null) open(await droppedFiles(event.dataTransfer))
      }}
    >
      <Group title={title}>
        <p class="hint">{words.modelHint}</p>
        <div class="bar">
          <label class="button" for={`${id}-files`}>
            {words.openFiles}
          </label>
          <input
            id={`${id}-files`}
            type="file"
            multiple
            accept=".onnx,.json,.bin,.safetensors"
            class="unseen"
            onChange={choose}
          />
          <label class="button" for={`${id}-folder`}>
            {words.openFolder}
          </label>
          <input
            id={`${id}-folder`}
            type="file"
            multiple
            class="unseen"
            onChange={choose}
            {...{ webkitdirectory: true }}
          />
        </div>
        {opening && <p role="status">{words.opening}</p>}
        {unreadable !== undefined && (
          <p class="notice" role="alert">
            <span>
              {words.unreadable[unreadable.reason]}{' '}
              {unreadable.detail !== '' && <span lang="en">{unreadable.detail}</span>}
            </span>
          </p>
        )}
        {children}
      </Group>
    </div>
  )
}
