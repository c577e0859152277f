// Stacks of refusals begin where the library was called. V8 records ten frames, which an op within a scope within a gradient
// would fill with the library's own.

import { made } from '../../../../shapes/error.ts'

const between = '\n    at '
/** Frames that are recorded, for those of the library to be left out. */
const deepest = 64

/** Where the bundle lies that the frame at the top of a stack belongs to; undefined of what is not the bundle for Node: whoever bundles the library anew has their own code in one file with it. */
export const bundleOf = (stack: string | undefined): string | undefined =>
  /\n {4}at [^\n]*?((?:file:)?[^\s(]*[\\/]convoke[\\/]dist[\\/]for-node[\\/])[^\\/\n]+:\d+:\d+\)?\n/.exec(
    stack ?? '',
  )?.[1]

const isOwn = (frame: string, bundle: string): boolean =>
  frame.includes(bundle) || frame.includes('(<anonymous>)') || frame.includes('node:internal')

/** A stack without the library's frames at its top, of `most` frames; as it was, but for their number, where there is nothing else. */
export function withoutOwnFrames(stack: string, bundle: string, most: number): string {
  const [message, ...frames] = stack.split(between)
  const first = Math.max(
    0,
    frames.findIndex((frame) => !isOwn(frame, bundle)),
  )
  return [message, ...frames.slice(first, first + most)].join(between)
}

/** From now on. */
export function leaveOutOwnFrames(): void {
  const bundle = bundleOf(new Error('here').stack)
  if (bundle === undefined) return
  made.onError = (error) => {
    const most = Error.stackTraceLimit
    // Some hosts freeze it, and some remove it.
    if (!(most > 0) || !Reflect.set(Error, 'stackTraceLimit', Math.max(most, deepest))) return
    Error.captureStackTrace(error, error.constructor)
    const { stack } = error
    Error.stackTraceLimit = most
    if (typeof stack === 'string') error.stack = withoutOwnFrames(stack, bundle, most)
  }
}
