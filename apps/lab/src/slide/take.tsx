// The view's picture and programs, to keep.

import { TakeHome } from '../ui/take-home.tsx'
import { shortNumber } from './cells.ts'
import { pytorchOf } from './code/pytorch.ts'
import { tensorflowOf } from './code/tensorflow.ts'
import { typescriptOf } from './code/typescript.ts'
import { placeText, termText } from './formula.ts'
import { type Geometry, termsOf } from './geometry.ts'
import { slideMessages } from './messages.ts'
import type { SlideModel } from './model.ts'
import { pictureOf } from './picture.ts'

interface TakeProps {
  readonly model: SlideModel
  readonly geometry: Geometry
}

export function Take({ model, geometry }: TakeProps) {
  const words = slideMessages()
  const state = model.state.value
  const answer = model.answer.value
  const picture = (): string => {
    const terms = termsOf(state, geometry, state.place, state.channel)
    const sum = answer!.output[state.place * state.outputChannels + state.channel]
    const formula = `${placeText(state, geometry, state.place, state.channel)} = ${terms.map((term) => termText(state, term)).join(' + ')} = ${shortNumber(sum)}`
    const { input, kernel, output } = words
    return pictureOf(state, geometry, answer!, { title: words.pictureTitle, input, kernel, output, formula })
  }
  return (
    <TakeHome
      title={words.takeTitle}
      note={words.takeNote}
      fileName="convolution"
      svg={answer === undefined ? undefined : picture}
      programs={[
        { id: 'typescript', name: 'TypeScript', text: typescriptOf(state) },
        { id: 'pytorch', name: 'PyTorch', text: pytorchOf(state) },
        { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(state) },
      ]}
    />
  )
}
