// A model of one's own: files that are dropped or chosen, and what is known of the one that is open.

import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { Group } from '../ui/fields.tsx'
import { listed } from '../words/phrases.ts'
import { type BroughtFile, chosenFiles, droppedFiles } from './files.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'

export function ModelPanel({ model }: { readonly model: ShapesModel }) {
  const words = shapesMessages()
  const id = useId()
  const over = useSignal(false)
  const dropped = model.dropped.value
  const opening = model.opening.value
  const unreadable = model.unreadable.value
  const open = (files: readonly BroughtFile[]): void => {
    if (files.length > 0) void model.openFiles(files)
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
      <Group title={words.model}>
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
        {dropped !== undefined && (
          <div class="dropped" role="status">
            <p>{words.modelName(dropped.name)}</p>
            <ul class="hint">
              {dropped.about.producer !== '' && <li>{words.madeBy(dropped.about.producer)}</li>}
              <li>{words.ranWith(listed(dropped.about.shapes))}</li>
              {dropped.about.unsupported.length > 0 && (
                <li>{words.unsupported(listed(dropped.about.unsupported.slice(0, 8)))}</li>
              )}
              {dropped.about.failure !== undefined && <li>{words.endsBefore(dropped.about.failure)}</li>}
            </ul>
            <button type="button" onClick={() => model.close()}>
              {words.back}
            </button>
          </div>
        )}
      </Group>
    </div>
  )
}
