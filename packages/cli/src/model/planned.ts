// Networks as the command runs them: compiled where that is possible, node by node otherwise.

import { compile, type nn, type Tensor, withoutGradients } from 'convoke'
import type { GraphModule } from 'convoke/graph'
import { ConvokeError } from 'convoke/shapes'

type Call = (...inputs: readonly Tensor[]) => unknown

export interface Planned {
  /** Runs the network on its inputs, in their order. The results are the caller's to dispose. */
  run(inputs: readonly Tensor[]): readonly Tensor[]
  /** Why the network runs node by node; null where it is compiled. Known after the first run. */
  readonly refusal: string | null
}

/** Shapes of input that stay planned. Each has weights of its own where normalisation is folded into them. */
const plans = 2

/** A network in evaluation mode, planned for each shape of input when it first comes. */
export function planned(network: nn.Module | GraphModule): Planned {
  const eager = network as unknown as Call
  let fast: Call | null = null
  let refusal: string | null = null
  const listOf = (call: Call, inputs: readonly Tensor[]): readonly Tensor[] => {
    // biome-ignore lint/plugin/spread-of-a-list: the inputs of a network
    const result = withoutGradients(() => call(...inputs))
    return (Array.isArray(result) ? result : [result]) as readonly Tensor[]
  }
  const run = (inputs: readonly Tensor[]): readonly Tensor[] => {
    if (refusal !== null) return listOf(eager, inputs)
    try {
      fast ??= compile(network as never, inputs, { plans }) as unknown as Call
      return listOf(fast, inputs)
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      // Inputs that the network does not take are refused here as well, and are no reason to give up plans.
      const results = listOf(eager, inputs)
      refusal = error.message.replace(/^compile: /, '')
      return results
    }
  }
  return {
    run,
    get refusal() {
      return refusal
    },
  }
}
