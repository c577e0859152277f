// Pictures through a network: one at a time, as in training or in their own size.

import { argMax, data, type nn, resize, scope, type Tensor, tensor, withoutGradients } from 'convoke'
import { readBytes } from 'convoke/node'
import { ConvokeError } from 'convoke/shapes'
import { unreadablePicture } from '../picture/unreadable.ts'
import { gather, partOf, type Ranks } from '../ranks/ranks.ts'
import { breathe, startProgress } from '../terminal/progress.ts'
import type { RunConfig } from '../training/config.ts'
import { decoderFor, toForm } from '../training/data/pictures.ts'
import { pictureForward } from '../training/kits/views.ts'

export interface Seen {
  readonly file: string
  /** Its place among all files. */
  readonly at: number
  /** As it is in the file, uint8. */
  readonly picture: data.Values
  /** As the network saw it: height and width. */
  readonly size: readonly [height: number, width: number]
  readonly output: Tensor
}

/** Whether pictures keep their size: asked for, or the data of training had one size that nobody changed. */
export function keepsSize({ task, picture }: RunConfig, asked: boolean): boolean {
  return asked || (task !== 'classify' && picture!.resized !== true)
}

/** The picture as the network takes it. Those of training were read in the same way. */
async function inputFor(
  config: RunConfig,
  bytes: Uint8Array,
  own: data.Values,
  ownSize: boolean,
): Promise<data.Values> {
  const form = config.picture!
  const [height, width] = own.shape
  const isSized = form.crop === undefined && height === form.height && width === form.width
  if (ownSize || isSized) return data.toUnit(own)
  const read =
    config.task === 'classify'
      ? await (await decoderFor(form.channels, form))(bytes)
      : toForm({ image: own }, form).image
  return data.toUnit(read)
}

/**
 * Reads each file and runs the network; `use` gets the result, which is freed after it. What cannot be read is left out, so
 * that one bad picture costs no other its result; returns why, a line for each. Throws where nothing can be read.
 */
export async function throughNetwork(
  config: RunConfig,
  model: nn.Module,
  files: readonly string[],
  { ownSize, ranks }: { readonly ownSize: boolean; readonly ranks: Ranks },
  use: (seen: Seen) => Promise<void>,
): Promise<readonly string[]> {
  const look = await looker(config, model, keepsSize(config, ownSize))
  const problems: string[] = []
  // A part of the list for each rank: put one after the other, results are in the order of the files.
  const [from, to] = partOf(ranks, files.length)
  const bar = await startProgress('predicting', ranks.rank === 0 ? to : 0)
  try {
    for (const [at, file] of files.slice(from, to).entries()) {
      const seen = await look(file).catch((error: unknown) => {
        if (!(error instanceof ConvokeError)) throw error
        problems.push(error.message)
        return null
      })
      if (seen !== null) {
        await use({ ...seen, at: from + at })
        seen.output.dispose()
      }
      bar.advance(1)
      await breathe()
    }
  } finally {
    bar.stop()
  }
  const unread = await gather(ranks, problems)
  if (unread.flat().length === files.length) {
    const [first] = unread.flat()
    throw new ConvokeError(
      files.length === 1 ? first : `none of the ${files.length} pictures can be read. The first: ${first}`,
    )
  }
  return problems
}

/** Reads a file and runs the network on it. */
async function looker(
  config: RunConfig,
  model: nn.Module,
  keep: boolean,
): Promise<(file: string) => Promise<Omit<Seen, 'at'>>> {
  const decode = await decoderFor(config.picture!.channels)
  const forward = pictureForward(config, model)
  return async (file) => {
    // Drawings are not pictures that a network was trained on.
    if (/\.svgz?$/i.test(file)) throw unreadablePicture(file)
    const bytes = await readBytes(file)
    const picture = await decode(bytes).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
      throw unreadablePicture(file, reason)
    })
    const input = await inputFor(config, bytes, picture, keep)
    const [height, width] = input.shape
    return { file, picture, size: [height, width], output: run(forward, input, file) }
  }
}

function run(forward: (image: Tensor) => Tensor, input: data.Values, file: string): Tensor {
  try {
    return withoutGradients(() => scope(() => forward(tensor(input.data, { shape: [1, ...input.shape] }))))
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    throw new ConvokeError(
      `${file}: the network does not take pictures of ${input.shape[1]}×${input.shape[0]}: ${error.message} Leave out --own-size to have it resized.`,
    )
  }
}

/** The most likely class of each pixel, in the picture's own size: chances are enlarged, not classes. */
export async function classMap({ output, picture }: Seen): Promise<Int32Array> {
  const [height, width] = picture.shape
  const sized = output.shape[1] === height && output.shape[2] === width
  // By the engine: the scores of a large picture are many times its size, and stay there.
  const best = scope(() => argMax(sized ? output : resize(output, { size: [height, width], mode: 'bilinear' })))
  const labels = (await best.data()) as Int32Array
  best.dispose()
  return labels
}
