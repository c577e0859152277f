// Operators that run graphs: once, or once for every step. Definitions: ONNX If, Loop, Scan and SequenceMap.

import { withBackend } from '../../backends/current.ts'
import type { OnnxGraph } from '../../formats/onnx/model.ts'
import * as ops from '../../ops/index.ts'
import { fromData, full } from '../../tensor/create.ts'
import { type Call, nameOf, type Operator } from '../call.ts'
import { dtypeOf, type ElementType } from '../element-type.ts'
import { hostBackend, type Item, Sequence, Value } from '../value.ts'
import { neverEnds } from './endless.ts'
import { wholeNumbers } from './shapes.ts'

/** A count beyond it is taken for none. */
const mostTrips = 10_000_000

/** Turns of a loop that has no count: more are taken for a loop without end. */
const mostUncounted = 1_000_000

/** Elements that the steps of a loop may pile up: 1 GiB of float32. */
const mostGathered = 2 ** 28

const disposeItem = (item: Item): void => {
  const values = item instanceof Value ? [item] : (item?.items ?? [])
  for (const value of values) value.dispose()
}

/** Small values that all lie on the host stay there. */
const together = <T>(values: readonly Value[], make: () => T): T =>
  values.length > 0 && values.every(({ onHost }) => onHost) ? withBackend(hostBackend(), make) : make()

/** What the steps of a loop give, one after another. */
class Gathered {
  readonly #call: Call
  readonly #graph: OnnxGraph
  readonly #output: number
  readonly values: Value[] = []
  #elements = 0

  constructor(call: Call, graph: OnnxGraph, output: number) {
    this.#call = call
    this.#graph = graph
    this.#output = output
  }

  add(item: Item): void {
    const call: Call = this.#call
    call.require(
      item instanceof Value,
      () => `output ${this.#output} of its graph is not a tensor; only tensors are gathered.`,
    )
    const [first] = this.values
    call.require(
      first === undefined || (first.shape.join() === item.shape.join() && first.type === item.type),
      () => `output ${this.#output} of its graph is ${item} after ${first}; it must stay the same.`,
    )
    // A step takes some memory of its own even where it gives a single number.
    this.#elements += item.size + 256
    call.require(
      this.#elements <= mostGathered,
      () => `its steps give more than ${mostGathered} numbers, which is the limit.`,
    )
    this.values.push(item)
  }

  /** Along a new axis, the last step first where `reverse`. */
  whole(axis = 0, reverse = false): Value {
    const { values } = this
    if (values.length === 0) return this.#nothing(axis)
    const list = reverse ? [...values].reverse() : values
    const at = this.#call.axis(axis, values[0].rank + 1)
    return together(list, () =>
      Value.of(
        ops.stack(
          list.map(({ plain }) => plain),
          at,
        ),
        values[0].type,
      ),
    )
  }

  /** Of no steps, as far as the graph says what there would be. */
  #nothing(axis: number): Value {
    const said = this.#graph.outputs[this.#output]?.type
    const [lengths, type] = said?.kind === 'tensor' ? [said.shape ?? [], said.type] : [[], 'float32']
    const shape = lengths.map((length) => (typeof length === 'number' ? length : 0))
    const at = this.#call.axis(axis, shape.length + 1)
    return Value.of(full(shape.toSpliced(at, 0, 0), 0, dtypeOf(type as ElementType)), type as ElementType)
  }
}

function choose(call: Call): Item[] {
  const condition = call.value(0)
  call.require(condition.size === 1, () => `the condition ${condition} must be one truth value.`)
  const branches = { yes: call.body('then_branch'), no: call.body('else_branch') }
  const { backend } = condition.tensor.storage
  if (backend.assume === undefined) return call.run(condition.numbers()[0] !== 0 ? branches.yes : branches.no, [])
  const longer = branches.no.nodes.length > branches.yes.nodes.length ? 'no' : 'yes'
  backend.assume(`the condition of ${nameOf(call.node)} is ${longer === 'yes'}`)
  return call.run(branches[longer], [])
}

function loop(call: Call): Item[] {
  const body = call.body('body')
  const [limit, condition] = [call.numbers(0)?.[0], call.optional(1)]
  const trips = limit ?? Number.POSITIVE_INFINITY
  const initial = call.inputs.slice(2)
  call.require(
    body.inputs.length === initial.length + 2 && body.outputs.length >= initial.length + 1,
    () =>
      `its graph has ${body.inputs.length} inputs and ${body.outputs.length} outputs for ${initial.length} carried values.`,
  )
  call.require(condition !== null || trips <= mostTrips, () => endless(limit))
  const first = initial.length + 1
  const gathered = body.outputs.slice(first).map((_, i) => new Gathered(call, body, first + i))
  let carried: readonly Item[] = initial
  let running = condition === null || condition.numbers()[0] !== 0
  const watch = neverEnds(body)
  for (let trip = 0; trip < trips && running; trip++) {
    call.require(trips <= mostTrips || trip < mostUncounted, () => endless(limit))
    const again = withBackend(hostBackend(), () => Value.of(fromData([1], [], 'bool'), 'bool'))
    const counter = wholeNumbers([trip], [])
    const results = call.run(body, [counter, again, ...carried])
    counter.dispose()
    again.dispose()
    const [wanted] = results
    call.require(
      wanted instanceof Value && wanted.size === 1,
      () => 'the condition that its graph gives must be one truth value.',
    )
    running = condition === null || wanted.numbers()[0] !== 0
    disposeItem(wanted)
    const next = results.slice(1, first)
    call.require(!running || trips <= mostTrips || !watch(trip, next), () => endless(limit))
    if (trip > 0) carried.forEach(disposeItem)
    carried = next
    gathered.forEach((list, i) => {
      list.add(results[first + i])
    })
  }
  return [...carried, ...gathered.map((list) => list.whole())]
}

const endless = (limit: number | undefined): string =>
  `it runs without end${limit === undefined ? '' : `, or ${limit} times`}. The limit is ${mostTrips} iterations of a loop with a count, or ${mostUncounted} without one.`

/** Element `at` of an axis, without it. */
function elementAt(x: Value, axis: number, at: number): Value {
  return together([x], () => {
    const ranges = x.shape.map((_, i) => (i === axis ? { start: at, stop: at + 1 } : {}))
    return Value.of(ops.squeeze(ops.slice(x.plain, ranges), axis), x.type)
  })
}

interface Scanned {
  readonly states: readonly Item[]
  readonly inputs: readonly Value[]
  readonly axes: readonly number[]
  readonly steps: number
  readonly backwards: readonly number[]
}

function scanned(
  call: Call,
  body: OnnxGraph,
  { states, inputs, axes, steps, backwards }: Scanned,
): [readonly Item[], Gathered[]] {
  const count = states.length
  call.require(
    body.inputs.length === count + inputs.length && body.outputs.length >= count,
    () =>
      `its graph has ${body.inputs.length} inputs and ${body.outputs.length} outputs for ${count} states and ${inputs.length} inputs.`,
  )
  const gathered = body.outputs.slice(count).map((_, i) => new Gathered(call, body, count + i))
  let current = states
  for (let step = 0; step < steps; step++) {
    const elements = inputs.map((x, i) => elementAt(x, axes[i], backwards[i] === 1 ? steps - 1 - step : step))
    const results = call.run(body, [...current, ...elements])
    elements.forEach(disposeItem)
    if (step > 0) current.forEach(disposeItem)
    current = results.slice(0, count)
    gathered.forEach((list, i) => {
      list.add(results[count + i])
    })
  }
  return [current, gathered]
}

/** Numbers that come one for each of so many, 0 where none are given. */
function oneEach(call: Call, name: string, count: number): readonly number[] {
  const given = call.ints(name) ?? Array<number>(count).fill(0)
  call.require(given.length === count, () => `${name} has ${given.length} numbers for ${count}.`)
  return given
}

function scan(call: Call): Item[] {
  const body = call.body('body')
  const items = call.version < 9 ? call.inputs.slice(1) : call.inputs
  const count = call.int('num_scan_inputs')
  const known = count >= 0 && count <= items.length
  call.require(known, () => `num_scan_inputs is ${count}; there are ${items.length} inputs.`)
  const first = call.inputs.length - count
  const inputs = items.slice(items.length - count).map((_, i) => call.value(first + i))
  const states = items.slice(0, items.length - count)
  return call.version < 9 ? batches(call, body, states, inputs) : single(call, body, states, inputs)
}

function lengthAlong(call: Call, inputs: readonly Value[], axes: readonly number[]): number {
  const [steps = 0, ...others] = inputs.map((x, i) => x.shape[axes[i]])
  call.require(
    others.every((length) => length === steps),
    () => `the inputs have ${[steps, ...others].join(', ')} steps; it must be one number.`,
  )
  return steps
}

function single(call: Call, body: OnnxGraph, states: readonly Item[], inputs: readonly Value[]): Item[] {
  const axes = oneEach(call, 'scan_input_axes', inputs.length).map((axis, i) => call.axis(axis, inputs[i].rank))
  const steps = lengthAlong(call, inputs, axes)
  const backwards = oneEach(call, 'scan_input_directions', inputs.length)
  const outputs = body.outputs.length - states.length
  const [outputAxes, prepend] = ['scan_output_axes', 'scan_output_directions'].map((name) =>
    oneEach(call, name, outputs),
  )
  const [last, gathered] = scanned(call, body, { states, inputs, axes, steps, backwards })
  return [...last, ...gathered.map((list, i) => list.whole(outputAxes[i], prepend[i] === 1))]
}

/** Operator set 8: every example of a batch by itself, to a length of its own. */
function batches(call: Call, body: OnnxGraph, states: readonly Item[], inputs: readonly Value[]): Item[] {
  const tensors = states.map((state) => (state instanceof Value ? state : call.refuse('its states must be tensors.')))
  call.require(
    inputs.length > 0 && inputs.every(({ rank }) => rank >= 2) && tensors.every(({ rank }) => rank >= 1),
    () => 'its inputs must be [batch, steps, …], its states [batch, …].',
  )
  const [batch] = inputs[0].shape
  const most = lengthAlong(
    call,
    inputs,
    inputs.map(() => 1),
  )
  const lengths = call.numbers(0) ?? Array<number>(batch).fill(most)
  call.require(
    batch > 0 && lengths.length === batch && lengths.every((length) => length >= 0 && length <= most),
    () => `the lengths are ${lengths.join(', ')}; there must be ${batch}, from 0 to ${most}.`,
  )
  const backwards = oneEach(call, 'directions', inputs.length)
  const runs = lengths.map((steps, example) => {
    const own = (x: Value): Value => elementAt(x, 0, example)
    const axes = inputs.map(() => 0)
    const [last, gathered] = scanned(call, body, {
      states: tensors.map(own),
      inputs: inputs.map(own),
      axes,
      steps,
      backwards,
    })
    return [...last.map((item) => item as Value), ...gathered.map((list) => filled(list.whole(), most))]
  })
  return runs[0].map(({ type }, i) => Value.of(ops.stack(runs.map((run) => run[i].plain)), type))
}

/** Zeros behind the last step. */
function filled(x: Value, steps: number): Value {
  const after = x.shape.map((length, axis): [number, number] => [0, axis === 0 ? steps - length : 0])
  return Value.of(ops.cast(ops.pad(x.plain, after), x.plain.dtype), x.type)
}

function sequenceMap(call: Call): Item[] {
  const body = call.body('body')
  const { items } = call.sequence(0)
  const others = call.inputs.slice(1)
  for (const other of others) {
    call.require(
      !(other instanceof Sequence) || other.items.length === items.length,
      () => `the sequences have ${items.length} items and ${(other as Sequence).items.length}.`,
    )
  }
  const results = items.map((item, i) =>
    call.run(body, [item, ...others.map((other) => (other instanceof Sequence ? other.items[i] : other))]),
  )
  return body.outputs.map(
    (_, output) =>
      new Sequence(
        results.map((list) => {
          const value = list[output]
          return value instanceof Value ? value : call.refuse(`output ${output} of its graph is not a tensor.`)
        }),
      ),
  )
}

export const control: Readonly<Record<string, Operator>> = {
  ...{ If: choose, Loop: loop, Scan: scan, SequenceMap: sequenceMap },
}
