// The view's picture and programs, to keep.

import { pngOf } from '../ui/pixels.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { pytorchOf, tensorflowOf, typescriptOf } from './code.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'
import { pictureOf } from './picture.ts'

export function Take({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const state = model.state.value
  const answer = model.answer.value
  return (
    <TakeHome
      title={words.takeTitle}
      note={words.takeNote}
      fileName="filtered"
      svg={answer === undefined ? undefined : () => pictureOf(state, model.picture.peek(), answer, words)}
      png={answer === undefined ? undefined : () => pngOf(answer.result)}
      programs={[
        { id: 'typescript', name: 'TypeScript', text: typescriptOf(state) },
        { id: 'pytorch', name: 'PyTorch', text: pytorchOf(state) },
        { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(state) },
      ]}
    />
  )
}
