// Numbers and pairs as typed.

import { show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'

/** A number within bounds; undefined stays undefined. */
export function readNumber(
  name: string,
  text: string | undefined,
  {
    least = 0,
    most = Number.POSITIVE_INFINITY,
    whole = false,
  }: { least?: number; most?: number; whole?: boolean } = {},
): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const fits = value >= least && value <= most && (!whole || Number.isSafeInteger(value))
  if (fits) return value
  const range = most === Number.POSITIVE_INFINITY ? `of ${least} or more` : `from ${least} to ${most}`
  throw new UsageError(`--${name} is ${show(text)}; it must be a ${whole ? 'whole ' : ''}number ${range}.`)
}

/** 90, 90s, 5m, 2h as seconds. */
export function readDuration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)?$/.exec(text.trim())
  if (match === null || Number(match[1]) === 0) {
    throw new UsageError(`--${name} is ${show(text)}; give seconds, or a time such as 90s, 5m, 2h.`)
  }
  return Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] ?? 's']!
}

/** `widths=[8,16]` and `norm=true` as { widths: [8, 16], norm: true }: JSON after the sign, or else plain text. */
export function readSettings(name: string, texts: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => {
      const cut = text.indexOf('=')
      if (cut < 1) throw new UsageError(`--${name} is ${show(text)}; give a name and a value: widths=[8,16,32].`)
      const value = text.slice(cut + 1)
      try {
        return [text.slice(0, cut), JSON.parse(value) as unknown]
      } catch {
        return [text.slice(0, cut), value]
      }
    }),
  )
}
