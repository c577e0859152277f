// What a report is made of, before it is drawn.

import type { data, metrics } from 'convoke'

export interface Tile {
  /** uint8, or float32 from 0 to 1. */
  readonly picture: data.Values
  /** Shown beside it. */
  readonly second?: data.Values | undefined
  readonly caption: string
  /** A second, quieter line. */
  readonly detail?: string | undefined
  readonly tone?: 'good' | 'bad' | undefined
  readonly boxes?: readonly DrawnBox[] | undefined
}

export interface DrawnBox {
  readonly box: metrics.Region
  readonly label: string
  /** Index of its colour. */
  readonly colour: number
  /** Drawn dashed: what was to be found. */
  readonly wanted?: boolean | undefined
}

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean | undefined
  /** Leaves out the points of a line, of which few are shown. Default false. */
  readonly plain?: boolean | undefined
  /** Points on their own instead of a line. */
  readonly dots?: boolean | undefined
  /** Index of its colour in the palette; by its place among the lines when not given. */
  readonly colour?: number | undefined
}

export interface Axis {
  readonly name?: string | undefined
  /** Values are shares, shown as percentages. */
  readonly percent?: boolean | undefined
  /** Equal factors are equally far apart, on the axis across. Default false. */
  readonly log?: boolean | undefined
  /** Where it begins and ends; at the least and the largest value when not given. */
  readonly range?: readonly [from: number, to: number] | undefined
}

export interface Plot {
  readonly title: string
  readonly lines: readonly Line[]
  readonly x?: Axis | undefined
  readonly y?: Axis | undefined
  /** Leaves out the names of the lines, which stand elsewhere. Default false. */
  readonly unnamed?: boolean | undefined
}

export type Section = {
  readonly title: string
  readonly note?: string | undefined
} & (
  | {
      readonly kind: 'tiles'
      readonly tiles: readonly Tile[]
      /** Width of a tile in pixels. */
      readonly width: number
      /** Tiles in a row; as many as fit when not given. */
      readonly columns?: number | undefined
      /** Names of the classes whose colours are explained; without `solid` the first has none. */
      readonly legend?: readonly string[] | undefined
      readonly solid?: boolean | undefined
    }
  | {
      readonly kind: 'rows'
      /** Each is called something and has its tiles beside that. */
      readonly rows: readonly { readonly name: string; readonly detail: string; readonly tiles: readonly Tile[] }[]
      readonly width: number
    }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'plot'; readonly plots: readonly Plot[] }
)
