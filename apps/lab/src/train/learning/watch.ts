// What there is to see of a run: told when it has changed, at most some times a second.

import { type data, softmax, tensor, train } from 'convoke'
import { firstFilters, lookAt } from 'convoke-workbench'
import type { BytePictures, PicturesQuestion, Probe, Snapshot, WatchQuestion } from '../task.ts'
import { nextChange, type Session, sessionOf, stepOf } from './session.ts'

/** Milliseconds between two pictures of a run that goes on, and between two of its checkpoints. */
const [between, betweenCheckpoints] = [180, 1000]

let told = Number.NEGATIVE_INFINITY
let kept = { run: 0, step: 0, at: 0 }

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const byteOf = (values: data.Values['data']): Uint8Array =>
  values instanceof Uint8Array ? values : Uint8Array.from(values, (value) => Math.round(255 * value))

export async function watch(question: WatchQuestion): Promise<Snapshot> {
  const session = sessionOf(question.run)
  while (session.version <= question.since && !session.left) await nextChange(session)
  const left = told + between - performance.now()
  if (session.phase === 'running' && left > 0) await wait(left)
  sessionOf(question.run)
  told = performance.now()
  const { version, phase, problem, measured, batches, stepsPerSecond, losses } = session
  const { epoch = 0, batch = 0, history = [] } = session.state?.progress ?? {}
  const step = stepOf(session)
  const { known, measuredStep } = question
  const looked = await seen(session, question.probe)
  return {
    ...{ run: session.run, version, phase, problem, batches, stepsPerSecond, step, epoch, batch, history },
    // A run that was gone on with has none of the losses from before: the page has them.
    losses: Float32Array.from(losses.slice(Math.max(0, losses.length - Math.max(0, step - known)))),
    measured: measured?.step === measuredStep ? undefined : measured,
    ...looked,
    checkpoint: checkpointOf(session),
  }
}

/** The state, where it is time to keep it. */
function checkpointOf({ run, state, phase }: Session): Uint8Array | undefined {
  if (state === undefined) return undefined
  const { step } = state.progress
  if (kept.run === run && kept.step === step) return undefined
  if (kept.run === run && phase === 'running' && performance.now() - kept.at < betweenCheckpoints) return undefined
  kept = { run, step, at: performance.now() }
  return train.encodeTrainingState(state)
}

/** Filters, and what becomes of one picture. */
async function seen({ model, sets }: Session, probe: Probe) {
  const { height, width, channels } = sets.form
  const example = typeof probe === 'number' ? await sets.test.get(probe % sets.test.length) : undefined
  const image: data.Values = example?.image ?? { shape: [height, width, channels], data: probe as Uint8Array }
  const filters = await firstFilters(model)
  const { output, maps } = await lookAt(model, image, sets.statistics, [0, 0.5, 1])
  return {
    filters: filters === null ? undefined : { shape: filters.shape, values: Float32Array.from(filters.values) },
    maps: maps.map(({ path, shape, values }) => ({ path, shape, values: Float32Array.from(values) })),
    ...{ chances: await chancesOf(output), probe: byteOf(image.data), label: example?.label },
  }
}

async function chancesOf(logits: Float32Array): Promise<Float32Array> {
  const x = tensor(logits)
  const chances = softmax(x, { axis: -1 })
  const values = Float32Array.from(await chances.data())
  x.dispose()
  chances.dispose()
  return values
}

/** How sure the network is of each class for a drawing of the form that it was trained on. */
export async function predict({ run, drawing }: { readonly run: number; readonly drawing: Uint8Array }) {
  const { model, sets } = sessionOf(run)
  const { height, width, channels } = sets.form
  const { output } = await lookAt(model, { shape: [height, width, channels], data: drawing }, sets.statistics, [])
  return chancesOf(output)
}

/** Pictures by their place in a part. */
export async function pictures({ run, part, indices }: PicturesQuestion): Promise<BytePictures> {
  const { sets } = sessionOf(run)
  const found = await Promise.all(indices.map((index) => sets[part].get(index)))
  return { ...sets.form, pictures: found.map(({ image }) => byteOf(image.data)) }
}
