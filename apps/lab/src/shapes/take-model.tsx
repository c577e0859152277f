// A model that was dropped, to keep: its picture, its weights, and programs for the output that is looked at.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { saveFile } from '../ui/files.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { droppedTypescriptOf, type ShownModel } from './code/dropped.ts'
import { droppedPytorchOf, droppedTensorflowOf, type ToldModel, weightsFile } from './code/dropped-python.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'
import type { ModelProgram } from './task.ts'

interface TakeModelProps {
  readonly model: ShapesModel
  readonly shown: ShownModel
  /** What the worker knows the model by. */
  readonly of: string
  readonly svg: () => string
}

export function TakeModel({ model, shown, of, svg }: TakeModelProps) {
  const words = shapesMessages()
  const found = useSignal<{ readonly of: string; readonly program: ModelProgram } | undefined>(undefined)
  const failed = useSignal(false)
  useEffect(() => {
    model.program(of).then(
      (program) => {
        found.value = program && { of, program }
      },
      // A worker that was lost is told of elsewhere; a newer question takes the place of an older one.
      () => {},
    )
  }, [of])
  const program = found.value?.of === of ? found.value.program : undefined
  const told: ToldModel | undefined = program && {
    ...{ ...shown, program, layer: model.looked.value!.layer, seen: model.seen.value },
  }
  const [pytorch, tensorflow] = told === undefined ? [] : [droppedPytorchOf(told), droppedTensorflowOf(told)]
  const save = async (): Promise<void> => {
    failed.value = false
    try {
      saveFile(weightsFile, new Blob([await model.weights(of)]))
    } catch {
      failed.value = true
    }
  }
  return (
    <>
      {program !== undefined && (
        <section class="card" aria-label={words.fileNote}>
          {'missing' in program.pytorch ? (
            <p class="hint">{words.noPython(program.pytorch.missing)}</p>
          ) : (
            <div class="bar">
              <button type="button" onClick={() => void save()}>
                {words.saveWeights}
              </button>
              <span class="hint">{words.fileNote}</span>
            </div>
          )}
          {failed.value && (
            <p class="notice" role="alert">
              {words.weightsFailed}
            </p>
          )}
        </section>
      )}
      <TakeHome
        title={words.takeTitle}
        note={words.takeModelNote}
        fileName="model"
        svg={svg}
        programs={[
          { id: 'typescript', name: 'TypeScript', text: droppedTypescriptOf(shown) },
          ...(pytorch === undefined ? [] : [{ id: 'pytorch', name: 'PyTorch', text: pytorch }]),
          ...(tensorflow === undefined ? [] : [{ id: 'tensorflow', name: 'TensorFlow', text: tensorflow }]),
        ]}
      />
    </>
  )
}
