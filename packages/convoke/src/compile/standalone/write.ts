// A network as a folder that runs alone: one ES module, the engine included, and one file of weights.

import type { Forward } from '../../nn/module.ts'
import { check, checkOptions, show } from '../../shapes/error.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { capturedFor, type Network } from '../compile.ts'
import { planOf } from '../plan.ts'
import { Constants, savedProgram, sumOf } from '../saved.ts'
import { simplified } from '../simplify.ts'
import * as kernels from './kernels.ts'
import type { StandaloneParts, StandalonePlan } from './model.ts'

/** The options of `standalone` and `standaloneParts`. */
export interface StandaloneOptions {
  /** Names of the inputs; `input` when not given, with a number where there are several. */
  readonly inputs?: readonly string[] | undefined
  /** Names of the results; `output` when not given, with a number where there are several. */
  readonly outputs?: readonly string[] | undefined
  /** What is to be known of it: class names, how pictures are prepared. JSON. */
  readonly info?: unknown
}

function namesOf(what: string, word: string, given: readonly string[] | undefined, count: number): readonly string[] {
  const names = given ?? Array.from({ length: count }, (_, i) => (count === 1 ? word : `${word}${i}`))
  check(
    names.length === count && new Set(names).size === count,
    () => `standalone: ${what} is ${show(names)}; there are ${count}. Give each a name of its own.`,
  )
  return names
}

/**
 * The network as data: plans for every example (a list of tensors or shapes, one for each argument), and the weights that they share.
 */
export function standaloneParts<F extends Forward>(
  network: Network<F>,
  examples: readonly (readonly (Tensor | readonly number[])[])[],
  options: StandaloneOptions = {},
): StandaloneParts {
  checkOptions('standalone', options, ['inputs', 'outputs', 'info'], ['info'])
  check(examples.length > 0, () => 'standalone: there is no example. Give at least one shape of input.')
  const constants = new Constants()
  const found = examples.map((example) => {
    const { program, example: known, shapes } = capturedFor(network, example)
    const inputs = known.ports.map(({ shape }) => shape)
    const short = simplified(program)
    const foreign = short.steps.find(({ kernel }) => kernel !== null && !Object.hasOwn(kernels, kernel.name))
    check(
      foreign === undefined,
      () =>
        `standalone: ${foreign?.path || 'the network'} runs ${foreign?.kernel?.name}, which is not used in prediction.`,
    )
    const plan: StandalonePlan = { inputs, outputs: shapes, program: savedProgram(short, constants) }
    // Its constants go with a plan.
    planOf(short).dispose()
    return { plan, dtypes: { inputs: short.inputs, outputs: short.outputs } }
  })
  const [{ dtypes }] = found
  const inputs = namesOf('inputs', 'input', options.inputs, dtypes.inputs.length)
  const outputs = namesOf('outputs', 'output', options.outputs, dtypes.outputs.length)
  const weights = constants.bytes()
  return {
    weights,
    model: {
      version: 1,
      inputs: inputs.map((name, i) => ({ name, dtype: dtypes.inputs[i].dtype })),
      outputs: outputs.map((name, i) => ({ name, dtype: dtypes.outputs[i].dtype })),
      plans: found.map(({ plan }) => plan),
      weights: { byteLength: weights.byteLength, sum: sumOf(weights) },
      info: options.info ?? null,
    },
  }
}

/** The text of the module, the same for every network. `engine` is `runtime.ts` as a script that makes `engine`. */
export const standaloneModule = (engine: string): string =>
  `${engine.trimEnd()}
/** Loads the weights (default: from the file beside this module; otherwise a URL, or their bytes) and prepares the network. */
export const load = async (weights = new URL('./weights.bin', import.meta.url), options = {}) =>
  engine.ready(weights instanceof Uint8Array ? weights : await engine.bytesAt(new URL(weights, import.meta.url)), options)
`
