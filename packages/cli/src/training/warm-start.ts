// A classifier starts from weights of the same network that were trained before.

import { concat, divide, type nn, type Tensor } from 'convoke'
import { loadWeights } from 'convoke/node'
import { check } from 'convoke/shapes'
import { buildModel, type Run } from './config.ts'

/** Filters of a grey picture, which take the mean of the channels of a coloured one. */
function forChannels(filter: Tensor, channels: number): Tensor {
  const grey = divide(filter, channels)
  return concat(
    Array.from({ length: channels }, () => grey),
    { axis: -2 },
  )
}

/** Puts the weights of `source` in place, but for those of a last layer, and frees it. Throws `ConvokeError` where they are of another network. */
export function placeWeights(model: nn.Module, source: nn.Module, fresh: readonly string[]): void {
  const wanted = model.state()
  const known = Object.entries(source.state())
    .filter(([name]) => !fresh.includes(name))
    .map(([name, tensor]): [string, Tensor] => {
      const channels = wanted[name]?.shape.at(-2)
      const isGrey = tensor.rank === 4 && tensor.shape.at(-2) === 1 && channels !== undefined && channels > 1
      return [name, isGrey ? forChannels(tensor, channels) : tensor]
    })
  const { missing, unexpected, mismatched } = model.loadState(Object.fromEntries(known), { strict: false })
  const wrong = [...missing.filter((name) => !fresh.includes(name)), ...unexpected, ...mismatched]
  check(
    wrong.length === 0,
    () => `the weights to start from belong to another network: ${wrong.join(', ')} do not match.`,
  )
  source.dispose()
}

/** The network of a run with its weights. Throws `ConvokeError` for weights of another architecture. */
export async function networkOf({ config, file }: Run): Promise<nn.Module> {
  const network = buildModel(config)
  await loadWeights(network, file)
  return network
}
