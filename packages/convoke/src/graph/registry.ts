// Which function computes an operator.

import type { OnnxFunction, OnnxNode } from '../formats/onnx/model.ts'
import { ConvokeError, check, show } from '../shapes/error.ts'
import { deepest, graphsIn } from './bodies.ts'
import { nameOf, type Operator } from './call.ts'
import { domains } from './operators/index.ts'

const defined = new Map<string, Operator>()

const keyOf = (domain: string, name: string): string => `${domain}:${name}`

/**
 * Adds an operator of your own, or takes the place of one. `domain` is '' for ONNX's own.
 *
 * @example
 * defineOperator('com.example', 'Twice', (call) => Value.of(multiply(call.value(0).plain, 2)))
 * const port = (name) => ({ name, type: { kind: 'tensor', type: 'float32', shape: [2] } })
 * const twice = { name: '', operator: 'Twice', domain: 'com.example', inputs: ['x'], outputs: ['y'], attributes: {} }
 * const model = graphModule({ irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {},
 *   graph: { name: '', nodes: [twice], inputs: [port('x')], outputs: [port('y')], initializers: [], values: [] } })
 * model(tensor([1, 2])).toArray()  // [2, 4]
 */
export function defineOperator(domain: string, name: string, run: Operator): void {
  check(
    typeof domain === 'string' && typeof name === 'string' && name !== '',
    () => `defineOperator: the domain is ${show(domain)}, the name ${show(name)}; both must be texts.`,
  )
  check(typeof run === 'function', () => `defineOperator: ${name} is ${show(run)}; it must be a function of a call.`)
  defined.set(keyOf(domain === 'ai.onnx' ? '' : domain, name), run)
}

export function operatorFor({ domain, operator }: Pick<OnnxNode, 'domain' | 'operator'>): Operator | undefined {
  const own = defined.get(keyOf(domain, operator))
  if (own !== undefined) return own
  const known = Object.hasOwn(domains, domain) ? domains[domain] : {}
  return Object.hasOwn(known, operator) ? known[operator] : undefined
}

export const functionFor = (
  node: Pick<OnnxNode, 'domain' | 'operator'>,
  functions: readonly OnnxFunction[],
): OnnxFunction | undefined => functions.find(({ domain, name }) => domain === node.domain && name === node.operator)

/** Nodes whose operator nobody knows, those inside other nodes and inside the model's functions included. */
export function unknownIn(nodes: readonly OnnxNode[], functions: readonly OnnxFunction[], depth = 0): OnnxNode[] {
  if (depth > deepest) return []
  return nodes.flatMap((node): OnnxNode[] => {
    const body = functionFor(node, functions)
    const deeper = graphsIn(node).flatMap((graph) => unknownIn(graph.nodes, functions, depth + 1))
    if (operatorFor(node) !== undefined) return deeper
    return body === undefined ? [node, ...deeper] : [...unknownIn(body.nodes, functions, depth + 1), ...deeper]
  })
}

export const unknownOperator = (node: OnnxNode): ConvokeError => {
  const domain = node.domain === '' ? '' : ` of domain ${node.domain}`
  return new ConvokeError(
    `${nameOf(node)}: the operator ${node.operator}${domain} is not known. Add it with defineOperator(${show(node.domain)}, ${show(node.operator)}, …), or export the model with known operators.`,
  )
}
