// Learning rates that fall with depth (Howard & Ruder 2018, "Universal language model fine-tuning for text
// classification", section 3.2): layers near the input hold what is general, and are changed least.

import type { AnyModule } from '../nn/module.ts'
import { few, matcher } from '../nn/tree.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { BaseOptions } from './optimizer.ts'

/** The options of `discriminative`. */
export interface DiscriminativeOptions {
  /** Learning rate of the last part, the head. */
  readonly learningRate: number
  /** What the rate is divided by from a part to the one before it; 2.6 when not given, as in the paper. */
  readonly factor?: number | undefined
  /**
   * The parts from input to output, each a pattern of parameter names, `*` standing for anything; a parameter belongs to
   * the first that fits. The children of the model in order when not given.
   */
  readonly parts?: readonly (string | RegExp)[] | undefined
}

/** The parameters of one part with their learning rate: a parameter group of any optimiser. */
export interface RatedGroup extends BaseOptions {
  /** The parameters of this part. */
  readonly parameters: readonly Tensor[]
}

/**
 * Parameter groups for an optimiser, one for each part of a network: the last with `learningRate`, the one before it with
 * a 2.6th of that, and so on down. Frozen parameters are left out; their parts still count as depth. Parts without
 * parameters (activations, pooling) do not count.
 *
 * @example
 * const model = models.ResNet18({ classes: 5, stem: 'small' })
 * const groups = optim.discriminative(model, { learningRate: 0.01, factor: 2 })
 * groups.map(({ learningRate }) => learningRate)  // [0.0003125, 0.000625, 0.00125, 0.0025, 0.005, 0.01]
 * optim.AdamW(groups, { weightDecay: 0.01 }).parameters.length  // 62
 */
export function discriminative(model: AnyModule, options: DiscriminativeOptions): RatedGroup[] {
  checkOptions('discriminative', options, ['learningRate', 'factor', 'parts'])
  const { learningRate, factor = 2.6, parts } = options
  check(
    Number.isFinite(learningRate) && learningRate >= 0,
    () => `discriminative: the learning rate is ${show(learningRate)}; it must be a number of 0 or more.`,
  )
  check(
    Number.isFinite(factor) && factor >= 1,
    () => `discriminative: factor is ${show(factor)}; it must be 1 or more: the learning rate is divided by it.`,
  )
  const named = Object.entries(model.namedParameters())
  check(
    named.length > 0,
    () => 'discriminative: the model has no parameters to train. Unfreeze some: model.unfreeze("head.*").',
  )
  const groups = parts === undefined ? byChild(model, named) : byPattern(parts, named)
  return groups
    .map((parameters, i) => ({ parameters, learningRate: learningRate / factor ** (groups.length - 1 - i) }))
    .filter(({ parameters }) => parameters.length > 0)
}

type Named = readonly (readonly [name: string, parameter: Tensor])[]

/** A module that only wraps another says nothing of depth: the children of the first that has several count. */
function byChild(model: AnyModule, named: Named): Tensor[][] {
  let [root, prefix] = [model, '']
  const weighty = () => Object.entries(root.children).filter(([, child]) => child.parameterCount() > 0)
  const alone = () => weighty().length === 1 && root.parameterCount() === weighty()[0][1].parameterCount()
  while (alone()) {
    const [[name, child]] = weighty()
    prefix = `${prefix}${name}.`
    root = child
  }
  const children = weighty()
  const taken = children.map(([name]) =>
    named.filter(([path]) => path.startsWith(`${prefix}${name}.`)).map(([, parameter]) => parameter),
  )
  // Tensors of the module itself, such as position tables, stand before its children.
  const rest = named.map(([, parameter]) => parameter).filter((parameter) => !taken.flat().includes(parameter))
  if (children.length === 0) return [rest]
  return [[...rest, ...taken[0]], ...taken.slice(1)]
}

function byPattern(parts: readonly (string | RegExp)[], named: Named): Tensor[][] {
  check(parts.length > 0, () => 'discriminative: parts is empty; name at least one part, such as ["*"].')
  const tests = parts.map(matcher)
  const groups: Tensor[][] = parts.map(() => [])
  const left: string[] = []
  for (const [name, parameter] of named) {
    const at = tests.findIndex((test) => test.test(name))
    if (at < 0) left.push(name)
    else groups[at].push(parameter)
  }
  check(
    left.length === 0,
    () =>
      `discriminative: ${few(left)} ${left.length === 1 ? 'belongs' : 'belong'} to none of the parts ${parts.map(String).join(', ')}. Add a part, or freeze ${left.length === 1 ? 'it' : 'them'}.`,
  )
  return groups
}
