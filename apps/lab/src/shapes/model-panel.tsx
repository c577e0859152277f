// A model of one's own: what is known of the one that is open.

import { DropZone } from '../models/drop-zone.tsx'
import { modelMessages } from '../models/messages.ts'
import { listed } from '../words/phrases.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'

export function ModelPanel({ model }: { readonly model: ShapesModel }) {
  const words = shapesMessages()
  const told = modelMessages()
  const dropped = model.dropped.value
  return (
    <DropZone
      title={words.model}
      opening={model.opening.value}
      unreadable={model.unreadable.value}
      onFiles={(files) => void model.openFiles(files)}
    >
      {dropped !== undefined && (
        <div class="dropped" role="status">
          <p>{told.modelName(dropped.name)}</p>
          <ul class="hint">
            {dropped.about.producer !== '' && <li>{told.madeBy(dropped.about.producer)}</li>}
            <li>{words.ranWith(listed(dropped.about.shapes))}</li>
            {dropped.about.unsupported.length > 0 && (
              <li>{told.unsupported(listed(dropped.about.unsupported.slice(0, 8)))}</li>
            )}
            {dropped.about.failure !== undefined && <li>{told.endsBefore(dropped.about.failure)}</li>}
          </ul>
          <button type="button" onClick={() => model.close()}>
            {words.back}
          </button>
        </div>
      )}
    </DropZone>
  )
}
