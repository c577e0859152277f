// A run that fills a time, or ends within one: how many steps fit is measured as it goes, and the learning rate falls to its end by the
// last of them, whatever the schedule.

import type { optim, train } from 'convoke'
import { counted, duration, rate } from '../terminal/words.ts'

/** Of a run: when it began, as `performance.now()` counts, and its seconds. */
export interface RunTime {
  readonly began: number
  readonly seconds: number
  /** Whether it is to take all of that, however many epochs that are. */
  readonly fill: boolean
}

/** The most epochs that a run may be given. */
export const endless = 1e9

/** Seconds that epochs took. */
export const secondsOf = (history: readonly train.EpochRecord[] = []): number =>
  history.reduce((sum, record) => sum + record.seconds, 0)

/**
 * When all of a run has to be done, as `performance.now()` counts. One that fills its time and is resumed goes on with what is left of it;
 * with none left, it is measured.
 */
export const endOf = ({ began, seconds, fill }: RunTime, history: readonly train.EpochRecord[] | undefined): number =>
  began + 1000 * (fill ? Math.max(0, seconds - secondsOf(history)) : seconds)

export interface BudgetOptions {
  /** When all has to be done, the measuring at the end included: as `performance.now()` counts. */
  readonly until: number
  /** Milliseconds of the budget in all. */
  readonly time: number
  /** Steps of the run if there were time for them; infinite for one that fills its time. */
  readonly most: number
  /** Steps of an epoch, examples of a step, and examples of the parts that are measured. */
  readonly stepsPerEpoch: number
  readonly batchSize: number
  readonly validation: number
  readonly measuredAtEnd: number
  /** The schedule for so many steps. */
  readonly scheduleOf: (steps: number) => optim.Schedule
  /** Of the time, what a run that is resumed has behind it, and the steps. */
  readonly behind?: { readonly share: number; readonly steps: number } | undefined
  /** Whether the schedule ends lower than it begins. */
  readonly falls: boolean
  readonly say?: ((line: string) => void) | undefined
  /** The clock, for tests. */
  readonly now?: (() => number) | undefined
}

export interface Budget {
  /** What `fit` asks after each step. */
  readonly steps: () => number
  readonly schedule: optim.Schedule
  readonly onEvent: (event: train.TrainingEvent) => void
  /** Steps as planned by now; undefined before enough has been measured. */
  readonly planned: () => number | undefined
}

/** Places of a schedule that stand for all steps. */
const places = 10_000

/** Steps at the beginning that make plans and wake threads up, and share of the time after which the others are believed. */
const [firstSteps, believed] = [3, 0.02]

/** Share of the time between two looks at the plan, and by which it has to be off to be changed. */
const [look, off] = [0.04, 0.02]

/** Share of the time of a training step that measuring an example takes, before it is known; forward is a third, and there is reading. */
const measuringShare = 0.5

/** Milliseconds for the report and for ending, beside a share of the time. */
export const ending = (time: number): number => Math.min(5000, 1000 + 0.02 * time)

export function budget(options: BudgetOptions): Budget {
  const { until, time, most, stepsPerEpoch, batchSize, validation, measuredAtEnd, behind, falls, say } = options
  const now = options.now ?? (() => performance.now())
  const virtual = options.scheduleOf(places)
  /** Where the plan was last changed: from there the rest of the schedule is spread over the steps that are left. */
  let from = { step: behind?.steps ?? 0, share: behind?.share ?? 0 }
  let total: number | undefined
  let step = from.step
  const began = now()
  let last = began
  let [measured, spent] = [0, 0]
  let looked = began
  let epochSpent = 0
  /** Milliseconds of measuring the validation part once. */
  let validating: number | undefined

  const shareAt = (at: number): number => {
    if (total === undefined) return from.share
    return Math.min(1, from.share + ((1 - from.share) * Math.max(0, at - from.step)) / Math.max(1, total - from.step))
  }
  const stepTime = (): number => spent / measured
  const exampleTime = (): number =>
    validating !== undefined && validation > 0 ? validating / validation : (measuringShare * stepTime()) / batchSize
  /** When training has to end for the rest to be done in time: measuring a last epoch, and the part at the end. */
  const trainingEnds = (): number => until - ending(time) - exampleTime() * (measuredAtEnd + validation)

  const stepsThatFit = (): number => {
    const perStep = stepTime() + (exampleTime() * validation) / stepsPerEpoch
    return step + Math.max(0, Math.floor((trainingEnds() - now()) / perStep))
  }

  const plan = (): void => {
    // What is left when the last step is taken is too little for another epoch.
    if (total !== undefined && step >= total) return
    const fits = Math.min(most, stepsThatFit())
    looked = now()
    if (total !== undefined && Math.abs(fits - total) <= off * Math.max(1, total - step)) return
    const isFirst = total === undefined
    from = { step, share: shareAt(step) }
    total = Math.max(step, fits)
    if (!isFirst || fits === most) return
    const epochs = total / stepsPerEpoch
    say?.(
      `planned: ${counted(total, 'step')}, ${rate(Number(epochs.toPrecision(3)))} epochs, in ${duration(time / 1000)}: ${rate(stepTime())} ms a step${falls ? '; the learning rate falls to its end by then' : ''}`,
    )
  }

  return {
    steps() {
      if (total === undefined) return now() >= until - ending(time) ? step : most
      // What was measured may not hold to the end.
      return now() >= trainingEnds() ? Math.min(total, step) : total
    },
    schedule: (steps) => virtual(Math.min(places - 1, Math.floor(shareAt(steps) * places))),
    onEvent(event) {
      const at = now()
      if (event.type === 'start') last = at
      if (event.type === 'step') {
        step = event.step
        const taken = at - last
        epochSpent += taken
        if (step - (behind?.steps ?? 0) > firstSteps) {
          measured++
          spent += taken
        }
        const due = total === undefined ? at - began >= believed * time : at - looked >= look * time
        if (measured > 0 && due) plan()
      } else if (event.type === 'epoch') {
        if (event.record.validation !== null) validating = Math.max(0, event.record.seconds * 1000 - epochSpent)
        epochSpent = 0
        if (measured > 0) plan()
      }
      last = now()
    },
    planned: () => total,
  }
}
