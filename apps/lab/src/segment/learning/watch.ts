// What there is to see of a run.

import { versionOf } from '../../runs/learner.ts'
import { checkpointOf, newerThan, newLosses } from '../../runs/watching.ts'
import { shownPictures } from '../settings.ts'
import type { NetworkSeen, ShownPicture, Snapshot, WatchQuestion } from '../task.ts'
import { lookAtPictures } from './look.ts'
import { paintingOf } from './painting.ts'
import { type Session, sessionOf, type Trained } from './session.ts'

export async function watch(question: WatchQuestion): Promise<Snapshot> {
  const session = sessionOf(question.run)
  await newerThan(session.company, question.since)
  sessionOf(question.run)
  const version = versionOf(session.company)
  const { pictures, pixels } = await shown(session, question.from)
  const painted = question.painting.length === 0 ? undefined : paintingOf(question.painting, session.settings.side)
  const all = painted === undefined ? pixels : joined(pixels, painted)
  const networks: NetworkSeen[] = []
  for (const [i, network] of session.networks.entries())
    networks.push(await seen(session, network, { ...question, at: i, pixels: all, count: pictures.length }))
  const { learners } = session.company
  return {
    ...{ run: session.run, version, networks, pictures, painting: painted && bytesOf(painted) },
    ...{ batches: learners[0].batches, problem: learners.find(({ problem }) => problem !== undefined)?.problem },
  }
}

interface Looking extends WatchQuestion {
  /** Which network it is. */
  readonly at: number
  /** Of all pictures, the painted one last. */
  readonly pixels: Float32Array
  /** Pictures that are shown, the painted one not counted. */
  readonly count: number
}

async function seen(session: Session, network: Trained, looking: Looking): Promise<NetworkSeen> {
  const { learner } = network
  const { known, at, pixels, count, block, blockOf } = looking
  const { phase, stepsPerSecond, measured } = learner
  // As it is now: while pictures go through the network nothing is learned, but other questions may be answered.
  const { epoch = 0, batch = 0, step = 0, history = [] } = learner.state?.progress ?? {}
  const { losses, measured: measuredStep } = known[at] ?? { losses: 0, measured: -1 }
  const fresh = newLosses(learner, losses)
  const checkpoint = checkpointOf(learner)
  const { found, maps } = await lookAtPictures(session, network, pixels, {
    ...{ block, at: blockOf === 'painted' ? count : Math.min(blockOf, count - 1) },
  })
  return {
    ...{ phase, stepsPerSecond, step, epoch, batch, history, checkpoint, losses: fresh, maps },
    ...{ found: found.slice(0, count), painted: found[count] },
    measured:
      measured === undefined || measured.step === measuredStep
        ? undefined
        : { step: measured.step, figures: measured.figures, classes: measured.found },
  }
}

const bytesOf = (values: ArrayLike<number>): Uint8Array => Uint8Array.from(values, (value) => Math.round(255 * value))

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const all = new Float32Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}

/** Held-out pictures one after the other, from `from` on; after the last comes the first. */
export async function shown({ sets, settings: { side } }: Session, from: number) {
  const count = Math.min(shownPictures, sets.test.length)
  const pixels = new Float32Array(count * side * side * 3)
  const pictures: ShownPicture[] = []
  for (let i = 0; i < count; i++) {
    const index = (from + i) % sets.test.length
    const { image, mask } = await sets.test.get(index)
    pixels.set(image.data, i * side * side * 3)
    pictures.push({ index, pixels: bytesOf(image.data), truth: Uint8Array.from(mask.data) })
  }
  return { pictures, pixels }
}
