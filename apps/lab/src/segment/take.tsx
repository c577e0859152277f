// The run to keep: its programs, the pictures with their masks, and a network in three forms.

import { runMessages } from '../runs/messages.ts'
import { TakeFiles } from '../runs/take-files.tsx'
import { Choice } from '../ui/fields.tsx'
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

export function Take({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const told = runMessages()
  const opened = model.opened.value
  const seen = model.seen.value
  const settings = model.settings.value
  const network = model.network.value
  const facts = opened?.networks[network]
  if (opened === undefined || facts === undefined) return null
  const { step = 0, epoch = 0, batch = 0 } = seen?.networks[network] ?? {}
  const { mean, deviation, classes } = opened
  const { skips } = facts
  const used = { depth: settings.depth, kernel: settings.kernel, skips, classes, mean, deviation }
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
        take={(kind) =>
          model.ask((run) =>
            engine.ask(`segment-take-${kind}`, takeTask, { run, kind, network, from: model.from.peek() }),
          )
        }
      >
        {opened.networks.length > 1 && (
          <Choice
            label={words.takeNetwork}
            hideLabel
            value={String(network)}
            options={opened.networks.map((one, i) => [String(i), words.skipName(one.skips)] as const)}
            onChange={(index) => model.chooseNetwork(Number(index))}
          />
        )}
      </TakeFiles>
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
