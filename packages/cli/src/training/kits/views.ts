// Test-time augmentation: a network sees each picture as it is and mirrored, and its outputs are averaged (Krizhevsky et al. 2012;
// of boxes as in Zhou et al. 2019, "Objects as points").

import {
  add,
  concat,
  type data,
  flip,
  multiply,
  type nn,
  reshape,
  scope,
  slice,
  split,
  type Tensor,
  train,
} from 'convoke'
import { normalized } from 'convoke-workbench'
import type { RunConfig, Training } from '../config.ts'
import type { SettingName, viewedTasks } from '../config-names.ts'
import { inputOf } from './pictures.ts'

const [vertical, horizontal] = [1, 2]

/** The axes of `[batch, height, width, channels]` along which each view is mirrored. */
const views: Readonly<Record<SettingName<'testTime'>, readonly (readonly number[])[]>> = {
  none: [[]],
  flips: [[], [horizontal]],
  turns: [[], [vertical], [horizontal], [vertical, horizontal]],
}

/** The output for the picture as it was, from the output for the picture mirrored. */
type TurnBack = (output: Tensor, axes: readonly number[], image: Tensor) => Tensor

const turnBack: Readonly<Record<(typeof viewedTasks)[number], TurnBack>> = {
  classify: (output) => output,
  segment: (output, axes) => flip(output, axes),
  detect: turnedCells,
}

/** Numbers of a box in each cell: the place of its centre, then its size. */
const [places, sizes] = [2, 2]

/** What a detector says, of all its grids of cells. */
function turnedCells(output: Tensor, axes: readonly number[], image: Tensor): Tensor {
  const [batch, height, width] = image.shape
  const values = output.shape.at(-1)!
  const parts = train.gridsOf(output.shape, [height, width]).map((grid) => {
    const { rows, columns, from } = grid
    const own = output.rank === 4 ? output : slice(output, [null, { start: from, stop: from + rows * columns }])
    const cells = turnedGrid(reshape(own, [batch, rows, columns, values]), grid, axes, image)
    return output.rank === 4 ? cells : reshape(cells, [batch, rows * columns, values])
  })
  return parts.length === 1 ? parts[0] : concat(parts, 1)
}

/** One grid of cells, where centres are told as the distance from the middle of the cell. */
function turnedGrid(
  cells: Tensor,
  { rows, columns, stride }: train.CellGrid,
  axes: readonly number[],
  image: Tensor,
): Tensor {
  const [logits, x, y, extent] = split(flip(cells, axes), [cells.shape[3] - places - sizes, 1, 1, sizes], -1)
  // Cells may reach beyond the edge of a picture; those of its mirror image then begin elsewhere.
  const turned = (value: Tensor, axis: number, count: number): Tensor =>
    axes.includes(axis) ? add(multiply(value, -1), image.shape[axis] / stride - count) : value
  return concat([logits, turned(x, horizontal, columns), turned(y, vertical, rows), extent], -1)
}

/** From pictures of 0 to 1, `[batch, height, width, channels]`, to what the network says of them, averaged over the views of the run. */
export function pictureForward(config: RunConfig, model: nn.Module): (image: Tensor) => Tensor {
  const { task, training } = config
  const own = (image: Tensor): Tensor => model(normalized(image, inputOf(config)))
  const all = views[training.testTime ?? 'none']
  if (all.length === 1) return own
  const back = turnBack[task as keyof typeof turnBack]
  const seen = (image: Tensor, axes: readonly number[]): Tensor =>
    scope(() => (axes.length === 0 ? own(image) : back(own(flip(image, axes)), axes, image)))
  return (image) =>
    scope(() =>
      multiply(
        all.map((axes) => seen(image, axes)).reduce((sum, output) => add(sum, output)),
        1 / all.length,
      ),
    )
}

/** What a run is measured by: its task, with the outputs averaged over its views. */
export function viewedTask<E extends { readonly image: data.Values }>(
  task: train.Task<E, Tensor>,
  config: RunConfig,
  model: nn.Module,
): train.Task<E, Tensor> {
  const look = pictureForward(config, model)
  return { ...task, forward: (batch) => look(batch.image as unknown as Tensor) }
}

/** The run as it is to be measured or used: with the views asked for. */
export const withViews = (config: RunConfig, testTime: Training['testTime']): RunConfig =>
  testTime === undefined ? config : { ...config, training: { ...config.training, testTime } }
