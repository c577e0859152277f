// What there is to see of a run: told when it has changed, at most some times a second.

import { type data, softmax, tensor } from 'convoke'
import { firstFilters, lookAt } from 'convoke-workbench'
import { stepOf, versionOf } from '../../runs/learner.ts'
import { checkpointOf, newerThan, newLosses } from '../../runs/watching.ts'
import type { BytePictures, Measured, PicturesQuestion, Probe, Snapshot, WatchQuestion } from '../task.ts'
import { type Session, sessionOf } from './session.ts'

const byteOf = (values: data.Values['data']): Uint8Array =>
  values instanceof Uint8Array ? values : Uint8Array.from(values, (value) => Math.round(255 * value))

export async function watch(question: WatchQuestion): Promise<Snapshot> {
  const session = sessionOf(question.run)
  await newerThan(session.company, question.since)
  sessionOf(question.run)
  const { learner } = session
  const { phase, problem, batches, stepsPerSecond } = learner
  const version = versionOf(session.company)
  const { epoch = 0, batch = 0, history = [] } = learner.state?.progress ?? {}
  const step = stepOf(learner)
  const measured = measuredOf(session)
  const losses = newLosses(learner, question.known)
  const looked = await seen(session, question.probe)
  return {
    ...{ run: session.run, version, phase, problem, batches, stepsPerSecond, step, epoch, batch, history, losses },
    measured: measured?.step === question.measuredStep ? undefined : measured,
    ...looked,
    checkpoint: checkpointOf(learner),
  }
}

function measuredOf({ learner: { measured } }: Session): Measured | undefined {
  if (measured === undefined) return undefined
  const { step, figures, found } = measured
  return { step, figures, ...found }
}

/** Filters, and what becomes of one picture. */
async function seen({ learner: { model }, sets }: Session, probe: Probe) {
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
  const { learner, sets } = sessionOf(run)
  const { height, width, channels } = sets.form
  const { output } = await lookAt(
    learner.model,
    { shape: [height, width, channels], data: drawing },
    sets.statistics,
    [],
  )
  return chancesOf(output)
}

/** Pictures by their place in a part. */
export async function pictures({ run, part, indices }: PicturesQuestion): Promise<BytePictures> {
  const { sets } = sessionOf(run)
  const found = await Promise.all(indices.map((index) => sets[part].get(index)))
  return { ...sets.form, pictures: found.map(({ image }) => byteOf(image.data)) }
}
