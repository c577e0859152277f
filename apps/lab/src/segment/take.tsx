// The run to keep: its programs, the pictures with their masks, and a network in three forms.

import { useSignal } from '@preact/signals'
import { Choice } from '../ui/fields.tsx'
import { saveFile } from '../ui/files.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { pytorchOf } from './code/pytorch.ts'
import { tensorflowOf } from './code/tensorflow.ts'
import { typescriptOf } from './code/typescript.ts'
import { picturesFile, weightsFile } from './code/used.ts'
import { engine } from './engine.ts'
import { segmentMessages } from './messages.ts'
import type { Segmenter } from './model.ts'
import { stripPicture } from './strip-picture.ts'
import { type TakeKind, takeTask } from './task.ts'

const files: Readonly<Record<TakeKind, readonly [name: string, type: string]>> = {
  run: ['run.zip', 'application/zip'],
  onnx: ['network.onnx', 'application/octet-stream'],
  weights: [weightsFile, 'application/octet-stream'],
  pictures: [picturesFile, 'application/octet-stream'],
}

const kinds = ['run', 'onnx', 'weights', 'pictures'] as const

export function Take({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const problem = useSignal<string | undefined>(undefined)
  const opened = model.opened.value
  const seen = model.seen.value
  const settings = model.settings.value
  const network = model.network.value
  const facts = opened?.networks[network]
  if (opened === undefined || facts === undefined) return null
  const { step = 0, epoch = 0, batch = 0 } = seen?.networks[network] ?? {}
  const save = async (kind: TakeKind): Promise<void> => {
    problem.value = undefined
    try {
      const from = model.from.peek()
      const bytes = await model.ask((run) => engine.ask(`segment-take-${kind}`, takeTask, { run, kind, network, from }))
      const [name, type] = files[kind]
      if (bytes !== undefined) saveFile(name, new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
    } catch (error) {
      problem.value = words.takeFailed(error instanceof Error ? error.message : String(error))
    }
  }
  const texts = { run: words.saveRun, onnx: words.saveOnnx, weights: words.saveWeights, pictures: words.savePictures }
  const { mean, deviation, classes } = opened
  const { skips } = facts
  const used = { depth: settings.depth, kernel: settings.kernel, skips, classes, mean, deviation }
  return (
    <div class="take">
      <section class="card take-files" aria-labelledby="files-title">
        <h2 id="files-title">{words.takeTitle}</h2>
        {step === 0 && <p class="hint">{words.takeFirst}</p>}
        {opened.networks.length > 1 && (
          <Choice
            label={words.takeNetwork}
            hideLabel
            value={String(network)}
            options={opened.networks.map((one, i) => [String(i), words.skipName(one.skips)] as const)}
            onChange={(index) => model.chooseNetwork(Number(index))}
          />
        )}
        <div class="bar">
          {kinds.map((kind) => (
            <button key={kind} type="button" disabled={step === 0} onClick={() => void save(kind)}>
              {texts[kind]}
            </button>
          ))}
        </div>
        {problem.value !== undefined && (
          <p class="notice" role="alert">
            {problem.value}
          </p>
        )}
      </section>
      <TakeHome
        title={words.program}
        note={words.takeNote}
        fileName="masks"
        png={seen === undefined ? undefined : () => stripPicture(opened, seen, words)}
        programs={[
          {
            ...{ id: 'typescript', name: 'TypeScript' },
            text: typescriptOf({ settings, skips, mean, deviation, step, epoch, batch }),
          },
          { id: 'pytorch', name: 'PyTorch', text: pytorchOf(used) },
          { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(used) },
        ]}
      />
    </div>
  )
}
