// The run to keep: its programs, its curve, and the network in three forms.

import { runMessages } from '../runs/messages.ts'
import { TakeFiles } from '../runs/take-files.tsx'
import { pngOfCanvas } from '../ui/pixels.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { pytorchOf } from './code/pytorch.ts'
import { tensorflowOf } from './code/tensorflow.ts'
import { typescriptOf } from './code/typescript.ts'
import { picturesFile, weightsFile } from './code/used.ts'
import { engine } from './engine.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { type TakeKind, takeTask } from './task.ts'

interface TakeProps {
  readonly trainer: Trainer
  readonly canvas: () => HTMLCanvasElement | undefined
}

export function Take({ trainer, canvas }: TakeProps) {
  const words = trainMessages()
  const told = runMessages()
  const opened = trainer.opened.value
  const seen = trainer.seen.value
  if (opened === undefined) return null
  const { step = 0, epoch = 0, batch = 0 } = seen ?? {}
  const settings = trainer.settings.value
  const { mean, deviation, classes, form } = opened
  const text = typescriptOf({
    ...{ settings, classes: classes.length, channels: form.channels, mean, deviation, step, epoch, batch },
  })
  const { kernel, count, depth } = settings
  const used = { kernel, count, depth, classes, mean, deviation }
  const png = async (): Promise<Blob | undefined> => {
    const drawn = canvas()
    return drawn && pngOfCanvas(drawn)
  }
  return (
    <div class="take">
      <TakeFiles<TakeKind>
        step={step}
        files={[
          { kind: 'run', text: told.saveRun, name: 'run.zip' },
          { kind: 'onnx', text: told.saveOnnx, name: 'network.onnx' },
          { kind: 'weights', text: told.saveWeights, name: weightsFile },
          { kind: 'pictures', text: words.savePictures, name: picturesFile },
        ]}
        take={(kind) => trainer.ask((run) => engine.ask(`train-take-${kind}`, takeTask, { run, kind }))}
      />
      <TakeHome
        title={words.program}
        note={words.takeNote}
        fileName="loss"
        png={step === 0 ? undefined : png}
        programs={[
          { id: 'typescript', name: 'TypeScript', text },
          { id: 'pytorch', name: 'PyTorch', text: pytorchOf(used) },
          { id: 'tensorflow', name: 'TensorFlow', text: tensorflowOf(used) },
        ]}
      />
    </div>
  )
}
