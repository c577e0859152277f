// How pictures with masks are changed in training.

import { data } from 'convoke'
import type { Training } from '../config.ts'

interface Size {
  readonly height: number
  readonly width: number
}

/** Pixels by which pictures without an up and a down are bent, and between the places that are moved. */
const [bend, bendEvery] = [3, 40]

/** Pictures with a side above the first are learned from in pieces: a step takes as long as on a small picture, at full detail. */
const [cutAbove, pieceSide] = [384, 256]

/** The size of the pieces that are learned from; null for whole pictures. */
export function pieceOf({ height, width }: Size): Size | null {
  if (Math.max(height, width) <= cutAbove) return null
  return { height: Math.min(height, pieceSide), width: Math.min(width, pieceSide) }
}

/** What is done to a picture of this size and its mask. */
export function maskAugmentation(augment: Training['augment'], picture: Size): data.Augmentation | undefined {
  const piece = pieceOf(picture)
  const changes = changesOf(augment, piece ?? picture)
  if (changes === undefined || piece === null) return changes
  return data.augmentations(data.randomCrop(piece), changes)
}

function changesOf(augment: Training['augment'], { height, width }: Size): data.Augmentation | undefined {
  const colour = data.randomColour({ brightness: 0.1, contrast: 0.1 })
  // By some pixels, whatever the size of the picture: what is thin stays whole.
  const shorter = Math.min(height, width)
  const bent = data.randomElastic({ strength: bend / shorter, cells: Math.max(2, Math.round(shorter / bendEvery)) })
  switch (augment) {
    case 'none':
      return undefined
    case 'light':
      return data.randomFlip()
    case 'mosaic':
      return data.augmentations(data.randomMosaic(), changesOf('flips', { height, width })!)
    case 'flips':
      return data.augmentations(data.randomFlip(), data.randomAffine({ scale: [0.8, 1.25], shift: 0.1 }), colour)
    case 'turns':
      return data.augmentations(
        height === width ? data.randomQuarterTurn() : data.randomFlip({ horizontal: 0, vertical: 0.5 }),
        ...[data.randomFlip(), bent, colour],
      )
    default:
      return data.augmentations(
        ...[data.randomFlip({ vertical: 0.5 }), data.randomAffine({ turn: 20, scale: [0.8, 1.25], shift: 0.05 })],
        ...[data.randomElastic({ strength: 0.02 }), data.randomColour()],
      )
  }
}
