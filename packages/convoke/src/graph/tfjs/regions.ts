// Where the nodes of a graph run: in a branch of a Switch, in a loop's frame, or outside of both. TensorFlow's first control flow marks
// only the edges of branches and loops; what lies between them belongs inside.

import type { TfjsNode, TfjsOutput } from '../../formats/tfjs/index.ts'
import { ConvokeError } from '../../shapes/error.ts'

export interface Region {
  readonly kind: 'root' | 'loop' | 'branch'
  /** The frame of a loop; the condition of a branch and which way it goes. */
  readonly key: string
  parent: Region | null
}

const depthOf = (region: Region): number => {
  let depth = 0
  for (let at = region.parent; at !== null && depth < 1000; at = at.parent) depth++
  return depth
}

const keyOf = ({ node, index }: TfjsOutput): string => `${node}:${index}`

export class Regions {
  readonly root: Region = { kind: 'root', key: '', parent: null }
  readonly byName: ReadonlyMap<string, TfjsNode>
  readonly #of = new Map<string, Region>()
  readonly #made = new Map<string, Region>()

  constructor(nodes: readonly TfjsNode[]) {
    this.byName = new Map(nodes.map((node) => [node.name, node]))
    // Most networks have no such control flow.
    if (nodes.some(({ operator }) => operator === 'Switch' || operator === 'Merge' || operator === 'Enter'))
      for (const node of this.#inOrder(nodes)) this.#of.set(node.name, this.#regionOf(node))
  }

  of(name: string): Region {
    return this.#of.get(name) ?? this.root
  }

  branch(condition: TfjsOutput, side: number): Region {
    return this.#region('branch', `${keyOf(condition)} ${side}`, [])
  }

  /** What a Merge joins again: the condition, and the input for each way, false first. */
  joined(node: TfjsNode): { readonly condition: TfjsOutput; readonly sides: readonly [number, number] } {
    for (const [index, input] of node.inputs.entries()) {
      const region = this.#ofOutput(input)
      if (region.kind !== 'branch') continue
      const side = region.key.endsWith(' 1') ? 1 : 0
      const [name, output] = [region.key.slice(0, -2).replace(/:\d+$/, ''), /:(\d+) \d$/.exec(region.key)?.[1]]
      const other = index === 0 ? 1 : 0
      const condition = { node: name, output: null, index: Number(output ?? 0) }
      return { condition, sides: side === 1 ? [other, index] : [index, other] }
    }
    throw new ConvokeError(`tfjs: Merge ${node.name}: nothing that it joins comes from a Switch.`)
  }

  /** Whether a Merge is where a loop begins anew. */
  readonly beginsLoop = (node: TfjsNode): boolean =>
    node.operator === 'Merge' && node.inputs.some((input) => this.#isNext(input))

  #isNext({ node }: TfjsOutput): boolean {
    return this.byName.get(node)?.operator === 'NextIteration'
  }

  isLoopSwitch({ inputs }: TfjsNode): boolean {
    let name = inputs[1]?.node ?? ''
    for (let i = 0; i < 8 && this.byName.get(name)?.operator === 'Identity'; i++)
      name = this.byName.get(name)?.inputs[0]?.node ?? ''
    return this.byName.get(name)?.operator === 'LoopCond'
  }

  /** What must run before, without the way back of loops. */
  #before(node: TfjsNode): string[] {
    const data = node.inputs.filter((input) => node.operator !== 'Merge' || !this.#isNext(input))
    return [...data.map((input) => input.node), ...(data.length === 0 ? node.controls : [])]
  }

  /** Each node after what it reads. */
  #inOrder(nodes: readonly TfjsNode[]): TfjsNode[] {
    const order: TfjsNode[] = []
    const state = new Map<string, 'open' | 'done'>()
    for (const root of nodes) {
      const stack = [root]
      for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
        const known = state.get(node.name)
        if (known !== undefined) {
          if (known === 'open') order.push(node)
          state.set(node.name, 'done')
          stack.pop()
          continue
        }
        state.set(node.name, 'open')
        for (const name of this.#before(node)) {
          const before = this.byName.get(name)
          if (before === undefined || state.get(name) === 'done') continue
          if (state.get(name) === 'open') throw cycle(before)
          stack.push(before)
        }
      }
    }
    return order
  }

  #region(kind: 'loop' | 'branch', key: string, around: readonly Region[]): Region {
    const known = this.#made.get(`${kind} ${key}`)
    const deepest = around.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a), known?.parent ?? this.root)
    if (known !== undefined) {
      if (!isInside(deepest, known)) known.parent = deepest
      return known
    }
    const made: Region = { kind, key, parent: deepest }
    this.#made.set(`${kind} ${key}`, made)
    return made
  }

  /** Where an output of a node may be read. */
  #ofOutput(output: TfjsOutput): Region {
    const node = this.byName.get(output.node)
    const region = this.of(output.node)
    if (node?.operator !== 'Switch' || this.isLoopSwitch(node) || node.inputs.length < 2) return region
    const side = output.output === 'output_true' ? 1 : output.output === 'output_false' ? 0 : output.index
    return this.#region('branch', `${keyOf(node.inputs[1])} ${side}`, [region])
  }

  #regionOf(node: TfjsNode): Region {
    const inputs = node.inputs.filter((input) => node.operator !== 'Merge' || !this.#isNext(input))
    const controls = node.controls.map((name) => this.of(name))
    const regions = inputs.length > 0 ? inputs.map((input) => this.#ofOutput(input)) : controls
    const deepest = regions.reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a), this.root)
    if (node.operator === 'Enter') {
      const frame = node.attributes['frame_name']
      return this.#region('loop', frame?.type === 'string' ? frame.value : '', [deepest])
    }
    if (node.operator === 'Exit') return deepest.parent ?? this.root
    if (node.operator === 'Merge' && !this.beginsLoop(node)) {
      return regions.find(({ kind }) => kind === 'branch')?.parent ?? deepest
    }
    return deepest
  }
}

function isInside(region: Region, other: Region): boolean {
  let at: Region | null = region
  for (let i = 0; at !== null && i < 1000; i++, at = at.parent) if (at === other) return true
  return false
}

export const cycle = ({ operator, name }: TfjsNode): ConvokeError =>
  new ConvokeError(
    `tfjs: ${operator} ${name} needs its own result. A graph must not have a cycle; the file is damaged.`,
  )
