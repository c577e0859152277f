// The view's picture, its programs and the files that they read, to keep.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { saveFile } from '../ui/files.ts'
import { TakeHome } from '../ui/take-home.tsx'
import { pytorchOf } from './code/pytorch.ts'
import { tensorflowOf } from './code/tensorflow.ts'
import { insideFile, networkFile, type Told } from './code/told.ts'
import { typescriptOf } from './code/typescript.ts'
import { insideMessages } from './messages.ts'
import type { InsideModel } from './model.ts'
import { pictureOf } from './picture.ts'
import { patchSide } from './state.ts'
import { occlusionStride, type ProgramFacts } from './task.ts'

export function Take({ model }: { readonly model: InsideModel }) {
  const words = insideMessages()
  const facts = useSignal<ProgramFacts | undefined>(undefined)
  const failed = useSignal(false)
  const network = model.network.value
  const { goIn } = model.state.value
  useEffect(() => {
    let left = false
    model.program().then(
      (found) => {
        if (!left) facts.value = found
      },
      // A worker that was lost is told of elsewhere; a newer question takes the place of an older one.
      () => {},
    )
    return () => {
      left = true
    }
  }, [network, goIn])
  const found = facts.value
  const [at, channel] = (model.chosen.value ?? '0,0').split(',').map(Number)
  if (network === undefined || found === undefined || found.values.length !== network.layers.length)
    return <p class="loading">{words.making}</p>
  const { form, layers } = network
  const wanted = model.class.value
  const camLayer = model.camLayer.value
  const told: Told = {
    ...{ facts: found, form, layers, layer: at, channel },
    cam: wanted === undefined || camLayer === undefined ? undefined : { layer: camLayer, class: wanted },
    occlusion:
      wanted === undefined
        ? undefined
        : {
            class: wanted,
            patch: patchSide(model.state.value.patch, form.height, form.width),
            stride: occlusionStride(form.height, form.width),
          },
  }
  const save = async (kind: 'network' | 'inside', name: string): Promise<void> => {
    failed.value = false
    try {
      saveFile(name, new Blob([await model.file(kind)]))
    } catch {
      failed.value = true
    }
  }
  const [pytorch, tensorflow] = [pytorchOf(told), tensorflowOf(told)]
  return (
    <>
      <section class="card" aria-label={words.filesNote}>
        <div class="bar">
          <button type="button" onClick={() => void save('network', networkFile)}>
            {words.saveNetwork}
          </button>
          <button type="button" onClick={() => void save('inside', insideFile)}>
            {words.saveInside}
          </button>
          <span class="hint">{words.filesNote}</span>
        </div>
        {failed.value && (
          <p class="notice" role="alert">
            {words.saveFailed}
          </p>
        )}
        {'missing' in found.pytorch && <p class="hint">{words.noPytorch(found.pytorch.missing)}</p>}
      </section>
      <TakeHome
        title={words.takeTitle}
        note={words.takeNote}
        fileName="inside"
        svg={() => pictureOf(model, words)}
        programs={[
          { id: 'typescript', name: 'TypeScript', text: typescriptOf(told) },
          ...(pytorch === undefined ? [] : [{ id: 'pytorch', name: 'PyTorch', text: pytorch }]),
          ...(tensorflow === undefined ? [] : [{ id: 'tensorflow', name: 'TensorFlow', text: tensorflow }]),
        ]}
      />
    </>
  )
}
