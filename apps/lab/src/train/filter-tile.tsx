// One filter of the first layer.

import { filterOf } from 'convoke-workbench'
import { Tile } from '../drawing/tile.tsx'
import type { FiltersShown } from './task.ts'

interface FilterTileProps {
  readonly filters: FiltersShown
  readonly index: number
  readonly label: string | undefined
}

/** Over several channels, the mean of their weights. */
export function FilterTile({ filters, index, label }: FilterTileProps) {
  const [height, width, channels] = filters.shape
  const own = filterOf(filters, index)
  const values =
    channels === 1
      ? own
      : Float32Array.from({ length: height * width }, (_, p) => {
          let sum = 0
          for (let c = 0; c < channels; c++) sum += own[p * channels + c]
          return sum / channels
        })
  return <Tile {...{ values, width, height, as: 'sign', label }} />
}
