// The values of a program as ONNX has them: every one in each form that somebody asked for.

import type { Cell } from '../../compile/program.ts'
import type { OnnxValues } from '../../formats/onnx/model.ts'
import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import type { Storage } from '../../tensor/storage.ts'
import { type Order, plainOrder } from '../value.ts'
import { permuted } from '../weights.ts'
import type { Draft } from './draft.ts'
import { convert, dimsOf, type Form, isPlain, refinement, sameList } from './form.ts'

export class Cells {
  readonly draft: Draft
  readonly #forms = new Map<Cell, Form[]>()
  readonly #names: ReadonlyMap<Storage, string>
  readonly #numbers = new Map<Cell, ArrayLike<number>>()

  /** `names` are those of weights. */
  constructor(draft: Draft, names: ReadonlyMap<Storage, string>) {
    this.draft = draft
    this.#names = names
  }

  put(cell: Cell, form: Form): void {
    const forms = this.#forms.get(cell)
    if (forms === undefined) this.#forms.set(cell, [form])
    else forms.push(form)
  }

  /** The forms that there are; one at least where the value depends on the input. */
  formsOf(cell: Cell): readonly Form[] {
    return this.#forms.get(cell) ?? []
  }

  /** Its first form; a constant lies flat. */
  formOf(cell: Cell): Form {
    const [first] = this.formsOf(cell)
    return first ?? { name: this.as(cell, [cell.length]), shape: [cell.length], order: [0] }
  }

  isConstant(cell: Cell): boolean {
    return cell.constant !== undefined
  }

  /** The numbers of a constant. */
  numbersOf(cell: Cell): ArrayLike<number> {
    const known = this.#numbers.get(cell)
    if (known !== undefined) return known
    if (cell.constant === undefined)
      throw this.draft.refusal('needs numbers that are only known when the network runs.')
    const numbers = cell.constant.dataSync()
    this.#numbers.set(cell, numbers)
    return numbers
  }

  /** The number that a constant holds everywhere; undefined where there are several, or none. */
  uniform(cell: Cell): number | undefined {
    if (cell.constant === undefined || cell.length === 0) return undefined
    const numbers = this.numbersOf(cell)
    for (let i = 1; i < numbers.length; i++) if (!Object.is(numbers[i], numbers[0])) return undefined
    return numbers[0]
  }

  /** The name of the value with these lengths in memory, its axes in `order`. */
  as(cell: Cell, shape: readonly number[], order: Order = plainOrder(shape.length), hint = 'constant'): string {
    const forms = this.formsOf(cell)
    const found = forms.find((form) => sameList(form.shape, shape) && sameList(form.order, order))
    if (found !== undefined) return found.name
    const made: Form =
      cell.constant === undefined
        ? convert(this.draft, this.#nearest(forms, shape, order), shape, order)
        : { shape, order, name: this.#written(cell, shape, order, hint) }
    this.put(cell, made)
    return made.name
  }

  /** The form from which the fewest nodes lead there. */
  #nearest(forms: readonly Form[], shape: readonly number[], order: Order): Form {
    if (forms.length === 0) throw this.draft.refusal('reads a value that no kernel has written.')
    const cost = (form: Form): number => {
      if (sameList(form.shape, shape)) return sameList(form.order, order) ? 0 : 2
      const fine = refinement(form.shape, shape)
      if (fine === null) return isPlain(form.order) ? 3 : 6
      const now = form.order.flatMap((axis) => fine.mine[axis])
      const wanted = order.flatMap((axis) => fine.others[axis])
      return sameList(now, wanted) ? 1 : 4
    }
    return forms.reduce((best, form) => (cost(form) < cost(best) ? form : best))
  }

  #written(cell: Cell, shape: readonly number[], order: Order, hint: string): string {
    const { draft } = this
    const known = cell.constant === undefined ? undefined : this.#names.get(cell.constant.storage)
    const name = known ?? (draft.path === '' ? hint : `${draft.path}.${hint}`)
    const values = (): OnnxValues => {
      const numbers = this.numbersOf(cell)
      if (cell.dtype === 'float32') return isPlain(order) ? Float32Array.from(numbers) : permuted(numbers, shape, order)
      const moved = wholes(numbers, shape, order)
      return cell.dtype === 'int32' ? Int32Array.from(moved) : Uint8Array.from(moved)
    }
    return draft.constant(name, cell.dtype, dimsOf(shape, order), values, known === undefined ? 'numbers' : 'weight')
  }

  /** Whether it belongs to the state of the network. */
  isWeight(cell: Cell): boolean {
    return cell.constant !== undefined && this.#names.has(cell.constant.storage)
  }

  /** A form in which `length` elements `inner` apart are one axis, and where that axis is in the value. */
  along(
    cell: Cell,
    { outer, length, inner }: { outer: number; length: number; inner: number },
  ): {
    readonly form: Form
    /** Of the buffer. */
    readonly axis: number
    /** Of the value. */
    readonly at: number
  } {
    for (const form of this.formsOf(cell)) {
      const axis = form.shape.findIndex(
        (size, i) =>
          size === length && sizeOf(form.shape.slice(0, i)) === outer && sizeOf(form.shape.slice(i + 1)) === inner,
      )
      if (axis >= 0) return { form, axis, at: form.order.indexOf(axis) }
    }
    const shape = [outer, length, inner]
    const form: Form = { name: this.as(cell, shape), shape, order: [0, 1, 2] }
    return { form, axis: 1, at: 1 }
  }
}

/** Whole numbers with their axes in another order. */
function wholes(numbers: ArrayLike<number>, shape: readonly number[], order: Order): ArrayLike<number> {
  if (isPlain(order)) return numbers
  const [strides, dims] = [stridesOf(shape), dimsOf(shape, order)]
  const steps = order.map((axis) => strides[axis])
  return Array.from({ length: numbers.length }, (_, i) => {
    let [rest, at] = [i, 0]
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += (rest % dims[axis]) * steps[axis]
      rest = Math.floor(rest / dims[axis])
    }
    return numbers[at]
  })
}
