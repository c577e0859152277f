// What the view shows: which network, which picture in it, and what of it is looked at.

/** Of networks that can be named in an address; one that is dropped takes its place while the page is open. */
export type NetworkName = 'digits' | 'run'
export const networkNames: readonly NetworkName[] = ['digits', 'run']

/** What becomes of a pixel from 0 to 1 before it goes in. */
export type PixelsGoIn = 'told' | 'unit' | 'signed' | 'bytes' | 'imagenet'
export const waysIn: readonly PixelsGoIn[] = ['told', 'unit', 'signed', 'bytes', 'imagenet']

export interface InsideState {
  readonly network: NetworkName
  /** Of the network's pictures; an own one takes its place while the page is open. */
  readonly picture: number
  readonly goIn: PixelsGoIn
  readonly layer: number
  readonly channel: number
  /** Which output of the map, as shares of its height and width: stays where it is from layer to layer. */
  readonly place: readonly [down: number, along: number]
  /** Class that the maps of reasons are for; undefined for the likeliest. */
  readonly class: number | undefined
  /** Layer that Grad-CAM looks at; undefined for the last one with a map. */
  readonly camLayer: number | undefined
  /** Side of the patch that covers, as a share of the picture's. */
  readonly patch: number
  /** Of the map over the picture, 0 … 1. */
  readonly opacity: number
  readonly seed: number
}

export const patchShares = [0.15, 0.25, 0.35] as const

export const firstInside: InsideState = Object.freeze({
  ...{ network: 'digits', picture: 3, goIn: 'told', layer: 0, channel: 0, place: [0.5, 0.5] },
  ...{ class: undefined, camLayer: undefined, patch: 0.25, opacity: 0.7, seed: 1 },
} satisfies InsideState)

export const bounds = Object.freeze({ pictures: 9999, layers: 2000, channels: 65_536, classes: 65_536, seed: 999 })

/** Steps of gradient ascent that the page goes up to. */
export const mostSteps = 128

/** A place as a position in a map. */
export const positionIn = (
  [down, along]: InsideState['place'],
  height: number,
  width: number,
): readonly [row: number, column: number] => [
  Math.min(Math.floor(down * height), height - 1),
  Math.min(Math.floor(along * width), width - 1),
]

/** The middle of an output, as shares of its map. */
export const placeOf = (row: number, column: number, height: number, width: number): InsideState['place'] => {
  const share = (at: number, count: number): number => (Math.min(Math.max(at, 0), count - 1) + 0.5) / count
  return [share(row, height), share(column, width)]
}

/** Side of the covering patch in pixels. */
export const patchSide = (share: number, height: number, width: number): number =>
  Math.max(1, Math.round(share * Math.min(height, width)))
