// Which filters a list of `--kernel` arguments asks for.

import { flipped, type Kernel } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { readKernel } from '../kernel/read-kernel.ts'
import type { Filter } from '../picture/filter.ts'

export interface FilterOptions {
  /** Combine kernels two by two into √(a² + b²). */
  readonly magnitude: boolean
  /** Flip every kernel: convolution in the textbook's sense. */
  readonly convolve: boolean
}

/** Reads every kernel and groups them. */
export async function readFilters(texts: readonly string[], options: FilterOptions): Promise<Filter[]> {
  if (texts.length === 0)
    throw new UsageError(
      'no kernel is given. Add --kernel with a gallery name, a file, or numbers such as "1 0 -1; 2 0 -2; 1 0 -1".',
    )
  const kernels: Kernel[] = []
  for (const text of texts) for (const kernel of await readKernel(text)) kernels.push(kernel)
  const sliding = options.convolve ? kernels.map((kernel) => ({ ...kernel, rows: flipped(kernel.rows) })) : kernels
  return options.magnitude ? inPairs(sliding) : sliding.map((kernel) => ({ name: kernel.name, kernels: [kernel] }))
}

function inPairs(kernels: readonly Kernel[]): Filter[] {
  if (kernels.length % 2 !== 0)
    throw new UsageError(
      `--magnitude combines kernels two by two; ${kernels.length} ${kernels.length === 1 ? 'is' : 'are'} given. Name a pair, as in --kernel sobel, or one kernel more.`,
    )
  return Array.from({ length: kernels.length / 2 }, (_, index) => {
    const [a, b] = [kernels[2 * index], kernels[2 * index + 1]]
    return { name: pairName(a.name, b.name), kernels: [a, b] }
  })
}

/** `sobel-x` and `sobel-y` → `sobel-magnitude`. */
function pairName(a: string, b: string): string {
  const [first, second] = [a.split(':'), b.split(':')]
  const stem = first[0].replace(/-?d?x$/, '')
  const isPair = stem !== first[0] && stem === second[0].replace(/-?d?y$/, '')
  return [isPair ? `${stem}-magnitude` : `${first[0]}-${second[0]}-magnitude`, ...first.slice(1)].join(':')
}
