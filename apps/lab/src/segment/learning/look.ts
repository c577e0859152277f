// What a network finds in pictures, and the maps on the way.

import { metrics, softmax, Tensor, tensor, withoutGradients } from 'convoke'
import { normalized } from 'convoke-workbench'
import type { Found, MapsShown } from '../task.ts'
import type { Session, Trained } from './session.ts'

interface Looked {
  readonly found: readonly Found[]
  readonly maps: MapsShown | undefined
}

interface Wanted {
  readonly block: string | undefined
  /** Which of the pictures the block's maps are of. */
  readonly at: number
}

/** Runs the network in evaluation mode on `[count, side, side, 3]` pixels from 0 to 1. */
export async function lookAtPictures(
  { sets, settings: { side } }: Session,
  { learner: { model } }: Trained,
  pixels: Float32Array,
  { block, at }: Wanted,
): Promise<Looked> {
  const count = pixels.length / (side * side * 3)
  let kept: Tensor | undefined
  const stop = model.observe({
    leave: ({ path, output }) => {
      if (path === block && output instanceof Tensor) kept = output.view(output.shape)
    },
  })
  model.eval()
  try {
    const chances = withoutGradients(() =>
      softmax(model(normalized(tensor(pixels, { shape: [count, side, side, 3] }), sets.statistics))),
    )
    const values = await chances.data()
    chances.dispose()
    const each = side * side * sets.classes.length
    const found = Array.from({ length: count }, (_, i): Found => {
      const own = Float32Array.from(values.subarray(i * each, (i + 1) * each))
      return { chances: own, mask: Uint8Array.from(metrics.argMaxRows(own, sets.classes.length)) }
    })
    return { found, maps: kept === undefined ? undefined : await mapsOf(kept, block!, at) }
  } finally {
    stop()
    kept?.dispose()
  }
}

async function mapsOf(output: Tensor, path: string, at: number): Promise<MapsShown> {
  const shape = output.shape.slice(1) as unknown as MapsShown['shape']
  const each = shape[0] * shape[1] * shape[2]
  const values = (await output.data()) as Float32Array
  return { path, shape, values: values.slice(at * each, (at + 1) * each) }
}
