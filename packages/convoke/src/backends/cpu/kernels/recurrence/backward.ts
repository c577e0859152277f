// The program of a task backward: its rows of the batch, from the step taken last to the first.

import { gatesOf, type RecurrenceSpec } from '../../../backend.ts'
import { type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { cells, keptOfStep } from './cells.ts'
import { type StateRow, stateRow } from './layout.ts'
import { emitProduct, type StepProduct } from './product.ts'
import { emitCopy, emitRows, emitZeros, multiplesOf } from './rows.ts'

/** Rows of the bias, in units of `hidden`: of an LSTM's gates, or a GRU's and its product behind the reset gate. */
export const biasUnits = 4

export interface BackwardShape {
  readonly kind: RecurrenceSpec['kind']
  readonly rows: number
  readonly hidden: number
  readonly product: StepProduct
}

/**
 * The gradient of the products of a row; of its state by the products, of the rest of it (the cell, or what goes straight to the
 * state before); of the bias, up to the step.
 */
export const backwardRow = (
  kind: RecurrenceSpec['kind'],
  hidden: number,
): StateRow<'products' | 'hidden' | 'rest' | 'bias'> =>
  stateRow({ products: gatesOf(kind) * hidden, hidden, rest: hidden, bias: biasUnits * hidden })

export const backwardProgram = (target: Target, { kind, rows, hidden, product }: BackwardShape): Program =>
  vectorProgram(`${kind} gradient ${product.tiles[0].size}x${product.panels[0].size}`, target, (b) => {
    const { at: within, pitch } = backwardRow(kind, hidden)
    const unit = 4 * hidden
    const walk = { rows, hidden }
    const gru = kind === 'gru'
    const state = (at: number) => ({ pointer: b.pointer('state'), pitch, at })
    const outside = (name: string) => ({ pointer: b.pointer(name), pitch: unit })
    const biasWalk = { rows, hidden: biasUnits * hidden }
    emitCopy(b, walk, outside('lastHidden'), state(within.hidden))
    if (gru) emitZeros(b, walk, state(within.rest))
    else emitCopy(b, walk, outside('lastCell'), state(within.rest))
    emitZeros(b, biasWalk, state(within.bias))
    const [given, saved, toShares] = [b.pointer('given'), b.pointer('saved'), b.pointer('toShares')]
    const toProducts = gru ? b.pointer('toProducts') : undefined
    b.loop(b.integer('steps'), () => {
      const [g, k, a, s] = [b.offset(given, 0), b.offset(saved, 0), b.offset(toShares, 0), b.pointer('state')]
      const p = toProducts === undefined ? undefined : b.offset(toProducts, 0)
      const pointers = [
        { pointer: g, pitch: 'givenRow' },
        { pointer: k, pitch: 'savedRow', ahead: multiplesOf(unit, keptOfStep) },
        { pointer: a, pitch: 'sharesRow' },
        { pointer: s, pitch },
        ...(p === undefined ? [] : [{ pointer: p, pitch: 'sharesRow' }]),
      ]
      emitRows(b, { ...walk, pointers }, (tail) => {
        cells[kind].backward(b, {
          arriving: () => {
            const total = b.add(b.load(g, 0, tail), b.load(s, within.hidden, tail))
            return gru ? b.add(total, b.load(s, within.rest, tail), total) : total
          },
          cellGradient: () => b.load(s, within.rest, tail),
          kept: (index) => b.load(k, index * unit, tail),
          pass: (gate, value, inProduct = value) => {
            b.store(a, gate * unit, value, tail)
            b.store(s, within.products + gate * unit, inProduct, tail)
            if (p !== undefined) b.store(p, gate * unit, inProduct, tail)
            const addToBias = (index: number, part: Vector): void => {
              const at = within.bias + index * unit
              b.store(s, at, b.add(part, b.load(s, at, tail)), tail)
            }
            addToBias(gate, value)
            if (inProduct !== value) addToBias(biasUnits - 1, inProduct)
          },
          setCellGradient: (value) => b.store(s, within.rest, value, tail),
          setDirect: (value) => b.store(s, within.rest, value, tail),
        })
      })
      emitProduct(b, product)
      b.advance(given, b.integer('givenStep'))
      b.advance(saved, b.integer('savedStep'))
      b.advance(toShares, b.integer('sharesStep'))
      if (toProducts !== undefined) b.advance(toProducts, b.integer('sharesStep'))
    })
    if (gru) {
      const [s, to] = [b.pointer('state'), b.pointer('toHidden')]
      const pointers = [
        { pointer: s, pitch },
        { pointer: to, pitch: unit },
      ]
      emitRows(b, { ...walk, pointers }, (tail) =>
        b.store(to, 0, b.add(b.load(s, within.hidden, tail), b.load(s, within.rest, tail)), tail),
      )
    } else {
      emitCopy(b, walk, state(within.hidden), outside('toHidden'))
      emitCopy(b, walk, state(within.rest), outside('toCell'))
    }
    emitCopy(b, biasWalk, state(within.bias), { pointer: b.pointer('toBias'), pitch: biasUnits * unit })
  })
