// The view's picture and programs, to keep.

import { useComputed } from '@preact/signals'
import { pngOf } from '../ui/pixels.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { pytorchOf, tensorflowOf, typescriptOf } from './code.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'
import { pictureOf } from './picture.ts'

export function Take({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const state = model.state.value
  const ready = useComputed(() => model.answer.value !== undefined).value
  const svgNow = (): string =>
    pictureOf({ state, before: model.picture.peek(), answer: model.answer.peek()!, probe: model.probe.peek() }, words)
  return (
    <TakeHome
      title={words.takeTitle}
      note={words.takeNote}
      fileName="filtered"
      svg={ready ? svgNow : undefined}
      png={ready ? () => pngOf(model.answer.peek()!.result) : undefined}
      programs={[
        { id: 'typescript', name: 'TypeScript', text: typescriptOf(state) },
        { id: 'pytorch', name: 'PyTorch', text: pytorchOf(state) },
        { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(state) },
      ]}
    />
  )
}
