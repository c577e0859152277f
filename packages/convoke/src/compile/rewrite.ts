// A program while it is rewritten: who makes and who reads each value is known at every moment.

import type { Cell, Program, Step } from './program.ts'

export class Rewriter {
  readonly program: Program
  readonly #slots: (Step | null)[]
  readonly #places = new Map<Step, number>()
  readonly #readers = new Map<Cell, Set<Step>>()
  readonly #writers = new Map<Cell, Set<Step>>()
  readonly #outputs: ReadonlySet<Cell>

  constructor(program: Program) {
    this.program = program
    this.#outputs = new Set(program.outputs)
    this.#slots = [...program.steps]
    program.steps.forEach((step, place) => {
      this.#add(step, place)
    })
  }

  #add(step: Step, place: number): void {
    this.#slots[place] = step
    this.#places.set(step, place)
    for (const cell of step.inputs) setOf(this.#readers, cell).add(step)
    for (const cell of step.outputs) setOf(this.#writers, cell).add(step)
  }

  #remove(step: Step): void {
    this.#slots[this.placeOf(step)] = null
    this.#places.delete(step)
    for (const cell of step.inputs) this.#readers.get(cell)?.delete(step)
    for (const cell of step.outputs) this.#writers.get(cell)?.delete(step)
  }

  /** The steps as they stand now. What changes meanwhile is not in the list. */
  steps(): Step[] {
    return this.#slots.filter((step) => step !== null)
  }

  has(step: Step): boolean {
    return this.#places.has(step)
  }

  placeOf(step: Step): number {
    return this.#places.get(step) as number
  }

  readersOf(cell: Cell): readonly Step[] {
    return [...(this.#readers.get(cell) ?? [])]
  }

  /** Who makes a value, where it is made by one step alone. */
  makerOf(cell: Cell): Step | undefined {
    const writers = this.#writers.get(cell)
    if (writers?.size !== 1) return undefined
    const [writer] = writers
    return writer
  }

  isOutput(cell: Cell): boolean {
    return this.#outputs.has(cell)
  }

  /** The only step that reads a value, where that is all there is to it. */
  nextOf(cell: Cell): Step | undefined {
    const readers = this.readersOf(cell)
    return readers.length === 1 && !this.isOutput(cell) && this.makerOf(cell) !== undefined ? readers[0] : undefined
  }

  /** Puts `made` in the place of the last of `steps`, all of which go. What it reads is there by then. */
  replace(steps: readonly Step[], made: Step): void {
    const place = steps.reduce((last, step) => Math.max(last, this.placeOf(step)), -1)
    for (const step of steps) this.#remove(step)
    this.#add(made, place)
  }

  finish(): Program {
    return { ...this.program, steps: this.steps() }
  }
}

function setOf(map: Map<Cell, Set<Step>>, cell: Cell): Set<Step> {
  const known = map.get(cell)
  if (known !== undefined) return known
  const made = new Set<Step>()
  map.set(cell, made)
  return made
}
