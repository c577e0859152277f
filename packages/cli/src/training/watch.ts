// What is seen while a network trains: a bar on a terminal, a line an epoch everywhere.

import type { train } from 'convoke'
import { type Bar, type BarText, openBar } from '../terminal/bar.ts'
import { breathe, showsBars } from '../terminal/progress.ts'
import { counted, duration, exactNumber, measureText, plainNumber as number, percent, rate } from '../terminal/words.ts'
import { terminalColumns } from '../terminal/wrap.ts'
import { epochLine } from './epoch-line.ts'

export interface Watch {
  readonly onEvent: (event: train.TrainingEvent) => Promise<void>
  /** Takes the bar away. */
  readonly stop: () => void
}

export interface WatchOptions {
  /** Takes finished lines; none when not given. */
  readonly say?: ((line: string) => void) | undefined
  /** The measure shown. */
  readonly measure: string
  readonly stream?: NodeJS.WriteStream | undefined
  /** Of a run that is planned while it goes on: epochs, null while they are not known. */
  readonly epochs?: (() => number | null) | undefined
}

export { duration, measureText } from '../terminal/words.ts'

/** Lets a training loop be watched, interrupted and timed: it gives way to the event loop after each step. */
export async function watchTraining(options: WatchOptions): Promise<Watch> {
  const { say, measure, stream = process.stderr } = options
  const isDrawn = showsBars(stream) && say !== undefined
  let bar: Bar | undefined
  const shown = { loss: '', measure: '', epoch: '', speed: '' }
  let given = 0
  const epochsNow = (): number | null => (options.epochs === undefined ? given : options.epochs())
  const epochText = (epoch: number): string => {
    const epochs = epochsNow()
    return `${epochs === null ? epoch : Math.min(epoch, epochs)}/${epochs ?? '?'}`
  }
  const text = (): BarText => ({
    label: `epoch ${shown.epoch}`,
    parts: [
      { text: shown.loss, matters: 3 },
      { text: shown.measure, matters: 1 },
      { text: shown.speed, matters: 0 },
    ],
  })
  let ranks = 1
  let pace = paceOf()
  let shownAt = 0
  let between = lineWithin()
  // A run that is planned says its time itself.
  let expects = options.epochs === undefined ? expectation() : null
  return {
    async onEvent(event) {
      if (event.type === 'start') {
        ;({ epochs: given, ranks } = event)
        const { epoch, batch } = event.progress
        for (const line of startNotes(event)) say?.(line)
        shown.epoch = epochText(epoch + 1)
        const total = (epochsNow() ?? epoch + 1) * event.batches
        if (isDrawn) bar = await openBar(stream, total, epoch * event.batches + batch, text())
      } else if (event.type === 'step') {
        pace.step(event.examples)
        Object.assign(shown, {
          loss: `loss ${number(event.loss)}`,
          epoch: epochText(event.epoch),
          speed: pace.text(),
        })
        const expected = expects?.(event, given)
        if (expected !== undefined) {
          expects = null
          if (expected !== null && bar !== undefined) bar.over(() => say?.(expected))
          else if (expected !== null) say?.(expected)
        }
        const share = event.batch / event.batches
        if (bar === undefined && between(share))
          say?.([`epoch ${shown.epoch}  ${percent(share, 0)}`, shown.loss, shown.speed].filter(Boolean).join('  '))
        const total = (epochsNow() ?? event.epoch) * event.batches
        bar?.update((event.epoch - 1) * event.batches + event.batch, text(), total)
        if (performance.now() - shownAt > 20) {
          shownAt = performance.now()
          await breathe()
        }
      } else if (event.type === 'epoch') {
        const { epoch, loss, validation, seconds } = event.record
        const value = validation?.[measure]
        if (value !== undefined) shown.measure = `${measure} ${measureText(measure, value)}`
        const epochs = epochsNow()
        const line = epochLine(
          {
            ...{ epoch, loss, seconds, best: event.best },
            epochs: epochs === null ? '?' : Math.max(epoch, epochs),
            validationLoss: validation?.['loss'],
            measure: value === undefined ? undefined : [measure, value],
            // Of all ranks together.
            pace: ranks > 1 ? pace.text() : '',
          },
          terminalColumns(),
        )
        pace = paceOf()
        between = lineWithin()
        if (bar === undefined) say?.(line)
        else bar.over(() => say?.(line))
        await breathe()
      }
    },
    stop: () => bar?.stop(),
  }
}

/** Steps that make plans, and milliseconds of steps after them that tell what the others take. */
const [planning, told] = [3, 2000]

/** Runs shorter than this many seconds need no word of how long they take. */
const worthSaying = 20

/** Asked at each step: undefined until enough has been seen, then how long the run will take, or null where it is soon over. */
export function expectation(now = () => performance.now()) {
  let [began, steps] = [0, 0]
  return ({ epoch, batch, batches }: train.StepEvent, epochs: number): string | null | undefined => {
    steps++
    if (steps <= planning) {
      began = now()
      return undefined
    }
    const spent = now() - began
    if (spent < told) return undefined
    const perStep = spent / (steps - planning)
    const seconds = (perStep * ((epochs - epoch) * batches + batches - batch)) / 1000
    if (seconds < worthSaying) return null
    return `expected: about ${duration(seconds)} of training for ${counted(epochs, 'epoch')}, at ${rate(perStep)} ms a step`
  }
}

/** Milliseconds between lines within an epoch: at least, and at most where an epoch takes long. */
const [leastBetween, mostBetween] = [30_000, 300_000]

/**
 * Whether it is time for a line within an epoch, where no bar shows how far it is: at each tenth of it, no sooner than half a minute after
 * the last line and no later than five.
 */
export function lineWithin(now = () => performance.now()): (share: number) => boolean {
  let [saidAt, saidOf] = [now(), 0]
  return (share) => {
    const passed = now() - saidAt
    const isDue = passed >= leastBetween && (share - saidOf >= 0.1 - 1e-9 || passed >= mostBetween)
    if (!isDue || share >= 1) return false
    ;[saidAt, saidOf] = [now(), share]
    return true
  }
}

/** Examples a second over the steps of an epoch, from the end of the first one, which plans. */
function paceOf() {
  let [began, ended, examples] = [0, 0, 0]
  return {
    step(count: number): void {
      ended = performance.now()
      if (began === 0) began = ended
      else examples += count
    },
    text: (): string => (examples === 0 ? '' : `${exactNumber((1000 * examples) / (ended - began), 3)} examples/s`),
  }
}

/** What the batches and the beginning of a run have that one would not expect. */
function startNotes({
  lastBatch,
  progress,
  ranks,
  ranksBefore,
}: Extract<train.TrainingEvent, { type: 'start' }>): string[] {
  const { batchSize, epoch, step } = progress
  return [
    ...(step > 0 ? [`continues after epoch ${epoch}, step ${step}`] : []),
    ...(ranks !== ranksBefore
      ? [
          `now on ${counted(ranks, 'rank')}, before on ${ranksBefore}: the batches are the same; sums are rounded in another order, dropout draws other masks, and batch normalisation sees other parts unless it is synchronised`,
        ]
      : []),
    ...(lastBatch > batchSize
      ? [`the last batch of each epoch has ${lastBatch} examples: the one left over would be a batch by itself`]
      : []),
  ]
}
