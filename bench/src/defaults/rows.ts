// What `convoke train` reaches when it is told the data and the time and nothing else.

import { join } from 'node:path'

export interface Reached {
  /** Figures of the part that was measured, by name. */
  readonly figures: Readonly<Record<string, number>>
  /** Share of the training's time that steps waited for data. */
  readonly waiting: number | null
  /** Cores busy in the mean while training. */
  readonly cores: number | null
}

export interface Asked {
  readonly what: string
  readonly of: (reached: Reached) => number | null
  readonly least?: number
  readonly most?: number
  readonly show: 'percent' | 'number'
}

export interface Row {
  readonly name: string
  /** The name of a data set, of one that is made here, or of what Convoke draws itself. */
  readonly data: { readonly set: string } | { readonly drawn: string } | { readonly made: 'jpegs' }
  readonly task: 'classify' | 'segment' | 'detect'
  /** As `--time` takes it; in a quick run too short to judge. */
  readonly time: string
  readonly quickTime: string
  readonly more?: readonly string[]
  readonly asked: readonly Asked[]
}

const figure = (name: string, what: string, least: number): Asked => ({
  ...{ what, least, show: 'percent' as const },
  of: ({ figures }) => figures[name] ?? null,
})

export const rows: readonly Row[] = [
  {
    ...{ name: 'digits in 15 s', data: { drawn: 'digits' }, task: 'classify', time: '15s', quickTime: '5s' },
    asked: [figure('accuracy', 'accuracy', 0.97)],
  },
  {
    ...{ name: 'Fashion-MNIST in 8 min', data: { set: 'fashion-mnist' }, task: 'classify', time: '8m' },
    quickTime: '20s',
    asked: [figure('accuracy', 'accuracy', 0.93)],
  },
  {
    ...{
      name: 'ISBI membranes in 8 min',
      data: { set: 'isbi-membrane' },
      task: 'segment',
      time: '8m',
      quickTime: '20s',
    },
    asked: [figure('accuracy', 'pixels right', 0.92), figure('iou', 'IoU', 0.785)],
  },
  {
    ...{ name: 'BCCD in 10 min', data: { set: 'bccd' }, task: 'detect', time: '10m', quickTime: '30s' },
    asked: [figure('map50', 'mAP@0.5', 0.85)],
  },
  {
    ...{ name: '60,000 JPEG files of 32×32', data: { made: 'jpegs' }, task: 'classify', time: '3m', quickTime: '30s' },
    more: ['--threads', '2', '--model', 'compact'],
    asked: [
      { what: 'cores busy', of: ({ cores }) => cores, least: 1.9, show: 'number' },
      { what: 'waiting for data', of: ({ waiting }) => waiting, most: 0.05, show: 'percent' },
    ],
  },
]

/** Whether what was reached is what was asked; null where it was not measured. */
export function holds({ of, least, most }: Asked, reached: Reached): boolean | null {
  const value = of(reached)
  if (value === null || Number.isNaN(value)) return null
  return value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY)
}

export const runFolder = (root: string, { name }: Row): string => join(root, name.replaceAll(/[^\w]+/g, '-'))
