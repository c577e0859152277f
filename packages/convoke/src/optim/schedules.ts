// Learning-rate schedules: pure functions from the number of steps taken to a factor on the learning rate. Pure, so
// that a run that resumes needs to save nothing of them.

import { check, show } from '../shapes/error.ts'

/** The factor for the step after `steps` steps: 0 before the first. */
export type Schedule = (steps: number) => number

function checkSteps(kind: string, name: string, steps: number, least = 1): void {
  check(
    Number.isInteger(steps) && steps >= least,
    () => `${kind}: ${name} is ${show(steps)}; it must be a whole number of ${least} or more.`,
  )
}

/** Always 1. */
export const constantRate = (): Schedule => () => 1

/** `gamma` to the power of the number of times that `every` steps have passed. */
export function stepDecay(options: {
  /** Steps from one change to the next. */
  readonly every: number
  /** What the rate is multiplied by at each change: 0.1 when not given. */
  readonly gamma?: number | undefined
}): Schedule {
  const { every, gamma = 0.1 } = options
  checkSteps('stepDecay', 'every', every)
  return (steps) => gamma ** Math.floor(steps / every)
}

/** `gamma` to the power of the number of `milestones` that have passed. */
export const milestones = (at: readonly number[], gamma = 0.1): Schedule => {
  for (const step of at) checkSteps('milestones', 'a milestone', step)
  return (steps) => gamma ** at.filter((step) => step <= steps).length
}

/** From 1 to `floor` along half a cosine over `steps` steps (Loshchilov & Hutter 2017), then `floor`. */
export function cosine(options: {
  /** Steps until the floor is reached. */
  readonly steps: number
  /** The factor at the end: 0 when not given. */
  readonly floor?: number | undefined
}): Schedule {
  const { steps: total, floor = 0 } = options
  checkSteps('cosine', 'steps', total)
  check(Number.isFinite(floor), () => `cosine: floor is ${show(floor)}; it must be a finite number.`)
  return (steps) => (steps >= total ? floor : alongCosine(1, floor, steps / total))
}

/** Half a cosine from one factor to another. */
const alongCosine = (from: number, to: number, share: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2

/**
 * Rises in a straight line to 1 over `steps` steps (Goyal et al. 2017), then continues with `after`, which starts
 * counting there.
 */
export function warmUp(options: {
  /** Steps of the rise; 0 for none. */
  readonly steps: number
  /** The schedule that follows, its steps counted from 0: the factor stays 1 when not given. */
  readonly after?: Schedule | undefined
}): Schedule {
  const { steps: total, after = constantRate() } = options
  checkSteps('warmUp', 'steps', total, 0)
  return (steps) => (steps < total ? (steps + 1) / (total + 1) : after(steps - total))
}

/**
 * Up from 1 / `divide` to 1 over the first `rise` of the steps, then down to 1 / (`divide` · `finalDivide`), both along
 * half a cosine (Smith & Topin 2018; PyTorch's OneCycleLR without its momentum cycle). A part of no steps is left out: a
 * rise of one step starts at 1, and a run of one step stays there.
 */
export function oneCycle(options: {
  /** Steps of the whole run. */
  readonly steps: number
  /** Share of the steps, 0 to 1, in which the factor rises: 0.3 when not given. */
  readonly rise?: number | undefined
  /** The rise begins at 1 / divide: 25 when not given. */
  readonly divide?: number | undefined
  /** The fall ends at 1 / (divide · finalDivide): 10,000 when not given. */
  readonly finalDivide?: number | undefined
}): Schedule {
  const { steps: total, rise = 0.3, divide = 25, finalDivide = 1e4 } = options
  checkSteps('oneCycle', 'steps', total)
  check(rise >= 0 && rise <= 1, () => `oneCycle: rise is ${show(rise)}; it must lie between 0 and 1.`)
  for (const [name, value] of Object.entries({ divide, finalDivide })) {
    check(value > 0 && value < Infinity, () => `oneCycle: ${name} is ${show(value)}; it must be a number above 0.`)
  }
  const [start, end] = [1 / divide, 1 / (divide * finalDivide)]
  const last = total - 1
  // The step at which the rise ends; counted in fractions of a step, as PyTorch does.
  const top = Math.max(0, Math.min(last, rise * total - 1))
  return (steps) => {
    const at = Math.min(steps, last)
    if (at === top) return 1
    return at < top ? alongCosine(start, 1, at / top) : alongCosine(1, end, (at - top) / (last - top))
  }
}
