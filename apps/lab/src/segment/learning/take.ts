// What is taken home: a network as ONNX or safetensors, the run as a folder that the command reads, and the pictures shown.

import { formats, train } from 'convoke'
import { shippedConfig, shippedMetadata } from 'convoke-workbench'
import type { TakeQuestion } from '../task.ts'
import { configOf } from './network.ts'
import { type Session, sessionOf, type Trained } from './session.ts'
import { shown } from './watch.ts'

export async function take({ run, kind, network, from }: TakeQuestion): Promise<Uint8Array> {
  const session = sessionOf(run)
  if (kind === 'pictures') return picturesOf(session, from)
  const trained = session.networks[network]
  const { state, epochs } = trained.learner
  if (state === undefined) throw new Error('nothing was trained yet')
  const { sets, settings } = session
  const config = configOf(settings, trained.facts.skips, sets, Math.max(epochs, state.progress.epoch, 1))
  if (kind === 'onnx') return onnxOf(trained, settings.side, config)
  const files = train.runFiles({ config, state, metadata: { convoke: shippedConfig(config) } })
  return kind === 'weights' ? files['best.safetensors'] : formats.writeZip({ ...files }, false)
}

async function onnxOf(
  { learner: { model } }: Trained,
  side: number,
  config: ReturnType<typeof configOf>,
): Promise<Uint8Array> {
  const { encodeOnnx, exportOnnx } = await import('convoke/graph')
  return encodeOnnx(
    exportOnnx(model, [1, side, side, 3], {
      ...{ inputs: ['pixels'], outputs: ['logits'], metadata: shippedMetadata(config) },
    }),
  )
}

/** `image` `[count, side, side, 3]` from 0 to 1 and `mask` `[count, side, side]`, for programs in other languages. */
async function picturesOf(session: Session, from: number): Promise<Uint8Array> {
  const { side } = session.settings
  const { pictures, pixels } = await shown(session, from)
  const masks = new Int32Array(pictures.length * side * side)
  for (const [i, { truth }] of pictures.entries()) masks.set(truth, i * side * side)
  return formats.encodeSafetensors({
    image: { dtype: 'float32', shape: [pictures.length, side, side, 3], data: pixels },
    mask: { dtype: 'int32', shape: [pictures.length, side, side], data: masks },
  })
}
