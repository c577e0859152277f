// The program of a task forward: its rows of the batch, all steps.

import { gatesOf, type RecurrenceSpec } from '../../../backend.ts'
import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { cells } from './cells.ts'
import { type StateRow, stateRow } from './layout.ts'
import { emitProduct, type StepProduct } from './product.ts'
import { emitCopy, emitRows, multiplesOf } from './rows.ts'

export interface ForwardShape {
  readonly kind: RecurrenceSpec['kind']
  readonly rows: number
  readonly hidden: number
  readonly training: boolean
  readonly product: StepProduct
}

/** The products of a row, and its state. */
export const forwardRow = (kind: RecurrenceSpec['kind'], hidden: number): StateRow<'products' | 'hidden' | 'cell'> =>
  stateRow({ products: gatesOf(kind) * hidden, hidden, cell: kind === 'lstm' ? hidden : 0 })

export const forwardProgram = (target: Target, { kind, rows, hidden, training, product }: ForwardShape): Program =>
  vectorProgram(`${kind} ${product.tiles[0].size}x${product.panels[0].size}`, target, (b) => {
    const { at: within, pitch } = forwardRow(kind, hidden)
    const unit = 4 * hidden
    const walk = { rows, hidden }
    const state = (at: number) => ({ pointer: b.pointer('state'), pitch, at })
    const outside = (name: string) => ({ pointer: b.pointer(name), pitch: unit })
    emitCopy(b, walk, outside('firstHidden'), state(within.hidden))
    if (kind === 'lstm') emitCopy(b, walk, outside('firstCell'), state(within.cell))
    const [shares, output] = [b.pointer('shares'), b.pointer('output')]
    const saved = training ? b.pointer('saved') : undefined
    b.loop(b.integer('steps'), () => {
      emitProduct(b, product)
      const [a, y, s] = [b.offset(shares, 0), b.offset(output, 0), b.pointer('state')]
      const k = saved === undefined ? undefined : b.offset(saved, 0)
      const bias = b.pointer('bias')
      const pointers = [
        { pointer: a, pitch: 'sharesRow', ahead: multiplesOf(unit, gatesOf(kind)) },
        { pointer: y, pitch: 'outputRow' },
        { pointer: s, pitch },
        { pointer: bias, pitch: 0 },
        ...(k === undefined ? [] : [{ pointer: k, pitch: 'savedRow' }]),
      ]
      emitRows(b, { ...walk, pointers }, (tail) => {
        cells[kind].forward(b, {
          share: (gate) => b.load(a, gate * unit, tail),
          product: (gate) => b.load(s, within.products + gate * unit, tail),
          bias: (gate) => b.load(bias, gate * unit, tail),
          hidden: () => b.load(s, within.hidden, tail),
          cell: () => b.load(s, within.cell, tail),
          keep: (index, value) => {
            if (k !== undefined) b.store(k, index * unit, value, tail)
          },
          setHidden: (value) => {
            b.store(s, within.hidden, value, tail)
            b.store(y, 0, value, tail)
          },
          setCell: (value) => b.store(s, within.cell, value, tail),
        })
      })
      b.advance(shares, b.integer('sharesStep'))
      b.advance(output, b.integer('outputStep'))
      if (saved !== undefined) b.advance(saved, b.integer('savedStep'))
    })
    emitCopy(b, walk, state(within.hidden), outside('lastHidden'))
    if (kind === 'lstm') emitCopy(b, walk, state(within.cell), outside('lastCell'))
  })
