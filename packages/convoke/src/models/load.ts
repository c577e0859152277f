// Models of other tools by where they are. What reads them is loaded when it is asked for.

import type { Address, FetchModelOptions } from '../graph/load.ts'
import type { GraphModule } from '../graph/module.ts'

const isAddress = (source: Address): boolean => typeof source !== 'string' || /^(https?|blob|data):/i.test(source)

/** Left to the run-time: a page has no files to read. */
const nodeDoor = (): string => ['convoke', 'node'].join('/')

/**
 * A model from a file or an address, as a module: an ONNX file, or the model.json of TensorFlow.js with its shards beside it. In Node
 * `source` is a path or a URL, elsewhere a URL, relative to the page. See `loadModel` of `convoke/node` and `fetchModel` of `convoke/graph`.
 */
export async function load(source: Address, options: FetchModelOptions = {}): Promise<GraphModule> {
  const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined
  if (inNode && !isAddress(source) && options.fetch === undefined) {
    const { loadModel } = (await import(
      /* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ nodeDoor()
    )) as typeof import('../node/load-model.ts')
    return loadModel(source as string, { layout: options.layout })
  }
  const { fetchModel } = await import('../graph/load.ts')
  return fetchModel(source, options)
}
