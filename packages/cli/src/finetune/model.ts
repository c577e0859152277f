// Fine-tuning starts from a model file: its graph, its weights, and how its pictures are made ready, which flags or a JSON file say.

import { type GraphModule, graphModule, withClasses } from 'convoke/graph'
import { check } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { openModel } from '../model/open.ts'
import { checkChannels, type Preprocessing, readPreprocessing, takesPicture } from '../model/preprocessing.ts'
import type { PictureInput } from '../training/config.ts'
import { optionsOfGraph } from '../training/graph-network.ts'
import { usualTraining } from '../training/kits/kit.ts'
import type { Base, BaseText } from './base.ts'

/** One number a channel, from one for all or as given. */
const each = (values: readonly number[], channels: number): number[] =>
  Array.from({ length: channels }, (_, i) => values[values.length === 1 ? 0 : i])

function pictureOf(path: string, model: GraphModule, how: Preprocessing): PictureInput {
  const [port, ...more] = model.graph.inputs
  check(
    more.length === 0 && port !== undefined && takesPicture(port),
    () =>
      `${path}: it does not take one picture; its inputs are ${model.graph.inputs.map(({ name }) => name).join(', ')}. Train it from a program: graphModule(await readOnnx(path)).`,
  )
  const [, height, width, depth] = port.shape ?? []
  const channels = depth === 1 ? 1 : 3
  checkChannels(how, channels)
  const own = typeof height === 'number' && typeof width === 'number' && height > 0 ? [height, width] : null
  const size = how.size ?? own
  if (size === null) throw new UsageError(`${path} takes pictures of any size. Say which: --size 224.`)
  check(
    own === null || how.size === null || (own[0] === size[0] && own[1] === size[1]),
    () => `--size is ${size.join('x')}; ${path} takes only pictures of ${own?.join('x')}. Leave --size out.`,
  )
  // Values run from 0 to 1 here, and to `range` there.
  const scaled = (values: readonly number[]): number[] => values.map((value) => value / how.range)
  return {
    ...{ height: size[0], width: size[1], channels, resized: true },
    mean: scaled(each(how.mean, channels)),
    deviation: scaled(each(how.std, channels)),
    ...(how.fit === 'crop' && { crop: 1, interpolation: 'bilinear' as const }),
    ...(how.order === 'bgr' && channels === 3 && { order: 'bgr' as const }),
  }
}

/** The network of a model file with its weights, as if it were a run. */
export async function fromModel(path: string, text: BaseText): Promise<Base> {
  const model = await openModel(path)
  const { was } = withClasses(model, 1)
  const scores = withClasses(model, was).model
  const source = graphModule(scores).eval()
  const how = readPreprocessing(text, text.labels, model.metadata['convoke.preprocessing'])
  const picture = pictureOf(path, source, how)
  const { labels } = how
  check(
    labels === null || labels.length === was,
    () =>
      `there are ${labels?.length} labels for ${was} classes. Give one label per line, in the order of the classes.`,
  )
  return {
    path,
    source: source as unknown as Base['source'],
    says: `${path}: a network of ${source.graph.nodes.length} nodes`,
    config: {
      ...{
        format: 1,
        task: 'classify',
        picture,
        text: null,
        sequence: null,
        training: usualTraining,
        fineTuning: null,
      },
      classes: labels ?? Array.from({ length: was }, (_, i) => String(i)),
      model: { name: 'graph', options: { ...optionsOfGraph(scores, was) } },
      data: { source: path, kind: 'model', options: {}, counts: { train: 0, validation: 0, test: 0 } },
    },
  }
}
