// The view's picture, programs and weights, to keep.

import { useSignal } from '@preact/signals'
import { saveFile } from '../ui/files.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { weightsFile } from './code/facts.ts'
import { pytorchOf } from './code/pytorch.ts'
import { tensorflowOf } from './code/tensorflow.ts'
import { typescriptOf } from './code/typescript.ts'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { sureness } from './phrases.ts'
import { pictureOf } from './picture.ts'

export function Take({ model }: { readonly model: TextModel }) {
  const words = textMessages()
  const failed = useSignal(false)
  const answer = model.settled.value
  const reading = answer?.reading
  if (answer === undefined || reading === undefined) return null
  const { probability } = reading
  const verdict = words.verdict(probability > 0.5, sureness(probability, 1))
  const picture = (): string => pictureOf(answer, reading, { ...words, title: words.pictureTitle, verdict })
  const save = async (): Promise<void> => {
    failed.value = false
    try {
      saveFile(weightsFile, new Blob([await model.weights()]))
    } catch {
      failed.value = true
    }
  }
  const shown = { answer, reading }
  return (
    <>
      <section class="card weights" aria-label={words.saveWeights}>
        <div class="bar">
          <button type="button" disabled={model.training.value} onClick={() => void save()}>
            {words.saveWeights}
          </button>
          <code>{weightsFile}</code>
          <span class="hint">{words.weightsNote}</span>
        </div>
        {failed.value && (
          <p class="notice" role="alert">
            {words.weightsFailed}
          </p>
        )}
      </section>
      <TakeHome
        title={words.takeTitle}
        note={words.takeNote}
        fileName="textcnn"
        svg={picture}
        programs={[
          { id: 'typescript', name: 'TypeScript', text: typescriptOf(shown) },
          { id: 'pytorch', name: 'PyTorch', text: pytorchOf(shown) },
          { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(shown) },
        ]}
      />
    </>
  )
}
