// Labels as a trained network knows them, for data that numbers its classes in another order.

import { data } from 'convoke'
import { check, someOf } from 'convoke/shapes'
import { theClass } from '../../terminal/words.ts'
import { positionsIn } from './label-order.ts'

const isGeneric = (name: string): boolean => /^(class )?\d+$/.test(name)

/** New label of each old one. Names decide; where the data has no names of its own, the order. */
export function labelMap(source: string, from: readonly string[], to: readonly string[]): readonly number[] {
  // Runs from before knew classes as the table wrote them: 2.0000000e+00.
  const plain = to.map(data.labelName)
  if (from.length === to.length && from.every(isGeneric) !== plain.every(isGeneric))
    return from.map((_, label) => label)
  const plainly = positionsIn(from, plain)
  const labels = positionsIn(from, to).map((label, i) => (label < 0 ? plainly[i] : label))
  const strange = from.filter((_, i) => labels[i] < 0)
  check(
    strange.length === 0,
    () =>
      `${source}: the data has ${theClass(strange[0])}, which the network does not know. It knows ${someOf(to)}. Rename the class, or train again: convoke finetune.`,
  )
  return labels
}

interface Labelled {
  readonly label?: number
  readonly mask?: data.Values
  readonly boxes?: readonly data.Box[]
}

/** The same examples under other labels. */
export function relabel<E extends object>(
  dataset: data.Dataset<E>,
  map: readonly number[],
  classes: readonly string[],
): data.Dataset<E> {
  const { labelOf, labelsOf } = dataset
  const same = map.every((label, i) => label === i)
  const change = (example: E): E => {
    if (same) return example
    const { label, mask, boxes } = example as Labelled
    return {
      ...example,
      ...(label === undefined ? {} : { label: map[label] }),
      ...(mask === undefined
        ? {}
        : { mask: { shape: mask.shape, data: Int32Array.from(mask.data, (v) => map[v] ?? v) } }),
      ...(boxes === undefined ? {} : { boxes: boxes.map((box) => ({ ...box, label: map[box.label] })) }),
    }
  }
  return {
    ...data.mapDataset(dataset, change),
    classes,
    ...(labelOf === undefined ? {} : { labelOf: (index: number) => map[labelOf(index)] }),
    ...(labelsOf && { labelsOf: (index: number) => labelsOf(index).map((label) => map[label]) }),
  }
}
