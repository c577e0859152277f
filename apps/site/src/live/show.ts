// Values as a reader would want to see them.

import { Tensor } from 'convoke'
import type { Picture, Result } from './protocol.ts'

function pictureOf(value: object): Picture | undefined {
  const { width, height, data } = value as { width?: unknown; height?: unknown; data?: unknown }
  if (!(data instanceof Uint8ClampedArray) || typeof width !== 'number' || typeof height !== 'number') return undefined
  return data.length === 4 * width * height ? { width, height, data: new Uint8ClampedArray(data) } : undefined
}

const most = 64

/** A value in one line or a few, long lists cut. */
export function textOf(value: unknown): string {
  if (value instanceof Tensor) return String(value)
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = Array.from(value as unknown as ArrayLike<number>)
    const more = numbers.length > most ? [...numbers.slice(0, most), '…'] : numbers
    return `${value.constructor.name}(${numbers.length}) [${more.join(', ')}]`
  }
  if (typeof value === 'string') return value
  if (typeof value === 'function') return `[function ${value.name}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const seen = new Set<unknown>()
  const text = JSON.stringify(
    value,
    (_, inner: unknown) => {
      if (inner instanceof Tensor || ArrayBuffer.isView(inner) || typeof inner === 'function') return textOf(inner)
      if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner)
      if (typeof inner === 'object' && inner !== null) {
        if (seen.has(inner)) return '…'
        seen.add(inner)
      }
      return inner
    },
    2,
  )
  // Short objects and lists read best in one line.
  const line = text.replace(/\n\s*/g, ' ')
  return line.length <= 100 ? line : text
}

export function resultOf(value: unknown, line: number): Result | undefined {
  if (value === undefined) return undefined
  const picture = typeof value === 'object' && value !== null ? pictureOf(value) : undefined
  if (picture !== undefined) return { kind: 'picture', line, picture }
  return { kind: 'value', line, text: typeof value === 'string' ? `'${value}'` : textOf(value) }
}
