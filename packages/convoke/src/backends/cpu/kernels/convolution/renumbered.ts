// Steps of one plan inside another.

import type { KernelStep } from '../plan.ts'

/** The step on other buffers: `buffers[i]` stands for buffer i, which the step begins at `offsets[i]` bytes of. */
export const renumbered = (
  step: KernelStep,
  buffers: readonly number[],
  offsets: readonly number[] = [],
): KernelStep => ({
  ...step,
  argumentsOf: (task) =>
    step
      .argumentsOf(task)
      .map((value) =>
        typeof value === 'number'
          ? value
          : { buffer: buffers[value.buffer], offset: value.offset + (offsets[value.buffer] ?? 0) },
      ),
})
