// What a network is made of and costs, layer by layer, found by running it dry: nothing is computed or allocated, so
// the largest networks take milliseconds.

import { scope } from '../autodiff/gradients.ts'
import { whileWatching } from '../autodiff/primitive.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import { withBackend } from '../backends/current.ts'
import { createDryBackend } from '../backends/dry/index.ts'
import { macsOf } from '../backends/macs.ts'
import { checkShape } from '../shapes/broadcast.ts'
import { showShape } from '../shapes/error.ts'
import { largestOf } from '../shapes/extremes.ts'
import type { ReceptiveField } from '../shapes/receptive-field.ts'
import { counted, thousands } from '../shapes/words.ts'
import { zeros } from '../tensor/create.ts'
import { tensorsIn } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { traceFields } from './fields.ts'
import type { AnyModule, Module } from './module.ts'
import { inner } from './slots.ts'
import { countOf, inEvaluation, trainableCount } from './tree.ts'

/** One layer of a summary: a line of its table. */
export interface SummaryRow {
  /** The path of the layer: `features.0`. */
  readonly path: string
  /** The function that made it: `Conv2d`. */
  readonly kind: string
  /** The options that tell layers of a kind apart: `3×3 s2 64→128`. */
  readonly detail: string
  /** Shape of its input, batch included. */
  readonly inputShape: readonly number[]
  /** Shape of its result, batch included. */
  readonly outputShape: readonly number[]
  /** Parameters of the layer itself, without those of modules inside it; 0 where it runs a second time. */
  readonly parameters: number
  /** How many of the parameters are not frozen. */
  readonly trainable: number
  /** Whether it has parameters and all of them are frozen. */
  readonly frozen: boolean
  /** Multiply-accumulates of convolutions and matrix products, for the whole batch. */
  readonly macs: number
  /** One field a spatial axis of the input; null where every value sees all of it. */
  readonly receptiveField: readonly ReceptiveField[] | null
}

/** What `summary` finds out. */
export interface Summary {
  /** The layers in the order in which they run. */
  readonly rows: readonly SummaryRow[]
  /** Parameters of the whole model, frozen ones included. */
  readonly parameters: number
  /** Parameters that are not frozen. */
  readonly trainable: number
  /** Multiply-accumulates of all layers, for the whole batch. */
  readonly macs: number
  /** Shape of the model's result, batch included. */
  readonly outputShape: readonly number[]
  /** The table. */
  toString(): string
}

/** Layers whose state carries what was seen along the whole sequence. */
const remembering: readonly string[] = ['LSTM', 'GRU']

/**
 * Runs `model` dry on an input of `shape`, batch included, in evaluation mode. `dtype` is that of the input: 'int32' for
 * tokens.
 *
 * @example
 * const model = nn.Sequential(nn.Conv2d({ in: 3, out: 8, kernel: 3 }), relu, nn.GlobalAveragePool(), nn.Linear({ in: 8, out: 2 }))
 * const table = nn.summary(model, [1, 16, 16, 3])
 * table.parameters  // 242
 * table.macs  // 42352
 * table.rows[0].receptiveField[0].size  // 3
 */
export function summary(
  model: Module,
  shape: readonly number[],
  options: {
    /** The dtype of the input: 'float32' when not given. */
    readonly dtype?: 'float32' | 'int32' | undefined
  } = {},
): Summary {
  checkShape('summary', shape)
  const { dtype = 'float32' } = options
  const fields = traceFields()
  let macs = 0
  const backend = createDryBackend(({ kernel, spec }) => {
    macs += macsOf(kernel, spec)
  })
  const rows: SummaryRow[] = []
  const counted = new Set<AnyModule>()
  const open: { readonly start: number; inside: number }[] = []
  const stop = model.observe({
    enter: () => open.push({ start: macs, inside: 0 }),
    leave: ({ path, module, inputs, output }) => {
      const { start, inside } = open.pop()!
      const above = open.at(-1)
      if (above !== undefined) above.inside += macs - start
      const made = tensorsIn(output, isTensor)
      if (remembering.includes(module.kind)) for (const { storage } of made) fields.widen(storage.buffer)
      const own = Object.values(module[inner].slots).filter(({ role }) => role === 'parameter')
      const work = macs - start - inside
      if (Object.keys(module.children).length > 0 && own.length === 0 && work === 0) return
      const fresh = counted.has(module) ? [] : own
      counted.add(module)
      rows.push({
        ...{ path, kind: module.kind, detail: detailOf(module.options), macs: work },
        parameters: countOf(fresh),
        trainable: countOf(fresh.filter(({ frozen }) => !frozen)),
        inputShape: shapeOf(inputs),
        outputShape: shapeOf(made),
        frozen: own.length > 0 && own.every(({ frozen }) => frozen),
        receptiveField: made.length === 0 ? null : (fields.fieldOf(made[0].storage.buffer) ?? null),
      })
    },
  })
  try {
    const outputShape = inEvaluation(model, () =>
      withBackend(backend, () =>
        withoutGradients(() =>
          scopedShape(() => {
            const x = zeros(shape, dtype)
            fields.begin(x.storage.buffer, dtype === 'int32' ? shape.slice(1) : shape.slice(1, -1), shape[0])
            return whileWatching(fields.follow, () => model(x))
          }),
        ),
      ),
    )
    const parameters = model.parameterCount()
    const found = { rows, parameters, trainable: trainableCount(model), macs, outputShape }
    return {
      ...found,
      toString: () => tableOf(found),
      [Symbol.for('nodejs.util.inspect.custom')]: () => tableOf(found),
    } as Summary
  } finally {
    stop()
  }
}

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

const shapeOf = (values: readonly unknown[]): readonly number[] => values.find(isTensor)?.shape ?? []

const scopedShape = (run: () => Tensor): readonly number[] => {
  let shape: readonly number[] = []
  scope(() => {
    shape = run().shape
  })
  return shape
}

const shown: Readonly<Record<string, (value: unknown) => string>> = {
  kernel: (value) => (Array.isArray(value) ? value.join('×') : `k${value}`),
  stride: (value) => `s${Array.isArray(value) ? value.join('×') : value}`,
  dilation: (value) => `d${Array.isArray(value) ? value.join('×') : value}`,
  groups: (value) => `g${value}`,
  hidden: (value) => `hidden ${value}`,
  heads: (value) => `${value} heads`,
  rate: (value) => `${value}`,
  size: (value) => `${value}`,
}

function detailOf(options: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(shown).flatMap(([name, print]) =>
    options[name] === undefined || options[name] === 1 ? [] : [print(options[name])],
  )
  if (options['in'] !== undefined && options['out'] !== undefined) parts.push(`${options['in']}→${options['out']}`)
  return parts.join(' ')
}

function tableOf({ rows, parameters, trainable, macs }: Omit<Summary, 'toString'>): string {
  const field = ({ receptiveField }: SummaryRow): string =>
    receptiveField === null
      ? 'all'
      : receptiveField.length === 0
        ? ''
        : receptiveField.map(({ size }) => size).join('×')
  const header = ['layer', 'kind', '', 'output', 'parameters', 'MACs', 'receptive field']
  const lines = rows.map((row) => [
    row.path,
    row.kind,
    row.detail,
    showShape(row.outputShape),
    row.parameters === 0
      ? ''
      : `${thousands(row.parameters)}${row.frozen ? ' (frozen)' : row.trainable < row.parameters ? ` (${thousands(row.trainable)} to train)` : ''}`,
    row.macs === 0 ? '' : thousands(row.macs),
    field(row),
  ])
  const widths = header.map((title, i) => Math.max(title.length, largestOf(lines.map((line) => line[i].length))))
  const numeric = (i: number): boolean => i >= 4
  const print = (line: readonly string[]): string =>
    line
      .map((cell, i) => (numeric(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  const rule = '─'.repeat(widths.reduce((total, width) => total + width + 2, -2))
  const total = `${counted(parameters, 'parameter')}${trainable === parameters ? '' : `, ${thousands(trainable)} to train`}; ${counted(macs, 'MAC')}`
  return [print(header), rule, ...lines.map(print), rule, total].join('\n')
}
