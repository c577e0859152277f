// Einstein summation, as numpy.einsum writes it: letters name axes, '...' stands for broadcast batch axes.

import { scope } from '../autodiff/gradients.ts'
import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { largestOf } from '../shapes/extremes.ts'
import { counted } from '../shapes/words.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { gather } from './indexing.ts'
import { matmul } from './matmul.ts'
import { transpose } from './movement.ts'
import { broadcastTo, reshape, sum } from './stretch.ts'

/** A tensor whose axes have names; each name occurs once. */
interface Named {
  readonly labels: readonly string[]
  readonly value: Tensor
}

/**
 * Sums products over named axes. `einsum('ij,jk->ik', a, b)` is the matrix product; `'ii->i'` takes a diagonal,
 * `'ii'` the trace, `'...ij->...ji'` transposes the last two axes. Without `->`, the letters that occur once remain, in
 * alphabetical order. Operands are float32 (others are cast).
 */
export function einsum(equation: string, ...operands: TensorLike[]): Tensor {
  return scope(() => {
    check(
      typeof equation === 'string',
      () => `einsum: the equation is ${show(equation)}; it must be a string such as 'ij,jk->ik'.`,
    )
    const compact = equation.replaceAll(/\s/g, '')
    check(
      /^(?:[A-Za-z]*(?:\.\.\.)?[A-Za-z]*)(?:,[A-Za-z]*(?:\.\.\.)?[A-Za-z]*)*(?:->[A-Za-z]*(?:\.\.\.)?[A-Za-z]*)?$/.test(
        compact,
      ),
      () =>
        `einsum: ${show(equation)} cannot be read. Write letters for axes, commas between operands, '->' before the result: 'ij,jk->ik'.`,
    )
    const [left, right] = compact.split('->')
    const terms = left.split(',')
    check(
      terms.length === operands.length,
      () => `einsum: ${show(equation)} names ${terms.length} operands, ${operands.length} are given.`,
    )
    const tensors = operands.map((operand, index) => floatTensor('einsum', `operand ${index + 1}`, operand))
    const named = tensors.map((value, index) => takeDiagonals(nameAxes(terms[index], value, equation), equation))
    const sizes = sizesByLabel(named, equation)
    const output = right === undefined ? implicitOutput(terms, named) : outputLabels(right, named)
    check(new Set(output).size === output.length, () => `einsum: the result of ${show(equation)} names an axis twice.`)
    for (const label of output)
      check(sizes.has(label), () => `einsum: the result of ${show(equation)} names '${label}', which no operand has.`)
    const all = named.reduce((a, b, index) => {
      const later = new Set([...output, ...named.slice(index + 1).flatMap(({ labels }) => labels)])
      return contract(a, b, later)
    })
    return arrange(all, output, sizes)
  })
}

const ellipsisLabel = (fromEnd: number): string => `…${fromEnd}`

function nameAxes(term: string, value: Tensor, equation: string): Named {
  const dots = term.indexOf('...')
  const [before, after] = dots < 0 ? [term, ''] : [term.slice(0, dots), term.slice(dots + 3)]
  const extra = value.rank - before.length - after.length
  check(
    dots < 0 ? extra === 0 : extra >= 0,
    () =>
      `einsum: '${term}' in ${show(equation)} names ${counted(before.length + after.length, 'axis', 'axes')}, the operand has shape ${showShape(value.shape)}.`,
  )
  const middle = Array.from({ length: extra }, (_, i) => ellipsisLabel(extra - i))
  return { labels: [...before, ...middle, ...after], value }
}

/** A repeated letter keeps only where its indices are equal. */
function takeDiagonals(named: Named, equation: string): Named {
  const { labels, value } = named
  const repeated = labels.findIndex((label, axis) => labels.indexOf(label) !== axis)
  if (repeated < 0) return named
  const first = labels.indexOf(labels[repeated])
  const size = value.shape[first]
  check(
    size === value.shape[repeated],
    () =>
      `einsum: '${labels[first]}' in ${show(equation)} stands for axes of ${size} and ${value.shape[repeated]}; they must be equal.`,
  )
  const rest = labels.flatMap((_, axis) => (axis === first || axis === repeated ? [] : [axis]))
  const shape = rest.map((axis) => value.shape[axis])
  const flat = reshape(transpose(value, [first, repeated, ...rest]), [size * size, ...shape])
  const diagonal = gather(flat, stepped(size), { axis: 0 })
  return takeDiagonals({ labels: [labels[first], ...rest.map((axis) => labels[axis])], value: diagonal }, equation)
}

const stepped = (size: number): Int32Array => Int32Array.from({ length: size }, (_, i) => i * (size + 1))

function sizesByLabel(named: readonly Named[], equation: string): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const { labels, value } of named) {
    labels.forEach((label, axis) => {
      const size = value.shape[axis]
      const known = sizes.get(label) ?? size
      check(
        known === 1 || size === 1 || known === size,
        () => `einsum: axis '${label}' in ${show(equation)} has sizes ${known} and ${size}; they must be equal.`,
      )
      sizes.set(label, known === 1 ? size : known)
    })
  }
  return sizes
}

const ellipses = (named: readonly Named[]): string[] => {
  const longest = Math.max(
    0,
    largestOf(named.map(({ labels }) => labels.filter((label) => label.startsWith('…')).length)),
  )
  return Array.from({ length: longest }, (_, i) => ellipsisLabel(longest - i))
}

function outputLabels(term: string, named: readonly Named[]): string[] {
  const dots = term.indexOf('...')
  return dots < 0 ? [...term] : [...term.slice(0, dots), ...ellipses(named), ...term.slice(dots + 3)]
}

function implicitOutput(terms: readonly string[], named: readonly Named[]): string[] {
  const letters = [...terms.join('').replaceAll('.', '')]
  const single = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort()
  return [...ellipses(named), ...single]
}

/** The product of two operands, summed over the axes nobody needs any more. */
function contract(a: Named, b: Named, needed: ReadonlySet<string>): Named {
  const shared = a.labels.filter((label) => b.labels.includes(label))
  const batch = shared.filter((label) => needed.has(label))
  const summed = shared.filter((label) => !needed.has(label))
  const left = sumAway(a, (label) => needed.has(label) || shared.includes(label))
  const right = sumAway(b, (label) => needed.has(label) || shared.includes(label))
  const aOnly = left.labels.filter((label) => !shared.includes(label))
  const bOnly = right.labels.filter((label) => !shared.includes(label))
  // Axes of size 1 may meet longer ones under '...': stretch them first, then it is one batched matrix product.
  const size = (label: string): number => Math.max(sizeAt(left, label), sizeAt(right, label))
  const lengths = (labels: readonly string[]): number[] => labels.map(size)
  const x = stretch(left, [...batch, ...aOnly, ...summed], size)
  const y = stretch(right, [...batch, ...summed, ...bOnly], size)
  const [batches, m, k, n] = [batch, aOnly, summed, bOnly].map((labels) => sizeOf(lengths(labels)))
  const product = matmul(reshape(x, [batches, m, k]), reshape(y, [batches, k, n]))
  return { labels: [...batch, ...aOnly, ...bOnly], value: reshape(product, lengths([...batch, ...aOnly, ...bOnly])) }
}

const sizeAt = ({ labels, value }: Named, label: string): number => value.shape[labels.indexOf(label)] ?? 1

function sumAway(named: Named, stays: (label: string) => boolean): Named {
  const axes = named.labels.flatMap((label, axis) => (stays(label) ? [] : [axis]))
  if (axes.length === 0) return named
  return { labels: named.labels.filter(stays), value: sum(named.value, { axes }) }
}

function stretch({ labels, value }: Named, order: readonly string[], size: (label: string) => number): Tensor {
  const moved = transpose(
    value,
    order.map((label) => labels.indexOf(label)),
  )
  return broadcastTo(moved, order.map(size))
}

function arrange(named: Named, output: readonly string[], sizes: ReadonlyMap<string, number>): Tensor {
  const kept = sumAway(named, (label) => output.includes(label))
  const shape: Shape = output.map((label) => sizes.get(label) as number)
  return broadcastTo(
    transpose(
      kept.value,
      output.map((label) => kept.labels.indexOf(label)),
    ),
    shape,
  )
}
