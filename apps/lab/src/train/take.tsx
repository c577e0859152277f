// The run to keep: its program, its curve, and the network in three forms.

import { useSignal } from '@preact/signals'
import { saveFile } from '../ui/files.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { typescriptOf } from './code.ts'
import { engine } from './engine.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { type TakeKind, takeTask } from './task.ts'

interface TakeProps {
  readonly trainer: Trainer
  readonly canvas: () => HTMLCanvasElement | undefined
}

const files: Readonly<Record<TakeKind, readonly [name: string, type: string]>> = {
  run: ['run.zip', 'application/zip'],
  onnx: ['network.onnx', 'application/octet-stream'],
  weights: ['network.safetensors', 'application/octet-stream'],
}

export function Take({ trainer, canvas }: TakeProps) {
  const words = trainMessages()
  const problem = useSignal<string | undefined>(undefined)
  const opened = trainer.opened.value
  const seen = trainer.seen.value
  if (opened === undefined) return null
  const { step = 0, epoch = 0, batch = 0 } = seen ?? {}
  const save = async (kind: TakeKind): Promise<void> => {
    problem.value = undefined
    try {
      const bytes = await trainer.ask((run) => engine.ask(`train-take-${kind}`, takeTask, { run, kind }))
      const [name, type] = files[kind]
      if (bytes !== undefined) saveFile(name, new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
    } catch (error) {
      problem.value = words.takeFailed(error instanceof Error ? error.message : String(error))
    }
  }
  const text = typescriptOf({
    ...{ settings: trainer.settings.value, classes: opened.classes.length, channels: opened.form.channels },
    ...{ mean: opened.mean, deviation: opened.deviation, step, epoch, batch },
  })
  const png = async (): Promise<Blob | undefined> => {
    const drawn = canvas()
    if (drawn === undefined) return undefined
    return (await new Promise<Blob | null>((resolve) => drawn.toBlob(resolve))) ?? undefined
  }
  return (
    <div class="take">
      <section class="card take-files" aria-labelledby="files-title">
        <h2 id="files-title">{words.takeTitle}</h2>
        {step === 0 && <p class="hint">{words.takeFirst}</p>}
        <div class="bar">
          {(['run', 'onnx', 'weights'] as const).map((kind) => (
            <button key={kind} type="button" disabled={step === 0} onClick={() => void save(kind)}>
              {kind === 'run' ? words.saveRun : kind === 'onnx' ? words.saveOnnx : words.saveWeights}
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
        fileName="loss"
        png={step === 0 ? undefined : png}
        programs={[{ id: 'typescript', name: 'TypeScript', text }]}
      />
    </div>
  )
}
