// A graph model of TensorFlow.js as an ONNX graph: each node by its rule, branches as If, loops as Loop, functions where they are called.

import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../../formats/onnx/model.ts'
import type { TfjsFunction, TfjsNode, TfjsOutput, TfjsTensor } from '../../formats/tfjs/index.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { deepest } from '../bodies.ts'
import { type Builder, type Held, plainly, tfDomain } from './builder.ts'
import { Context, type Rule } from './context.ts'
import { attributesOf, isText } from './foreign.ts'
import { cycle, type Region, Regions } from './regions.ts'
import { rules } from './rules/index.ts'
import { spectralRules } from './rules/spectral.ts'

/** Nodes that run together: the graph, a branch, the body of a loop. */
interface Scope {
  readonly region: Region
  readonly parent: Scope | null
  readonly nodes: OnnxNode[]
  readonly values: Map<string, readonly Held[]>
  readonly open: Set<string>
}

export interface Whole {
  readonly b: Builder
  readonly functions: ReadonlyMap<string, TfjsFunction>
  readonly constants: ReadonlyMap<string, TfjsTensor>
}

/** Names of the outputs of operators, as functions name them. */
const outputNames: Readonly<Record<string, readonly string[]>> = {
  ...{ TopKV2: ['values', 'indices'], Unique: ['y', 'idx'], UniqueV2: ['y', 'idx'], ListDiff: ['out', 'idx'] },
  ...{ Switch: ['output_false', 'output_true'], Merge: ['output', 'value_index'], TensorArrayV3: ['handle', 'flow'] },
  ...{ TensorListPopBack: ['output_handle', 'tensor'], TensorListConcat: ['tensor', 'lengths'] },
  ...{ TensorListConcatV2: ['tensor', 'lengths'], TensorArrayConcatV3: ['value', 'lengths'] },
  NonMaxSuppressionV4: ['selected_indices', 'valid_outputs'],
  NonMaxSuppressionV5: ['selected_indices', 'selected_scores', 'valid_outputs'],
  ...{ MaxPoolWithArgmax: ['output', 'argmax'], FusedBatchNormV3: ['y', 'batch_mean', 'batch_variance'] },
}

const passing = new Set(
  `Identity StopGradient Snapshot Print PreventGradient EnsureShape CheckNumerics PlaceholderWithDefault NextIteration LoopCond
  Enter ReadVariableOp`.split(/\s+/),
)
const calls = new Set(['PartitionedCall', 'StatefulPartitionedCall'])
const emptyGraph = { name: '', inputs: [], initializers: [], values: [] } as const

/** What else goes wrong in a rule comes of inputs or attributes that it was not made for: too few of them, of another kind. */
function explained<T>({ operator, name }: TfjsNode, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw new ConvokeError(
      `tfjs: ${operator} ${name}: its inputs or attributes are not what the operator takes (${error.message}).`,
      { cause: error },
    )
  }
}

export class Lowering {
  readonly #whole: Whole
  readonly #regions: Regions
  readonly #readers = new Map<string, number>()
  readonly #depth: number
  readonly #root: Scope

  /** `given` has values for placeholders or the arguments of a function. */
  constructor(
    whole: Whole,
    nodes: readonly TfjsNode[],
    given: ReadonlyMap<string, Held>,
    target: OnnxNode[],
    depth: number,
  ) {
    if (depth > deepest) throw new ConvokeError(`tfjs: function calls are nested more than ${deepest} deep.`)
    this.#whole = whole
    this.#depth = depth
    this.#regions = new Regions(nodes)
    for (const { inputs } of nodes)
      for (const { node } of inputs) this.#readers.set(node, (this.#readers.get(node) ?? 0) + 1)
    this.#root = scopeOf(this.#regions.root, null, target)
    for (const [name, held] of given) this.#root.values.set(name, [held])
  }

  /** The values of outputs. */
  outputs(wanted: readonly TfjsOutput[]): Held[] {
    for (const { node } of wanted) this.#readers.set(node, (this.#readers.get(node) ?? 0) + 1)
    return this.#get(wanted, this.#root)
  }

  #get(wanted: readonly TfjsOutput[], scope: Scope): Held[] {
    this.#emit(
      wanted.map(({ node }) => node),
      scope,
    )
    return wanted.map((output) => this.#value(output, scope))
  }

  /** The scope that a node runs in, as seen from another. */
  #scopeFor(name: string, scope: Scope): Scope {
    if (this.#root.values.has(name)) return this.#root
    const region = this.#regions.of(name)
    for (let at: Scope | null = scope; at !== null; at = at.parent) if (at.region === region) return at
    const node = this.#regions.byName.get(name)
    throw new ConvokeError(
      `tfjs: ${node?.operator ?? ''} ${name} is read outside of the branch or loop that it runs in. The file is damaged.`,
    )
  }

  #value({ node, output, index }: TfjsOutput, scope: Scope): Held {
    const values = this.#scopeFor(node, scope).values.get(node) ?? []
    const operator = this.#regions.byName.get(node)?.operator ?? ''
    const known = Object.hasOwn(outputNames, operator) ? outputNames[operator] : []
    const named = output === null ? -1 : known.indexOf(output)
    const found = values[Math.max(0, named) + index]
    if (found === undefined)
      throw new ConvokeError(
        `tfjs: ${operator} ${node} has no output ${output ?? ''}${output === null ? '' : ':'}${index}.`,
      )
    return found
  }

  /** Writes nodes and all that they need. Done with a list: networks are deeper than calls may be. */
  #emit(names: readonly string[], scope: Scope): void {
    const stack = names.map((name) => ({ name, at: this.#scopeFor(name, scope) }))
    for (let task = stack.at(-1); task !== undefined; task = stack.at(-1)) {
      const { name, at } = task
      if (at.values.has(name)) {
        stack.pop()
        continue
      }
      const node = this.#regions.byName.get(name)
      if (node === undefined) throw new ConvokeError(`tfjs: there is no node ${name}. The file is damaged.`)
      const before = this.#before(node)
        .map((input) => ({ name: input.node, at: this.#scopeFor(input.node, at) }))
        .filter((one) => !one.at.values.has(one.name))
      if (at.open.has(name)) {
        if (before.length > 0) throw cycle(node)
        stack.pop()
        this.#set(node, at)
        continue
      }
      at.open.add(name)
      for (const one of before) {
        // Open, and without a value: it waits for this one.
        if (one.at.open.has(one.name)) throw cycle(node)
        stack.push(one)
      }
    }
  }

  /** What a node reads at once; branches and loops are written when they are reached. */
  #before(node: TfjsNode): readonly TfjsOutput[] {
    if (node.operator === 'Exit') return []
    return node.operator === 'Merge' ? [this.#regions.joined(node).condition] : node.inputs
  }

  #set(node: TfjsNode, scope: Scope): void {
    const { b } = this.#whole
    b.at = node.name
    b.into(scope.nodes, () => {
      const values = explained(node, () => this.#made(node, scope))
      // What passes its input on leaves it where it was made.
      for (const held of values) held.home ??= scope.nodes
      scope.values.set(node.name, values)
    })
  }

  #made(node: TfjsNode, scope: Scope): readonly Held[] {
    const { b, constants } = this.#whole
    const { operator } = node
    if (operator === 'Const') {
      const constant = constants.get(node.name)
      if (constant === undefined)
        throw new ConvokeError(
          `tfjs: the constant ${node.name} is not among the weights. The file is damaged, or its shards are of another model.`,
        )
      return [{ plain: null, first: null, constant }]
    }
    if (operator === 'Exit') return this.#loop(node, scope)
    if (operator === 'Merge') return this.#merge(node, scope)
    const inputs = node.inputs.map((input) => this.#value(input, scope))
    if (operator === 'Switch') return [inputs[0], inputs[0]]
    if (operator === 'IdentityN') return inputs
    const c = new Context(node, inputs, b, (input) => this.#readers.get(node.inputs[input]?.node ?? '') ?? 0)
    if (passing.has(operator)) return [c.in(0)]
    if (operator === 'If' || operator === 'StatelessIf') return this.#choice(c, scope)
    if (operator === 'While' || operator === 'StatelessWhile') return this.#while(c, scope)
    if (calls.has(operator)) return this.#call(this.#function(c, 'f'), inputs, scope.nodes)
    if (operator === 'Placeholder') return c.refuse('it is not an input of the model, and nothing says what it is.')
    if (!Object.hasOwn(spectralRules, operator) && inputs.some(({ complex }) => complex === true))
      return c.refuse(`its input is complex; complex numbers go into ${Object.keys(spectralRules).join(', ')} alone.`)
    if (isText(operator))
      return c.refuse(
        'it computes with texts or tables of them, and tensors hold numbers. Do so before the network, and convert what follows.',
      )
    const rule = Object.hasOwn(rules, operator) ? rules[operator] : foreign(this.#outputsOf(node))
    const made = rule(c)
    const list: readonly (Held | string)[] = Array.isArray(made) ? made : [made as Held | string]
    return list.map((one) => (typeof one === 'string' ? plainly(one) : one))
  }

  /** How many outputs of a node others read. */
  #outputsOf({ name }: TfjsNode): number {
    let most = 0
    for (const { inputs } of this.#regions.byName.values())
      for (const { node, index } of inputs) if (node === name) most = Math.max(most, index)
    return Math.min(most, 1000) + 1
  }

  #function(c: Context, name: string): TfjsFunction {
    const attribute = Object.hasOwn(c.node.attributes, name) ? c.node.attributes[name] : undefined
    if (attribute?.type !== 'function') return c.refuse(`the attribute ${name} names no function.`)
    const found = this.#whole.functions.get(attribute.value.name)
    return found ?? c.refuse(`there is no function ${attribute.value.name}. The file is damaged.`)
  }

  #call(body: TfjsFunction, inputs: readonly Held[], target: OnnxNode[]): Held[] {
    const given = new Map(
      body.inputs.map(({ name }, i): [string, Held] => {
        const held = inputs[i]
        if (held === undefined)
          throw new ConvokeError(
            `tfjs: the function ${body.name} takes ${body.inputs.length} values; ${inputs.length} are given.`,
          )
        return [name, held]
      }),
    )
    const inner = new Lowering(this.#whole, body.nodes, given, target, this.#depth + 1)
    const at = this.#whole.b.at
    const results = inner.outputs(body.outputs.map(({ value }) => value))
    this.#whole.b.at = at
    return results
  }

  /** A graph inside a node: what `write` gives, under names that the graph itself makes. */
  #inside(write: (nodes: OnnxNode[]) => readonly Held[], inputs: readonly OnnxValueInfo[] = []): OnnxGraph {
    const { b } = this.#whole
    const nodes: OnnxNode[] = []
    const outputs = b.into(nodes, () => {
      const at = b.at
      const held = write(nodes)
      b.at = at
      return held.map((one) => ({ name: b.node('Identity', [b.plain(one)]), type: null }))
    })
    return { ...emptyGraph, name: b.at, nodes, inputs, outputs }
  }

  #choice(c: Context, scope: Scope): Held[] {
    const { b } = c
    const [, ...args] = c.inputs
    const condition = b.cast(c.plain(0), 'bool')
    const [then, otherwise] = ['then_branch', 'else_branch'].map((name) => this.#function(c, name))
    const outputs = Math.max(then.outputs.length, otherwise.outputs.length)
    const names = b.many(
      'If',
      [condition],
      {
        then_branch: { type: 'graph', value: this.#inside((nodes) => this.#call(then, args, nodes)) },
        else_branch: { type: 'graph', value: this.#inside((nodes) => this.#call(otherwise, args, nodes)) },
      },
      { outputs },
    )
    for (const held of c.inputs) held.home ??= scope.nodes
    return names.map(plainly)
  }

  #while(c: Context, scope: Scope): Held[] {
    const [test, body] = ['cond', 'body'].map((name) => this.#function(c, name))
    return this.#loopOf(
      c.inputs,
      (carried, nodes) => this.#call(body, carried, nodes),
      (carried, nodes) => this.#call(test, carried, nodes)[0],
      scope.nodes,
    )
  }

  /** ONNX's Loop asks for the condition before the first turn and at the end of each. */
  #loopOf(
    initial: readonly Held[],
    turn: (carried: readonly Held[], nodes: OnnxNode[]) => readonly Held[],
    test: (carried: readonly Held[], nodes: OnnxNode[]) => Held,
    target: OnnxNode[],
  ): Held[] {
    const { b } = this.#whole
    const at = b.at
    const first = b.cast(b.plain(test(initial, target)), 'bool')
    b.at = at
    const names = initial.map((_, i) => b.fresh(`${at}/carried:${i}`))
    const inputs = [b.fresh(`${at}/turn`), b.fresh(`${at}/again`), ...names].map((name) => ({ name, type: null }))
    const body = this.#inside((nodes) => {
      const carried = names.map((name): Held => ({ ...plainly(name), home: nodes }))
      const next = turn(carried, nodes)
      const again = b.cast(b.plain(test(next, nodes)), 'bool')
      return [plainly(again), ...next]
    }, inputs)
    const given = initial.map((held) => b.plain(held))
    const attributes = { body: { type: 'graph', value: body } } as const
    return b.many('Loop', ['', first, ...given], attributes, { outputs: initial.length }).map(plainly)
  }

  /** All that leaves a loop of the first control flow, at the first of its exits. */
  #loop(exit: TfjsNode, scope: Scope): readonly Held[] {
    const frame = this.#regions.of(exit.inputs[0]?.node ?? '')
    const all = [...this.#regions.byName.values()]
    const inFrame = all.filter(({ name }) => this.#regions.of(name) === frame)
    const merges = inFrame.filter(this.#regions.beginsLoop)
    const test = inFrame.find(({ operator }) => operator === 'LoopCond')
    if (frame.kind !== 'loop' || merges.length === 0 || test === undefined)
      throw new ConvokeError(`tfjs: Exit ${exit.name} does not belong to a complete loop. The file is damaged.`)
    const isNext = ({ node }: TfjsOutput): boolean => this.#regions.byName.get(node)?.operator === 'NextIteration'
    const given = merges.map(({ inputs }) => inputs.find((input) => !isNext(input)) as TfjsOutput)
    const next = merges.map(({ inputs }) => inputs.find(isNext) as TfjsOutput)
    const enters = given.map((output, i) => {
      const enter = output && this.#regions.byName.get(output.node)
      if (enter?.operator !== 'Enter' || enter.inputs.length === 0)
        throw new ConvokeError(`tfjs: Merge ${merges[i].name} of a loop has no Enter before it. The file is damaged.`)
      return enter.inputs[0]
    })
    const within = (carried: readonly Held[], nodes: OnnxNode[]): Scope => {
      const inner = scopeOf(frame, scope, nodes)
      merges.forEach(({ name }, i) => {
        inner.values.set(name, [carried[i]])
      })
      return inner
    }
    const results = this.#loopOf(
      this.#get(enters, scope),
      (carried, nodes) => this.#get(next, within(carried, nodes)),
      (carried, nodes) => this.#get([{ node: test.name, output: null, index: 0 }], within(carried, nodes))[0],
      scope.nodes,
    )
    for (const held of results) held.home ??= scope.nodes
    const merged = ({ inputs }: TfjsNode): number => {
      const from = this.#regions.byName.get(inputs[0]?.node ?? '')
      const data = from?.operator === 'Switch' ? from.inputs[0]?.node : inputs[0]?.node
      return merges.findIndex(({ name }) => name === data)
    }
    for (const other of all) {
      if (other.operator !== 'Exit' || other === exit || this.#regions.of(other.inputs[0]?.node ?? '') !== frame)
        continue
      const found = results[merged(other)]
      if (found !== undefined) scope.values.set(other.name, [found])
    }
    const own = results[merged(exit)]
    if (own === undefined) throw new ConvokeError(`tfjs: Exit ${exit.name} reads nothing that its loop carries.`)
    return [own]
  }

  #merge(node: TfjsNode, scope: Scope): readonly Held[] {
    const { b } = this.#whole
    const { condition, sides } = this.#regions.joined(node)
    const test = b.cast(b.plain(this.#value(condition, scope)), 'bool')
    const side = (way: number): OnnxGraph =>
      this.#inside((nodes) => {
        const inner = scopeOf(this.#regions.branch(condition, way), scope, nodes)
        return this.#get([node.inputs[sides[way]]], inner)
      })
    const graphs = {
      then_branch: { type: 'graph', value: side(1) },
      else_branch: { type: 'graph', value: side(0) },
    } as const
    const found = plainly(b.node('If', [test], graphs))
    if (this.#outputsOf(node) < 2) return [found]
    const [no, yes] = sides.map((index) => b.scalar(index, 'int32'))
    return [found, plainly(b.node('Where', [test, yes, no]))]
  }
}

const scopeOf = (region: Region, parent: Scope | null, nodes: OnnxNode[]): Scope => ({
  ...{ region, parent, nodes, values: new Map(), open: new Set() },
})

/** An operator that nobody knows keeps its name, so that it can be added. */
const foreign =
  (outputs: number): Rule =>
  ({ b, node, inputs }) =>
    b.many(
      node.operator,
      inputs.map((held) => b.plain(held)),
      attributesOf(node),
      { outputs, domain: tfDomain },
    )
