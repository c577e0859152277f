// What is taken home: the network as ONNX or safetensors, and the run as a folder that the command reads.

import { formats, train } from 'convoke'
import { encodePng, shippedConfig, shippedMetadata } from 'convoke-workbench'
import type { TakeKind } from '../task.ts'
import { configOf } from './network.ts'
import { type Session, sessionOf } from './session.ts'
import { pictureFolder } from './sets.ts'

export async function take({ run, kind }: { readonly run: number; readonly kind: TakeKind }): Promise<Uint8Array> {
  const session = sessionOf(run)
  const { sets, settings } = session
  if (kind === 'pictures') return heldOut(session)
  const { state, epochs } = session.learner
  if (state === undefined) throw new Error('nothing was trained yet')
  const config = configOf({ ...settings, epochs: Math.max(epochs, state.progress.epoch, 1) }, sets)
  if (kind === 'onnx') return onnxOf(session, config)
  const files = train.runFiles({ config, state, metadata: { convoke: shippedConfig(config) } })
  if (kind === 'weights') return files['best.safetensors']
  return formats.writeZip({ ...files, ...(await pictureFiles(session)) }, false)
}

async function onnxOf({ learner: { model }, sets }: Session, config: ReturnType<typeof configOf>): Promise<Uint8Array> {
  const { encodeOnnx, exportOnnx } = await import('convoke/graph')
  const { height, width, channels } = sets.form
  return encodeOnnx(
    exportOnnx(model, [1, height, width, channels], {
      ...{ inputs: ['pixels'], outputs: ['logits'], metadata: shippedMetadata(config) },
    }),
  )
}

/** `image` `[count, height, width, channels]` from 0 to 1 and `label` `[count]`, for programs in other languages. */
async function heldOut({ sets: { test, form } }: Session): Promise<Uint8Array> {
  const { height, width, channels } = form
  const size = height * width * channels
  const image = new Float32Array(test.length * size)
  const label = new Int32Array(test.length)
  for (let i = 0; i < test.length; i++) {
    const example = await test.get(i)
    image.set(example.image.data, i * size)
    label[i] = example.label
  }
  return formats.encodeSafetensors({
    image: { dtype: 'float32', shape: [test.length, height, width, channels], data: image },
    label: { dtype: 'int32', shape: [test.length], data: label },
  })
}

/** Own pictures, by part and class. */
async function pictureFiles({ sets: { files, form } }: Session): Promise<Record<string, Uint8Array>> {
  const entries = [...files].map(async ([path, data]) => {
    return [`${pictureFolder}/${path}`, await encodePng({ ...form, data })] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
